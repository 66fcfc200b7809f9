import { type DashboardLink, DashboardLinkBuilder, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";

/** Links lead to these, whatever Grafana calls itself; they stay the same for good. */
export const uids = { overview: "cbr-overview", protection: "cbr-protection" } as const;

const source = `\${datasource:queryparam}`;
const keep = `${source}&\${__url_time_range}`;

/** To the overview with one task chosen; where the panel has the task's id is up to the panel. */
export function taskLink(taskId: string): { title: string; url: string } {
  return { title: "Only this task", url: `/d/${uids.overview}?${keep}&var-task=${taskId}` };
}

/** Likewise, to the protection of one resource. */
export function resourceLink(resourceId: string): { title: string; url: string } {
  return { title: "Only this resource", url: `/d/${uids.protection}?${keep}&var-resource=${resourceId}` };
}

/** Where the series have the label `task_id`. */
export const taskLinkOfSeries = taskLink(`\${__field.labels.task_id}`);

/** Where the series have the label `resource_id`. */
export const resourceLinkOfSeries = resourceLink(`\${__field.labels.resource_id}`);

/** At the top of a dashboard, not in a menu, where the SDK would put it. */
function onTop(title: string, tooltip: string, url: string): { build(): DashboardLink } {
  const link = new DashboardLinkBuilder(title).type(DashboardLinkType.Link).icon("dashboard").tooltip(tooltip).url(url);
  return {
    build: () => {
      const { placement: _, ...rest } = link.build();
      return rest;
    },
  };
}

/** Undoes what the links to one task or resource do. */
function back(title: string, uid: string): { build(): DashboardLink } {
  return onTop(title, "Clears all variables but the data source", `/d/${uid}?${keep}`);
}

export const allTasks = back("All tasks", uids.overview);
export const allResources = back("All resources", uids.protection);

// Each dashboard has a time range that fits it: a night is too short for one, a fortnight too long for the other.
const both = `${source}&\${project:queryparam}&\${operation_type:queryparam}`;

export const toProtection = onTop(
  "Protection",
  "Which resource was backed up in which night",
  `/d/${uids.protection}?${both}`,
);
export const toOverview = onTop(
  "Tasks",
  "Single tasks, and the exporter that watches them",
  `/d/${uids.overview}?${both}`,
);
