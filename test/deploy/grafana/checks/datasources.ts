import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { annotationsOf, drawingPanels, targetsOf } from "../dashboard-json.ts";

/** A hard-coded uid works in one Grafana alone. */
export function datasources(dashboard: Dashboard): readonly string[] {
  const users = [
    ...drawingPanels(dashboard).map(({ title, datasource }) => ({ name: title, datasource })),
    ...drawingPanels(dashboard).flatMap((panel) =>
      targetsOf(panel).map(({ refId, datasource }) => ({ name: `${panel.title} ${refId}`, datasource })),
    ),
    ...annotationsOf(dashboard).map(({ name, datasource }) => ({ name, datasource })),
    ...variablesThatAsk(dashboard),
  ];
  const problems = users
    .filter(({ datasource }) => datasource?.uid !== "${datasource}" || datasource.type !== "prometheus")
    .map(({ name }) => `${name}: does not ask the data source variable`);
  const variable = dashboard.templating.list?.[0];
  if (variable?.type !== "datasource" || variable.name !== "datasource" || variable.query !== "prometheus") {
    problems.push("the first variable is not the data source, a Prometheus");
  }
  return problems;
}

function variablesThatAsk(dashboard: Dashboard) {
  return (dashboard.templating.list ?? [])
    .filter(({ type }) => type === "query")
    .map(({ name, datasource }) => ({ name: `$${name}`, datasource }));
}
