import { type DashboardLink, DashboardLinkBuilder, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";

/** The uid of the overview: links lead to it, whatever Grafana calls itself. */
export const overviewUid = "cbr-overview";

const keep = `\${datasource:queryparam}&\${__url_time_range}`;

/** To the overview with one task chosen; where the panel has the task's id is up to the panel. */
export function taskLink(taskId: string): { title: string; url: string } {
  return { title: "Only this task", url: `/d/${overviewUid}?${keep}&var-task=${taskId}` };
}

/** Where the series have the label `task_id`. */
export const taskLinkOfSeries = taskLink(`\${__field.labels.task_id}`);

const back = new DashboardLinkBuilder("All tasks")
  .type(DashboardLinkType.Link)
  .icon("dashboard")
  .tooltip("Clears all variables but the data source")
  .url(`/d/${overviewUid}?${keep}`);

/** At the top of the dashboard, not in a menu, where the SDK would put it: undoes what the links above do. */
export const allTasks = {
  build: (): DashboardLink => {
    const { placement: _, ...link } = back.build();
    return link;
  },
};
