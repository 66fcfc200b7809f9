import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { bad } from "../colours.ts";
import { overdueSeconds } from "../expressions.ts";
import { ageOfFacts, owedFor } from "../freshness.ts";
import { history } from "../targets.ts";
import { about } from "./about.ts";
import { lines } from "./charts.ts";
import { fixedColour } from "./thresholds.ts";

const ages: TimeSeries = about(lines(), {
  title: "Age of the facts of unfinished tasks",
  description:
    "How long ago a poll last brought the facts: of the middle task, and of the worst. It goes up and down with the schedule; a line that only climbs means that polls fail or do not come.",
  unit: "s",
  span: 12,
  height: 7,
})
  .min(0)
  .maxDataPoints(100)
  .withTarget(history("A", `quantile by (project) (0.5, ${ageOfFacts()})`, "{{project}} median"))
  .withTarget(history("B", `max by (project) (${ageOfFacts()})`, "{{project}} worst"));

const overdue: TimeSeries = about(lines(), {
  title: "Overdue polls",
  description: `Tasks whose next poll is more than ${overdueSeconds / 60} minutes overdue. More than 0 for long means that runs hang, or that the cloud holds the project back: see throttled requests and skipped runs.`,
  unit: "none",
  span: 12,
  height: 7,
})
  .min(0)
  .maxDataPoints(100)
  .colorScheme(fixedColour(bad))
  .withTarget(history("A", `sum by (project) (${owedFor()} > bool ${overdueSeconds})`, "{{project}}"));

/** Whether the figures are fresh. */
export const freshnessPanels = [ages, overdue] as const;
