import { DashboardLinkBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { nightMappings } from "../colours.ts";
import { resourceLinkOfSeries } from "../links.ts";
import { nightCode } from "../nights.ts";
import { labelled, legend, shown, shownAtEnd } from "../resources.ts";
import { history } from "../targets.ts";
import { about } from "./about.ts";
import { aDay, lanes } from "./charts.ts";

/** One row a resource and operation, for the resources of the table. */
export const nightsPanel: PanelBuilder = about(lanes(), {
  title: "Nights",
  description:
    "One row for each resource of the table. Each day tells of the night before it, from noon to noon of the dashboard's time zone: success when one ended in it, a repeat by hand included; else skipped, timeout or failed as the last task that ended in it; missed when none did. A gap: the night is not over and nothing came yet, or nobody watched. Click a row to see that resource alone.",
  unit: "none",
  span: 24,
  height: 14,
})
  .mappings(nightMappings)
  .dataLinks([new DashboardLinkBuilder(resourceLinkOfSeries.title).url(resourceLinkOfSeries.url)])
  .interval(aDay)
  .withTarget(history("A", labelled(nightCode(shown), shownAtEnd), legend));
