import { TableCellHeight } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { mostShown } from "../choices.ts";
import { colours, neutral, statusMappings, yesNo } from "../colours.ts";
import { onTask, perTask, shown } from "../expressions.ts";
import { ageOfFacts, failingSince, freshlyRunning } from "../freshness.ts";
import { taskLink } from "../links.ts";
import { labels } from "../names.ts";
import { attention, statusCode } from "../status-code.ts";
import { columns } from "../targets.ts";
import { about } from "./about.ts";
import { cell, unit, value, width } from "./column.ts";
import { oneTable } from "./one-table.ts";

const started = `(${perTask("cbr_task_started_timestamp_seconds", shown)} or ${perTask("cbr_task_created_timestamp_seconds", shown)})`;

/** Milliseconds, as Grafana counts them. */
const time = (metric: string) => `1000 * ${perTask(metric, shown)}`;

/** The tasks, those first that need to be looked at. */
export const taskTable: Table = oneTable(
  about(new Table(), {
    title: "Tasks",
    description: `Up to ${mostShown} of the selected tasks: failed ones first, then timed out, not fresh, unfinished, skipped, success; those that a later success makes up for stand far below; among equals the last that changed. More tasks than that: choose a project, a collector, an operation type or a status. A status that is not fresh is what was true when the facts were read: see their age, and why. Click a task's id to see it alone.`,
    unit: "none",
    span: 24,
    height: 14,
  })
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .noValue("")
    .withTarget(columns("A", statusCode(shown)))
    .withTarget(columns("B", attention(shown)))
    .withTarget(columns("C", labels("cbr_task_config_info", ["collector", "name"], shown)))
    .withTarget(columns("D", labels("cbr_task_info", ["operation_type", "resource_name", "vault_name"], shown)))
    .withTarget(columns("E", perTask("cbr_task_progress_ratio", shown)))
    .withTarget(columns("F", perTask("cbr_task_duration_seconds", shown)))
    .withTarget(columns("G", `time() - ${started} and ${onTask} ${freshlyRunning(shown)}`))
    .withTarget(columns("H", time("cbr_task_started_timestamp_seconds")))
    .withTarget(columns("I", time("cbr_task_ended_timestamp_seconds")))
    .withTarget(columns("J", labels("cbr_task_error_info", ["error_code"], shown)))
    .withTarget(columns("K", ageOfFacts(shown)))
    .withTarget(columns("L", labels("cbr_task_poll_error_info", ["reason"], shown)))
    .withTarget(columns("M", `1000 * (${failingSince(shown)})`))
    .withTarget(columns("N", perTask("cbr_task_superseded", shown))),
  [
    {
      field: "Value #A",
      name: "Status",
      properties: [value("mappings", statusMappings), cell("color-background", { mode: "basic" }), width(160)],
    },
    { field: "name", name: "Name" },
    { field: "operation_type", name: "Operation" },
    { field: "resource_name", name: "Resource" },
    { field: "vault_name", name: "Vault" },
    {
      field: "Value #E",
      name: "Progress",
      properties: [
        unit("percentunit"),
        value("min", 0),
        value("max", 1),
        value("color", { mode: "fixed", fixedColor: colours["running"] ?? neutral }),
        cell("gauge", { mode: "basic", valueDisplayMode: "text" }),
        width(160),
      ],
    },
    { field: "Value #G", name: "Running for", properties: [unit("dtdurations"), width(120)] },
    { field: "Value #F", name: "Duration", properties: [unit("dtdurations"), width(120)] },
    { field: "error_code", name: "Error" },
    { field: "Value #N", name: "Made up for", properties: [value("mappings", yesNo("yes", "")), width(100)] },
    { field: "Value #K", name: "Age of facts", properties: [unit("dtdurations"), width(110)] },
    { field: "reason", name: "Not fresh because" },
    { field: "Value #M", name: "Polls fail since", properties: [unit("dateTimeAsIso"), width(160)] },
    { field: "Value #H", name: "Started", properties: [unit("dateTimeAsIso"), width(160)] },
    { field: "Value #I", name: "Ended", properties: [unit("dateTimeAsIso"), width(160)] },
    { field: "project", name: "Project" },
    { field: "collector", name: "Collector" },
    {
      field: "task_id",
      name: "Task",
      properties: [value("links", [taskLink(`\${__data.fields.Task}`)]), width(310)],
    },
  ],
  { field: "Value #B", desc: true },
);
