import { TableCellHeight } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { mostShown } from "../choices.ts";
import { bad, good, statusMappings, warning } from "../colours.ts";
import { resourceLink } from "../links.ts";
import {
  ageOfSuccess,
  attention,
  byOperation,
  known,
  labelled,
  lastStatusCode,
  newestSuccess,
  shown,
  shownNow,
  staleAfter,
} from "../resources.ts";
import { columns } from "../targets.ts";
import { about } from "./about.ts";
import { cell, unit, value, width } from "./column.ts";
import { oneTable } from "./one-table.ts";
import { steps } from "./thresholds.ts";

const names = ["resource_name", "resource_type", "vault_name"];

/** The resources, those first that need to be looked at. */
export const resourceTable: Table = oneTable(
  about(new Table(), {
    title: "Resources, worst first",
    description: `Up to ${mostShown} of the selected resources: those first whose newest success is oldest; one whose newest task failed counts as a day older. More than that: choose a project or a vault. Click a resource's id to see it alone.`,
    unit: "none",
    span: 24,
    height: 12,
  })
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .noValue("")
    .withTarget(columns("A", lastStatusCode(shown)))
    .withTarget(columns("B", attention(shown)))
    .withTarget(columns("C", labelled(`group ${byOperation} (${known}{${shown}})`, shownNow, names)))
    .withTarget(columns("D", ageOfSuccess(shown)))
    .withTarget(columns("E", `1000 * ${newestSuccess(shown)}`))
    .withTarget(columns("F", `max ${byOperation} (cbr_resource_last_duration_seconds{${shown}})`)),
  [
    {
      field: "Value #A",
      name: "Last status",
      properties: [value("mappings", statusMappings), cell("color-background", { mode: "basic" }), width(110)],
    },
    { field: "resource_name", name: "Resource" },
    { field: "operation_type", name: "Operation" },
    { field: "vault_name", name: "Vault" },
    { field: "resource_type", name: "Type" },
    {
      field: "Value #D",
      name: "Age of last success",
      properties: [
        unit("dtdurations"),
        value("noValue", "never"),
        value("color", { mode: "thresholds" }),
        value("thresholds", steps(good, [staleAfter, warning], [2 * staleAfter, bad]).build()),
        cell("color-text"),
        width(190),
      ],
    },
    { field: "Value #E", name: "Last success", properties: [unit("dateTimeAsIso"), width(160)] },
    { field: "Value #F", name: "Last duration", properties: [unit("dtdurations"), width(130)] },
    { field: "project", name: "Project" },
    {
      field: "resource_id",
      name: "Id",
      properties: [value("links", [resourceLink(`\${__data.fields.Id}`)]), width(310)],
    },
  ],
  { field: "Value #B", desc: true },
);
