import { child, items } from "../yaml/tree.ts";
import { type CollectorDraft, collector } from "./collector.ts";
import { listOf, mapOf, required } from "./kind.ts";
import { below, tell, type Wrong, warn, wrong } from "./place.ts";
import { type ProjectConfig, project } from "./project.ts";

interface ConfigurationDraft {
  readonly projects: readonly ProjectConfig[];
  readonly collectors: readonly CollectorDraft[];
}

/** The whole configuration file. */
export const configuration = mapOf(
  {
    what: "a map with projects and collectors",
    about: "The configuration of cbr-exporter.",
    keys: {
      projects: required(
        listOf({ what: "a list of projects", about: "The projects whose tasks are polled, one at least." }, project, {
          minItems: 1,
        }),
      ),
      collectors: required(
        listOf({ what: "a list of collectors ([] for none)", about: "What is polled, and when." }, collector),
      ),
    },
    // A place for what is written once and used by aliases.
    rules: { patternProperties: { "^x-": true } },
  },
  (map, values): ConfigurationDraft | Wrong => {
    const projects = child(map.tree, "projects");
    if (projects?.kind === "list" && items(projects).length === 0) {
      tell(below(map, "projects"), "must name at least one project");
    }
    if (values?.collectors.length === 0) warn(below(map, "collectors"), "there are none, so no task is polled");
    return values ?? wrong;
  },
);
