import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { bad, colours, good, neutral, warning } from "../colours.ts";
import {
  ageOfSuccess,
  chosen,
  countOf,
  inVault,
  known,
  lastFailed,
  neverSucceeded,
  onResource,
  staleAfter,
} from "../resources.ts";
import { now } from "../targets.ts";
import { about } from "./about.ts";
import { bigNumber } from "./charts.ts";
import { steps } from "./thresholds.ts";

const hours = staleAfter / 3600;

function count(title: string, description: string, resources: string, colour: string): PanelBuilder {
  return about(bigNumber(), { title, description, unit: "none", span: 5, height: 4 })
    .thresholds(steps(colour === neutral ? neutral : good, [1, colour]))
    .withTarget(now("A", countOf(resources), title));
}

/** Whether every resource has a copy that is young enough. */
export const protectedPanels: readonly PanelBuilder[] = [
  about(bigNumber(), {
    title: "Oldest success",
    description: `How long ago the newest success of the resource that is worst off ended. More than ${hours} hours: a night was missed; the table below begins with that resource.`,
    unit: "dtdurations",
    span: 4,
    height: 4,
  })
    .thresholds(steps(good, [staleAfter, warning], [2 * staleAfter, bad]))
    .withTarget(now("A", `max(${ageOfSuccess()} and ${onResource} ${inVault})`, "Oldest success")),
  count(
    "Last one failed",
    "Resources whose newest finished task failed or timed out. Look the error code up in the overview, mend the cause, and start the backup by hand: the next success ends it.",
    lastFailed,
    colours["failed"] ?? bad,
  ),
  count(
    `No success for ${hours} hours`,
    "Resources whose newest success is older than a night allows: the backup failed, or never began. Where nothing failed, look at the policy of the vault, and whether the resource still exists.",
    `(${ageOfSuccess()} > ${staleAfter})`,
    warning,
  ),
  count(
    "Never succeeded",
    "Resources of which the exporter knows finished tasks, but no success: there may be nothing to restore from.",
    neverSucceeded(),
    bad,
  ),
  count(
    "Resources",
    "Resources of which the exporter knows finished tasks. One that has never been in a task is not among them; one that was deleted stays for 30 days.",
    `${known}{${chosen}}`,
    neutral,
  ),
];
