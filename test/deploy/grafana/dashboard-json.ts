import { readFileSync } from "node:fs";
import type { AnnotationQuery, Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { projectRoot } from "../../program.ts";

/** A dashboard as it lies in the tree, and as Grafana would read it. */
export function readDashboard(file: string): Dashboard {
  return JSON.parse(readFileSync(`${projectRoot}deploy/grafana/${file}`, "utf8")) as Dashboard;
}

/** A dashboard as it would lie in the tree. */
export function throughJson(dashboard: Dashboard): Dashboard {
  return JSON.parse(JSON.stringify(dashboard)) as Dashboard;
}

/** All panels, those in closed rows too. */
export function panelsOf(dashboard: Dashboard): readonly (Panel | RowPanel)[] {
  return (dashboard.panels ?? []).flatMap((panel) => [panel, ...("panels" in panel ? panel.panels : [])]);
}

/** Panels that draw something. */
export function drawingPanels(dashboard: Dashboard): readonly Panel[] {
  return panelsOf(dashboard).filter((panel): panel is Panel => panel.type !== "row");
}

export function targetsOf(panel: Panel): readonly Dataquery[] {
  return (panel.targets ?? []) as unknown as readonly Dataquery[];
}

export function annotationsOf(dashboard: Dashboard): readonly AnnotationQuery[] {
  return dashboard.annotations.list ?? [];
}

/** The text of a variable's query: Grafana knows it as a text or as an object. */
export function queryText(query: unknown): string {
  if (typeof query === "object" && query !== null && "query" in query) return String(query.query);
  return typeof query === "string" ? query : "";
}

interface DashboardQuery {
  /** Where it stands. */
  readonly name: string;
  readonly expression: string;
  /** What Grafana does with it. */
  readonly kind: "instant" | "range" | "variable" | "annotation";
  /** What a variable takes of each result. */
  readonly regex?: string | undefined;
}

/** Every query of a dashboard that reaches Prometheus. */
export function queriesOf(dashboard: Dashboard): readonly DashboardQuery[] {
  const targets = drawingPanels(dashboard).flatMap((panel) =>
    targetsOf(panel).map(
      (target) =>
        ({
          name: `${panel.title} ${target.refId}`,
          expression: target.expr,
          kind: target.instant ? "instant" : "range",
        }) as const,
    ),
  );
  const variables = (dashboard.templating.list ?? [])
    .filter(({ type }) => type === "query")
    .map(
      ({ name, query, regex }) =>
        ({ name: `$${name}`, expression: queryText(query), kind: "variable", regex }) as const,
    );
  const annotations = annotationsOf(dashboard).map(
    ({ name, expr }) => ({ name, expression: expr ?? "", kind: "annotation" }) as const,
  );
  return [...targets, ...variables, ...annotations];
}
