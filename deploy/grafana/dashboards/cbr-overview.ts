import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { annotations } from "./annotations.ts";
import { dashboard } from "./dashboard.ts";
import { allTasks, toProtection, uids } from "./links.ts";
import { attentionPanels } from "./panels/attention.ts";
import { countsPanel } from "./panels/counts.ts";
import { durationsPanel, slowestPanel } from "./panels/durations.ts";
import { cloudPanels } from "./panels/health-cloud.ts";
import { collectorPanels } from "./panels/health-collectors.ts";
import { freshnessPanels } from "./panels/health-freshness.ts";
import { processPanels } from "./panels/health-process.ts";
import { runningPanel } from "./panels/running.ts";
import { taskTable } from "./panels/task-table.ts";
import { timelinePanel } from "./panels/timeline.ts";
import { taskVariables } from "./task-variables.ts";

/** Backup tasks at a glance: first what needs attention, last whether the figures can be trusted. */
export function cbrOverview(): DashboardBuilder {
  return dashboard({
    uid: uids.overview,
    title: "CBR overview",
    description: "Tasks of Huawei Cloud's Cloud Backup and Recovery, and the exporter that watches them.",
    refresh: "30s",
    from: "now-6h",
    variables: taskVariables,
    annotations,
    links: [allTasks, toProtection],
    rows: [
      { title: "What needs attention", panels: attentionPanels },
      { title: "Tasks", panels: [taskTable, timelinePanel] },
      { title: "How many, how far, how long", panels: [countsPanel, runningPanel, durationsPanel, slowestPanel] },
      { title: "Is it fresh?", panels: freshnessPanels },
      { title: "Exporter and cloud", panels: cloudPanels },
      { title: "Collectors", panels: collectorPanels },
      { title: "Replicas of the exporter", panels: processPanels },
    ],
  });
}
