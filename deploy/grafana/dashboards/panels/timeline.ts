import { DashboardLinkBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { statusMappings } from "../colours.ts";
import { shown } from "../expressions.ts";
import { taskLinkOfSeries } from "../links.ts";
import { named, nameLegend } from "../names.ts";
import { statusCode } from "../status-code.ts";
import { history } from "../targets.ts";
import { about } from "./about.ts";
import { lanes } from "./charts.ts";

/** One row a task, for the tasks of the table. */
export const timelinePanel: PanelBuilder = about(lanes(), {
  title: "Status over time",
  description:
    "One row for each task of the table: when it waited, ran and ended. A washed-out colour means that the status was not fresh then. A gap means that nothing was scraped. Click a row to see that task alone.",
  unit: "none",
  span: 24,
  height: 14,
})
  .mappings(statusMappings)
  .dataLinks([new DashboardLinkBuilder(taskLinkOfSeries.title).url(taskLinkOfSeries.url)])
  .maxDataPoints(200)
  .withTarget(history("A", named(`(${statusCode(shown)})`, shown), nameLegend));
