import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import type { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { bad, good, vaultMappings, warning, yesNo } from "../colours.ts";
import { columns, history } from "../targets.ts";
import {
  fill,
  forecast,
  forecastDays,
  lineDays,
  mine,
  named,
  ofVault,
  onVault,
  vaultStatusCode,
  withName,
} from "../vaults.ts";
import { about } from "./about.ts";
import { lines } from "./charts.ts";
import { cell, unit, value, width } from "./column.ts";
import { oneTable } from "./one-table.ts";
import { steps } from "./thresholds.ts";

const share = [
  unit("percentunit"),
  value("decimals", 0),
  value("color", { mode: "thresholds" }),
  value("thresholds", steps(good, [0.8, warning], [1, bad]).build()),
  cell("color-text"),
];

const table: Table = oneTable(
  about(new Table(), {
    title: "Vaults, fullest first",
    description: `How full the vaults are, and how full they will be in ${forecastDays} days if it goes on as in the last ${lineDays}. Backups into a full vault fail; one that expands by itself grows by a quarter then. Warning is the vault's own.`,
    unit: "none",
    span: 16,
    height: 9,
  })
    .filterable(true)
    .noValue("")
    .withTarget(columns("A", vaultStatusCode))
    .withTarget(columns("B", fill()))
    .withTarget(columns("C", named(["vault_name", "object_type", "protect_type"])))
    .withTarget(columns("D", forecast))
    .withTarget(columns("E", ofVault("cbr_vault_size_bytes")))
    .withTarget(columns("F", ofVault("cbr_vault_warning_ratio")))
    .withTarget(columns("G", ofVault("cbr_vault_auto_expand")))
    .withTarget(columns("H", ofVault("cbr_vault_resources"))),
  [
    {
      field: "Value #A",
      name: "Status",
      properties: [value("mappings", vaultMappings), cell("color-background", { mode: "basic" }), width(100)],
    },
    { field: "vault_name", name: "Vault" },
    { field: "protect_type", name: "For" },
    { field: "object_type", name: "Holds" },
    { field: "Value #B", name: "Full", properties: share },
    { field: "Value #D", name: `In ${forecastDays} days`, properties: [...share, value("noValue", "unknown")] },
    { field: "Value #E", name: "Size", properties: [unit("bytes")] },
    { field: "Value #F", name: "Warning", properties: [unit("percentunit")] },
    { field: "Value #G", name: "Expands", properties: [value("mappings", yesNo("by itself", "by hand"))] },
    { field: "Value #H", name: "Resources" },
    { field: "project", name: "Project" },
    { field: "vault_id", name: "Id", properties: [width(310)] },
  ],
  { field: "Value #B", desc: true },
);

const mostLines = 12;

const fills: TimeSeries = about(lines(), {
  title: "How full vaults were",
  description: `The ${mostLines} that are fullest at the end of the time range. Steps down are retention, or an expansion; a line that climbs without steps is a vault whose policies delete nothing yet.`,
  unit: "percentunit",
  span: 8,
  height: 9,
})
  .min(0)
  .maxDataPoints(100)
  .withTarget(
    history("A", withName(`(${fill()} and ${onVault} topk(${mostLines}, ${fill(" @ end()")}))`), "{{vault_name}}"),
  );

const byPolicy = "by (project, policy_id)";
const ofPolicy = (metric: string): string => `max ${byPolicy} (${metric}{${mine}})`;

const policies: Table = oneTable(
  about(new Table(), {
    title: "Policies",
    description:
      "When policies were last due, and are due next, by their own times, which the cloud keeps in UTC; shown in the dashboard's time zone. One that is disabled is never due, and cleans up nothing.",
    unit: "none",
    span: 24,
    height: 7,
  })
    .filterable(true)
    .noValue("")
    .withTarget(columns("A", ofPolicy("cbr_policy_enabled")))
    .withTarget(
      columns(
        "B",
        `max by (project, policy_id, policy_name, operation_type) (topk ${byPolicy} (1, cbr_policy_info{${mine}}))`,
      ),
    )
    .withTarget(columns("C", `1000 * ${ofPolicy("cbr_policy_last_due_timestamp_seconds")}`))
    .withTarget(columns("D", `1000 * ${ofPolicy("cbr_policy_next_due_timestamp_seconds")}`))
    .withTarget(
      columns("E", `count ${byPolicy} (group by (project, policy_id, vault_id) (cbr_vault_policy_info{${mine}}))`),
    ),
  [
    { field: "policy_name", name: "Policy" },
    { field: "operation_type", name: "Operation" },
    { field: "Value #A", name: "Enabled", properties: [value("mappings", yesNo("yes", "no")), cell("color-text")] },
    { field: "Value #C", name: "Last due", properties: [unit("dateTimeAsIso")] },
    { field: "Value #D", name: "Next due", properties: [unit("dateTimeAsIso"), value("noValue", "never")] },
    { field: "Value #E", name: "Vaults" },
    { field: "project", name: "Project" },
    { field: "policy_id", name: "Id", properties: [width(310)] },
  ],
  { field: "Value #D", desc: false },
);

/** Whether there is room, and who fills it when. */
export const vaultPanels = [table, fills, policies] as const;
