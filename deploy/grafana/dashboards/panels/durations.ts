import type { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import { DashboardLinkBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { neutral } from "../colours.ts";
import { onTask, perTask, selected } from "../expressions.ts";
import { taskLinkOfSeries } from "../links.ts";
import { named, nameLegend, typed } from "../names.ts";
import { columns, now } from "../targets.ts";
import { about } from "./about.ts";
import { bars } from "./charts.ts";
import { oneTable } from "./one-table.ts";
import { fixedColour } from "./thresholds.ts";

const duration = `(${perTask("cbr_task_duration_seconds")} and ${onTask} ${selected})`;
const byType = `(${typed(duration)})`;
const slowest = 12;

/** How long each kind of operation takes. */
export const durationsPanel: Table = oneTable(
  about(new Table(), {
    title: "Duration by operation type",
    description:
      "How long the finished tasks took, from start to end. Compare a task with the median of its kind before you call it slow.",
    unit: "s",
    span: 12,
    height: 9,
  })
    .noValue("")
    .withTarget(columns("A", `count by (operation_type) (${byType})`))
    .withTarget(columns("B", `quantile by (operation_type) (0.5, ${byType})`))
    .withTarget(columns("C", `quantile by (operation_type) (0.95, ${byType})`))
    .withTarget(columns("D", `max by (operation_type) (${byType})`)),
  [
    { field: "operation_type", name: "Operation type" },
    { field: "Value #A", name: "Finished", properties: [{ id: "unit", value: "none" }] },
    { field: "Value #B", name: "Median" },
    { field: "Value #C", name: "95 %" },
    {
      field: "Value #D",
      name: "Longest",
      properties: [{ id: "custom.cellOptions", value: { type: "gauge", mode: "basic" } }],
    },
  ],
)
  .colorScheme(fixedColour(neutral))
  .min(0);

/** The tasks that took longest. */
export const slowestPanel: BarGauge = about(bars(), {
  title: "Slowest finished tasks",
  description: `The ${slowest} finished tasks that took longest. Click a bar to see that task alone.`,
  unit: "s",
  span: 12,
  height: 9,
})
  .min(0)
  .colorScheme(fixedColour(neutral))
  .dataLinks([new DashboardLinkBuilder(taskLinkOfSeries.title).url(taskLinkOfSeries.url)])
  .withTarget(now("A", named(`topk(${slowest}, ${duration})`), nameLegend));
