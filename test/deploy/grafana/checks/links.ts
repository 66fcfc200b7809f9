import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { drawingPanels } from "../dashboard-json.ts";
import { knownLabels } from "../known-names.ts";
import { columnNames } from "./fields.ts";

interface Link {
  readonly title?: string;
  readonly url?: string;
}

/** The links of a panel's values. */
function linksOf(panel: Panel): readonly Link[] {
  const overridden = (panel.fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.filter(({ id }) => id === "links").flatMap(({ value }) => value as Link[]),
  );
  return [...(panel.fieldConfig?.defaults.links ?? []), ...overridden];
}

/** Links lead to a dashboard that is there, set variables that are there, and take values that are there. */
export function links(dashboard: Dashboard, uids: readonly string[]): readonly string[] {
  const panels = drawingPanels(dashboard).flatMap((panel) =>
    linksOf(panel).map((link) => ({ link, columns: columnNames(panel) })),
  );
  const own = (dashboard.links ?? []).map((link) => ({ link, columns: [] }));
  return [...panels, ...own].flatMap(({ link, columns }) =>
    problemsOf(link.url ?? "", dashboard, uids, columns).map((problem) => `${link.title}: ${problem}`),
  );
}

function problemsOf(url: string, dashboard: Dashboard, uids: readonly string[], columns: readonly string[]) {
  const defined = (dashboard.templating.list ?? []).map(({ name }) => name);
  const [, uid = ""] = /^\/d\/([^?/]+)\?/.exec(url) ?? [];
  const set = [...url.matchAll(/var-(\w+)=/g)].map(([, name = ""]) => name);
  const taken = [...url.matchAll(/\$\{([^}]+)\}/g)].map(([, name = ""]) => name);
  return [
    ...(uids.includes(uid) ? [] : [`leads to no dashboard: ${url}`]),
    ...set.filter((name) => !defined.includes(name)).map((name) => `sets $${name}, which is not defined`),
    ...taken.filter((name) => !isThere(name, defined, columns)).map((name) => `takes ${name}, which is not there`),
  ];
}

function isThere(name: string, defined: readonly string[], columns: readonly string[]): boolean {
  const [, variable] = /^(\w+):queryparam$/.exec(name) ?? [];
  if (variable) return defined.includes(variable);
  const [, label] = /^__field\.labels\.(\w+)$/.exec(name) ?? [];
  if (label) return knownLabels.has(label);
  const [, column] = /^__data\.fields\.(\w+)$/.exec(name) ?? [];
  if (column) return columns.includes(column);
  return name === "__url_time_range";
}
