import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { bad, colours, good, warning } from "../colours.ts";
import { chosen, countOf, inStatus, madeUpFor, onTask, selected } from "../expressions.ts";
import { ageOfFacts, frozen, notFound, stalled } from "../freshness.ts";
import { now } from "../targets.ts";
import { about } from "./about.ts";
import { bigNumber } from "./charts.ts";
import { steps } from "./thresholds.ts";

/** Tasks that have this status, and that nothing later makes up for, a set. */
const open = (status: string) => `(${inStatus(status)} unless ${onTask} ${madeUpFor()})`;

/** A number that is green at 0 alone. */
function troubled(title: string, description: string, tasks: string, colour: string): PanelBuilder {
  return about(bigNumber(), { title, description, unit: "none", span: 4, height: 4 })
    .thresholds(steps(good, [1, colour]))
    .withTarget(now("A", countOf(tasks), title));
}

/** What to look at first. */
export const attentionPanels: readonly PanelBuilder[] = [
  troubled(
    "Failed",
    "Tasks whose status is failed, but for those that a later success of the same resource and operation makes up for. The table below has them first, with the error code; look that up in CBR's error codes, then start the operation again.",
    open("failed"),
    colours["failed"] ?? bad,
  ),
  troubled(
    "Timed out",
    "Tasks that the cloud gave up on, counted likewise. What they did until then is not complete: start the operation again, or ask the cloud's support.",
    open("timeout"),
    colours["timeout"] ?? bad,
  ),
  troubled(
    "Stalled",
    "Tasks that run, are fresh, and have come no further for an hour. Look whether the resource, its agent or the target region is stuck. A very long backup takes more than an hour for one percent.",
    stalled,
    warning,
  ),
  troubled(
    "Not fresh",
    "Unfinished tasks whose last poll failed, or whose next poll is more than five minutes overdue; those that are not found are counted beside. Their status is what was true once. The row about the exporter tells why.",
    `(${frozen()} unless ${onTask} cbr_task_found{${chosen}} == 0)`,
    warning,
  ),
  troubled(
    "Not found",
    "Tasks that the cloud does not know: a mistyped id, another project or region, or older than the cloud remembers. Mend the configuration.",
    notFound,
    warning,
  ),
  about(bigNumber(), {
    title: "Oldest facts of an unfinished task",
    description:
      "How long ago a poll last brought the facts of the unfinished task that is worst off. More than the slowest schedule means that polls fail or do not come.",
    unit: "s",
    span: 4,
    height: 4,
  })
    .thresholds(steps(good, [900, warning], [3600, bad]))
    .withTarget(now("A", `max(${ageOfFacts()} and ${onTask} ${selected})`, "Oldest facts")),
];
