import type { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { colours, neutral } from "../colours.ts";
import { night } from "../nights.ts";
import { overShards } from "../shards.ts";
import { history, now } from "../targets.ts";
import { about } from "./about.ts";
import { aDay, bars, coloured, stackedBars } from "./charts.ts";
import { fixedColour } from "./thresholds.ts";

const tasks = `project=~"$project", operation_type=~"$operation_type"`;

/** Replicas count the same tasks: the one that has seen most is right. Shards count each its own. */
const byStatus = (counts: string, window?: string) =>
  overShards(counts, ["project", "operation_type", "status"], ["status"], window);

const finishes: TimeSeries = about(stackedBars(), {
  title: "Finishes a day by status",
  description:
    "Tasks that were seen to finish in the night before each day, noon to noon. As many each day is good; a lower bar is a night that was missed, a red part one that was bad. Tasks that ended before the exporter was started are not among them; what ended while the cloud did not answer counts when it does.",
  unit: "none",
  span: 16,
  height: 9,
})
  .decimals(0)
  .interval(aDay)
  .withTarget(history("A", byStatus(`increase(cbr_tasks_finished_total{${tasks}}${night})`, night), "{{status}}"));

const held: BarGauge = about(bars(), {
  title: "Tasks now by status",
  description:
    "Tasks that the exporter holds, those included that are listed in its configuration: what waits and runs at this moment, and how the last ones ended. With keep: 0s only what is not finished.",
  unit: "none",
  span: 8,
  height: 9,
})
  .min(0)
  .noValue("none")
  .colorScheme(fixedColour(neutral))
  .withTarget(now("A", byStatus(`cbr_tasks{${tasks}}`), "{{status}}"));

const statusColours = Object.entries(colours);

/** How many tasks there were, and how they ended. */
export const finishPanels = [coloured(finishes, statusColours), coloured(held, statusColours)] as const;
