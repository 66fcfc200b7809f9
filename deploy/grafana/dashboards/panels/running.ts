import type { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import { DashboardLinkBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { colours, neutral } from "../colours.ts";
import { onTask, perTask, selected } from "../expressions.ts";
import { freshlyRunning } from "../freshness.ts";
import { taskLinkOfSeries } from "../links.ts";
import { named, nameLegend } from "../names.ts";
import { now } from "../targets.ts";
import { about } from "./about.ts";
import { bars } from "./charts.ts";
import { fixedColour } from "./thresholds.ts";

const most = 12;

const longest = `topk(${most}, (
  time() - (${perTask("cbr_task_started_timestamp_seconds")} or ${perTask("cbr_task_created_timestamp_seconds")})
) and ${onTask} ${freshlyRunning()} and ${onTask} ${selected})`;

/** Progress of what has been running for longest. */
export const runningPanel: BarGauge = about(bars(), {
  title: "Progress of the longest running tasks",
  description: `How far the ${most} tasks are that have been running for longest; only fresh ones. One that stands near its end for long, or does not move, needs a look. Click a bar to see that task alone.`,
  unit: "percentunit",
  span: 16,
  height: 9,
})
  .min(0)
  .max(1)
  .colorScheme(fixedColour(colours["running"] ?? neutral))
  .dataLinks([new DashboardLinkBuilder(taskLinkOfSeries.title).url(taskLinkOfSeries.url)])
  .withTarget(now("A", named(`(${perTask("cbr_task_progress_ratio")} and ${onTask} ${longest})`), nameLegend));
