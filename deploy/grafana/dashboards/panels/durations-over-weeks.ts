import type { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import { DashboardLinkBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { neutral } from "../colours.ts";
import { resourceLinkOfSeries } from "../links.ts";
import { night } from "../nights.ts";
import { byOperation, chosen, inVault, labelled, legend, onResource } from "../resources.ts";
import { history, now } from "../targets.ts";
import { about } from "./about.ts";
import { aDay, aWeek, bars, lines } from "./charts.ts";
import { fixedColour } from "./thresholds.ts";

/** Each replica counts every finish: twice as many of each duration have the same quantiles. */
function quantile(share: number, window: string): string {
  const buckets = `cbr_finished_task_duration_seconds_bucket{project=~"$project", operation_type=~"$operation_type"}`;
  return `histogram_quantile(${share}, sum by (operation_type, le) (increase(${buckets}${window})))`;
}

const slowest = 12;

const byNight: TimeSeries = about(lines(), {
  title: "Duration by night",
  description:
    "Of the tasks that were seen to finish in the night before each day, noon to noon: the middle one, and the one that 95 % did not exceed. A line that jumps: look at the slowest resources beside, and at what else ran then.",
  unit: "s",
  span: 8,
  height: 9,
})
  .min(0)
  .interval(aDay)
  .withTarget(history("A", quantile(0.5, night), "{{operation_type}} median"))
  .withTarget(history("B", quantile(0.95, night), "{{operation_type}} 95 %"));

const byWeek: TimeSeries = about(lines(), {
  title: "Duration by week",
  description:
    "What 95 % of the tasks of a week did not exceed, over the last eight weeks, whatever the time range: what grows here will not fit into the night some day. Prometheus must keep samples for so long.",
  unit: "s",
  span: 8,
  height: 9,
})
  .min(0)
  .interval(aWeek)
  .timeFrom("8w")
  .withTarget(history("A", quantile(0.95, "[1w]"), "{{operation_type}} 95 %"));

const durations = `max ${byOperation} (cbr_resource_last_duration_seconds{${chosen}}) and ${onResource} ${inVault}`;

const slowestResources: BarGauge = about(bars(), {
  title: "Slowest resources",
  description: `The ${slowest} resources whose newest finished task took longest. Click a bar to see that resource alone.`,
  unit: "s",
  span: 8,
  height: 9,
})
  .min(0)
  .colorScheme(fixedColour(neutral))
  .dataLinks([new DashboardLinkBuilder(resourceLinkOfSeries.title).url(resourceLinkOfSeries.url)])
  .withTarget(now("A", labelled(`topk(${slowest}, ${durations})`, inVault), legend));

/** How long operations take, and whether that grows. */
export const durationPanels = [byNight, byWeek, slowestResources] as const;
