import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { drawingPanels } from "../dashboard-json.ts";

/** Whoever is woken needs to be told what a panel is for. */
export function descriptions(dashboard: Dashboard): readonly string[] {
  return drawingPanels(dashboard)
    .filter(({ title, description }) => !title || (description ?? "").length < 40)
    .map(({ id, title }) => `${title ?? id}: has no description worth the name`);
}

/** A number without its unit is read wrongly. */
export function units(dashboard: Dashboard): readonly string[] {
  return drawingPanels(dashboard)
    .filter(({ fieldConfig }) => !fieldConfig?.defaults.unit)
    .map(({ title }) => `${title}: has no unit`);
}
