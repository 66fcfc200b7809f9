import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { columns } from "../targets.ts";
import { about } from "./about.ts";
import { unit } from "./column.ts";
import { oneTable } from "./one-table.ts";

/** How old what inventories show is. By the exporter's own clock, whose time it is. */
export const inventoryListsPanel: Table = oneTable(
  about(new Table(), {
    title: "Lists of inventories",
    description:
      "How long ago each list was read to its end, at the replica that read it last. Much older than the schedule: what is said of vaults, policies or restore points was true then, and alerts on it are silent. A list that is not here has never been read.",
    unit: "none",
    span: 24,
    height: 6,
  })
    .noValue("")
    .withTarget(
      columns(
        "A",
        `min by (project, collector, list) (cbr_exporter_time_seconds - ignoring (project, collector, list) group_right () cbr_inventory_last_success_timestamp_seconds{project=~"$project"})`,
      ),
    ),
  [
    { field: "project", name: "Project" },
    { field: "collector", name: "Collector" },
    { field: "list", name: "List" },
    { field: "Value #A", name: "Read", properties: [unit("dtdurations")] },
  ],
);
