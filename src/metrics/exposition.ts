import type { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import { type MaybePromise, whenThere } from "../base/maybe-promise.ts";
import type { CollectorState } from "../collect/collector.ts";
import type { ProjectSummary } from "../collect/project-health.ts";
import type { Estate } from "../estate/estate.ts";
import type { ResourceRecord, Resources } from "../estate/resources.ts";
import type { TaskCount } from "../estate/task-counts.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import { collectorFamilies, collectorLabels } from "./families/collector.ts";
import { policySeries, unprotectedCountSeries, unprotectedSeries, vaultSeries } from "./families/estate.ts";
import { projectFamilies, projectLabels } from "./families/project.ts";
import {
  resourceFamilies,
  resourceLabels,
  resourceSetFamilies,
  taskCountFamilies,
  taskCountLabels,
} from "./families/resource.ts";
import { taskFamilies, taskLabels } from "./families/task.ts";
import { familyText, type RecordSource, recordsText } from "./family-text.ts";
import { type Deflate, gzipMember } from "./gzip.ts";
import { registryText } from "./registry-text.ts";
import { createRestText } from "./rest-text.ts";
import type { Format } from "./text.ts";
import { createTextForms, type ScrapeObserver } from "./text-forms.ts";

export type Encoding = "identity" | "gzip";

/** What a scrape answers; chunks are shared between scrapes and never joined into one buffer. */
export interface Body {
  readonly length: number;
  readonly chunks: readonly Uint8Array[];
}

/** The text of `/metrics`, from what is known; asking for it never waits for the cloud. */
export interface Exposition {
  /** @returns at once where nothing has changed since the last time */
  body(format: Format, encoding: Encoding): MaybePromise<Body>;
}

/** What an exporter knows. */
export interface Sources {
  /** The tasks that have series. */
  readonly store: RecordSource<TaskRecord>;
  /** The tasks whose finishes count. */
  readonly counted: Pick<RecordSource<TaskRecord>, "subscribe">;
  readonly resources: RecordSource<ResourceRecord> & Pick<Resources, "dropped">;
  readonly taskCounts: RecordSource<TaskCount>;
  readonly estate: Omit<Estate, "resources">;
  readonly projects: () => readonly ProjectSummary[];
  readonly collectors: () => readonly CollectorState[];
}

export interface ExpositionOptions {
  /** What prom-client keeps: counters of requests, and the exporter's own process. */
  readonly registry: Registry;
  readonly clock: Clock;
  readonly observer?: ScrapeObserver | undefined;
  readonly deflate?: Deflate | undefined;
}

function isFinished({ finished }: TaskRecord): boolean {
  return finished;
}

export function createExposition(sources: Sources, options: ExpositionOptions): Exposition {
  const { registry, clock, observer, deflate } = options;
  const { estate } = sources;
  const forms = createTextForms(
    [
      familyText({ source: sources.store, families: taskFamilies, labels: taskLabels, isFrozen: isFinished }),
      familyText({ source: sources.resources, families: resourceFamilies, labels: resourceLabels }),
      familyText({ source: sources.taskCounts, families: taskCountFamilies, labels: taskCountLabels }),
      familyText({ source: estate.vaults, ...vaultSeries }),
      familyText({ source: estate.policies, ...policySeries }),
      familyText({ source: estate.unprotected, ...unprotectedSeries }),
      familyText({ source: estate.unprotectedCounts, ...unprotectedCountSeries }),
    ],
    { clock, observer, deflate },
  );
  const rest = createRestText(
    async () => {
      const registered = await registryText(registry);
      const [projects, collectors] = [sources.projects(), sources.collectors()];
      return (format) =>
        registered(format) +
        recordsText([sources.resources], resourceSetFamilies, () => ({}), format) +
        recordsText(projects, projectFamilies, projectLabels, format) +
        recordsText(collectors, collectorFamilies, collectorLabels, format) +
        (format === "openmetrics" ? "# EOF\n" : "");
    },
    { clock, observer, deflate },
  );
  /** The last answer, and what it was made of. */
  let last: (Body & { readonly parts: readonly [unknown, unknown] }) | undefined;

  /** Those who ask in a row get the same. */
  function bodyOf<Own, Others>(
    own: Own,
    others: Others,
    chunksOf: (own: Own, others: Others) => readonly Uint8Array[],
  ): Body {
    if (last?.parts[0] === own && last.parts[1] === others) return last;
    const chunks = chunksOf(own, others);
    last = { parts: [own, others], chunks, length: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) };
    return last;
  }

  return {
    body: (format, encoding) =>
      encoding === "gzip"
        ? whenThere(forms.deflated(), (own) =>
            whenThere(rest.deflated(format), (others) => bodyOf(own, others, (...rows) => gzipMember(rows))),
          )
        : whenThere(forms.texts(), (own) =>
            whenThere(rest.text(format), (others) => bodyOf(own, others, () => [...own, others])),
          ),
  };
}
