import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { drawingPanels, targetsOf } from "../dashboard-json.ts";
import { knownLabels } from "../known-names.ts";

interface Organize {
  readonly renameByName?: Readonly<Record<string, string>>;
}

/** The fields that the transformations of a panel name. */
function transformed(panel: Panel): readonly string[] {
  return (panel.transformations ?? []).flatMap(({ id, options }) => {
    if (id === "organize") return Object.keys((options as Organize).renameByName ?? {});
    if (id === "sortBy") return (options as { sort: { field: string }[] }).sort.map(({ field }) => field);
    if (id === "filterFieldsByName") return (options as { include: { names: string[] } }).include.names;
    return [];
  });
}

/** The names that readers see, as the transformations give them. */
export function columnNames(panel: Panel): readonly string[] {
  return (panel.transformations ?? [])
    .filter(({ id }) => id === "organize")
    .flatMap(({ options }) => Object.values((options as Organize).renameByName ?? {}));
}

/** Whether a query of the panel can bring a field of this name: a column, or a series by its legend. */
function brings(panel: Panel, name: string): boolean {
  if (columnNames(panel).includes(name)) return true;
  return targetsOf(panel).some(({ expr, legendFormat }) => {
    // A label that the query itself writes.
    if (/^\{\{\w+\}\}$/.test(legendFormat ?? "") && expr.includes(`"${name}"`)) return true;
    const [first = "", ...rest] = (legendFormat ?? "").split(/\{\{\w+\}\}/).map(literally);
    return name !== "" && new RegExp(`^${[first, ...rest].join("\\S*")}$`).test(name);
  });
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** An override or a transformation for a field that never comes is dead, and nobody notices. */
export function fields(dashboard: Dashboard): readonly string[] {
  return drawingPanels(dashboard).flatMap((panel) => {
    const refIds = targetsOf(panel).map(({ refId }) => refId);
    const values = new Set(refIds.map((refId) => `Value #${refId}`));
    const columns = transformed(panel).filter((name) => !(values.has(name) || knownLabels.has(name)));
    const overridden = (panel.fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => matcher.id === "byName")
      .map(({ matcher }) => String(matcher.options))
      .filter((name) => !brings(panel, name));
    return [...columns, ...overridden].map((name) => `${panel.title}: no query brings ${name}`);
  });
}

/** A legend that names a label which no metric has shows nothing in its place. */
export function legends(dashboard: Dashboard): readonly string[] {
  return drawingPanels(dashboard).flatMap((panel) =>
    targetsOf(panel).flatMap(({ refId, legendFormat = "" }) =>
      [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
        .filter(([, label = ""]) => !knownLabels.has(label))
        .map(([, label]) => `${panel.title} ${refId}: no metric has the label ${label}`),
    ),
  );
}

/** The rows of a table's queries are joined on the labels they share: `__name__`, which differs, would keep them apart. */
export function joins(dashboard: Dashboard): readonly string[] {
  return drawingPanels(dashboard)
    .filter(({ type }) => type === "table")
    .flatMap((panel) =>
      targetsOf(panel)
        .filter(({ expr }) => /^\w+(?:\{[^}]*\})?$/.test(expr))
        .map(({ refId }) => `${panel.title} ${refId}: brings the name of its metric`),
    );
}
