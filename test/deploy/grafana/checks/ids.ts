import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { drawingPanels, panelsOf, targetsOf } from "../dashboard-json.ts";

/** Grafana links to panels by their ids; two with one id are one panel to it. */
export function panelIds(dashboard: Dashboard): readonly string[] {
  const ids = panelsOf(dashboard).map(({ id }) => id);
  return panelsOf(dashboard).flatMap(({ id, title }) => {
    if (!Number.isInteger(id) || Number(id) < 1) return [`${title}: has no id`];
    return ids.filter((other) => other === id).length > 1 ? [`${title}: id ${id} is not unique`] : [];
  });
}

/** A panel's queries are told apart by their ref ids. */
export function refIds(dashboard: Dashboard): readonly string[] {
  return drawingPanels(dashboard).flatMap((panel) => {
    const ids = targetsOf(panel).map(({ refId }) => refId);
    if (ids.length === 0) return [`${panel.title}: has no query`];
    return ids.flatMap((id, index) => {
      if (!id) return [`${panel.title}: a query has no ref id`];
      return ids.indexOf(id) < index ? [`${panel.title}: ref id ${id} is not unique`] : [];
    });
  });
}

/** What an import must bring, and what it must not. */
export function identity(dashboard: Dashboard): readonly string[] {
  const problems: string[] = [];
  if (!/^[a-z0-9-]{8,40}$/.test(dashboard.uid ?? "")) problems.push(`uid ${dashboard.uid} is not a stable uid`);
  if (dashboard.id !== undefined) problems.push("has an id, which belongs to one Grafana alone");
  if ("__inputs" in dashboard) problems.push("has __inputs: provisioning does not ask for them");
  if (!dashboard.title) problems.push("has no title");
  if (!dashboard.tags?.length) problems.push("has no tags");
  if (!/^(30s|5m)$/.test(dashboard.refresh ?? "")) problems.push(`refreshes every ${dashboard.refresh}`);
  if (dashboard.timezone !== "browser") problems.push(`time zone is ${dashboard.timezone}`);
  return problems;
}
