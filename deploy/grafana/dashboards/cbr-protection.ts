import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { allResources, toOverview, uids } from "./links.ts";
import { discoveryPanels } from "./panels/discovery.ts";
import { durationPanels } from "./panels/durations-over-weeks.ts";
import { finishPanels } from "./panels/finishes.ts";
import { inventoryListsPanel } from "./panels/inventory-lists.ts";
import { nightsPanel } from "./panels/nights.ts";
import { protectedPanels } from "./panels/protected.ts";
import { resourceTable } from "./panels/resource-table.ts";
import { restorePointPanels } from "./panels/restore-points.ts";
import { vaultPanels } from "./panels/vaults.ts";
import { resourceVariables } from "./resource-variables.ts";

/** Resources and their nights: which one has no copy that is young enough, and since when. */
export function cbrProtection(): DashboardBuilder {
  return dashboard({
    uid: uids.protection,
    title: "CBR protection",
    description:
      "What tasks and inventories of Huawei Cloud's Cloud Backup and Recovery show of resources, vaults and policies.",
    refresh: "5m",
    from: "now-14d",
    variables: resourceVariables,
    annotations: [],
    links: [allResources, toOverview],
    rows: [
      { title: "Who is protected?", panels: [...protectedPanels, resourceTable] },
      { title: "Is there a restore point?", panels: restorePointPanels },
      { title: "Nights", panels: [nightsPanel] },
      { title: "How long", panels: durationPanels },
      { title: "How many", panels: finishPanels },
      { title: "Is there room?", panels: vaultPanels },
      { title: "Is it fresh?", panels: [...discoveryPanels, inventoryListsPanel] },
    ],
  });
}
