import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { yesNo } from "../colours.ts";
import { overShards } from "../shards.ts";
import { columns, history } from "../targets.ts";
import { about } from "./about.ts";
import { coloured, stackedBars } from "./charts.ts";
import { oneTable } from "./one-table.ts";

const mine = `project=~"$project", collector=~"$collector"`;
const of = (metric: string) => `max by (project, collector) (${metric}{${mine}})`;
const tasks = overShards(`cbr_collector_tasks{${mine}}`, ["project", "collector"], ["project", "collector"]);
const seconds = [{ id: "unit", value: "s" }];

const runs: TimeSeries = coloured(
  about(stackedBars(), {
    title: "Runs of collectors by result",
    description:
      "A run is a success when every poll was answered, partial when some were, failed when none was, skipped when the run before was still going. Skipped runs mean that the schedule is too tight: raise rate_limit, or poll less often.",
    unit: "none",
    span: 10,
    height: 8,
  }).withTarget(
    history("A", `sum by (result) (increase(cbr_collector_runs_total{${mine}}[$__interval]))`, "{{result}}"),
  ),
  [
    ["success", "green"],
    ["partial", "yellow"],
    ["failed", "red"],
    ["skipped", "purple"],
  ],
);

const table: Table = oneTable(
  about(new Table(), {
    title: "Collectors",
    description:
      "The last run of each collector, of the replica that ran last. A last success much older than the last run means that some polls are not answered; a bad task file keeps its last good list.",
    unit: "none",
    span: 14,
    height: 8,
  })
    .filterable(true)
    .noValue("")
    .withTarget(columns("A", tasks))
    .withTarget(columns("B", `time() - ${of("cbr_collector_last_run_timestamp_seconds")}`))
    .withTarget(columns("C", `time() - ${of("cbr_collector_last_success_timestamp_seconds")}`))
    .withTarget(columns("D", of("cbr_collector_last_run_duration_seconds")))
    .withTarget(columns("E", `${of("cbr_collector_next_run_timestamp_seconds")} - time()`))
    .withTarget(columns("F", `min by (project, collector) (cbr_collector_task_files_last_read_successful{${mine}})`))
    .withTarget(
      columns(
        "G",
        `sum by (project, collector) (increase(cbr_collector_runs_total{${mine}, result="skipped"}[$__range]))`,
      ),
    ),
  [
    { field: "project", name: "Project" },
    { field: "collector", name: "Collector" },
    { field: "Value #A", name: "Tasks" },
    { field: "Value #B", name: "Last run", properties: seconds },
    { field: "Value #C", name: "Last success", properties: seconds },
    { field: "Value #D", name: "Took", properties: seconds },
    { field: "Value #E", name: "Next run in", properties: seconds },
    { field: "Value #G", name: "Skipped runs", properties: [{ id: "decimals", value: 0 }] },
    { field: "Value #F", name: "Task files", properties: [{ id: "mappings", value: yesNo("good", "bad") }] },
  ],
);

/** Whether collectors keep their schedules. */
export const collectorPanels = [runs, table] as const;
