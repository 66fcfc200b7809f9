import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { overShards } from "../shards.ts";
import { columns } from "../targets.ts";
import { about } from "./about.ts";
import { unit } from "./column.ts";
import { cloudAnswers } from "./health-cloud.ts";
import { oneTable } from "./one-table.ts";

const mine = `project=~"$project"`;
const byCollector = "by (project, collector)";
const finds = `on (project, collector) cbr_discovery_pages_total{${mine}}`;
const of = (metric: string) => `max ${byCollector} (${metric}{${mine}})`;
const ofAllShards = (metric: string) =>
  overShards(`${metric}{${mine}}`, ["project", "collector"], ["project", "collector"]);
const ofFinder = (metric: string) => `${of(metric)} and ${finds}`;
/** By the exporter's own clock, whose time it is. */
const ago = (metric: string) =>
  `min ${byCollector} (cbr_exporter_time_seconds - ignoring (project, collector) group_right () ${metric}{${mine}}) and ${finds}`;

const table: Table = oneTable(
  about(new Table(), {
    title: "Collectors that find tasks",
    description:
      "What the rows above rest on. A last success much older than the schedule means that listings fail: what ended since is not known yet. Pages are of the time range. Dropped, since the start, are finished tasks for which max_tasks left no series; resources and finishes count them all the same.",
    unit: "none",
    span: 16,
    height: 7,
  })
    .noValue("")
    .withTarget(columns("A", `${ofAllShards("cbr_collector_tasks")} and ${finds}`))
    .withTarget(columns("B", ago("cbr_collector_last_success_timestamp_seconds")))
    .withTarget(columns("C", ofFinder("cbr_collector_last_run_duration_seconds")))
    .withTarget(columns("D", `1000 * ${of("cbr_discovery_window_start_timestamp_seconds")}`))
    .withTarget(columns("E", `max ${byCollector} (increase(cbr_discovery_pages_total{${mine}}[$__range]))`))
    .withTarget(columns("F", ofAllShards("cbr_discovery_tasks_dropped_total"))),
  [
    { field: "project", name: "Project" },
    { field: "collector", name: "Collector" },
    { field: "Value #A", name: "Tasks" },
    { field: "Value #B", name: "Last success", properties: [unit("dtdurations")] },
    { field: "Value #C", name: "Took", properties: [unit("s")] },
    { field: "Value #D", name: "Last listing since", properties: [unit("dateTimeAsIso")] },
    { field: "Value #E", name: "Pages", properties: [{ id: "decimals", value: 0 }] },
    { field: "Value #F", name: "Dropped", properties: [{ id: "decimals", value: 0 }] },
  ],
);

/** Whether what tasks have shown is true now. */
export const discoveryPanels = [table, cloudAnswers] as const;
