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

/** Links lead to a dashboard that is there, set variables that are there, and take values that are here. */
export function links(dashboard: Dashboard, all: readonly Dashboard[]): readonly string[] {
  const panels = drawingPanels(dashboard).flatMap((panel) =>
    linksOf(panel).map((link) => ({ link, columns: columnNames(panel) })),
  );
  const own = (dashboard.links ?? []).map((link) => ({ link, columns: [] }));
  return [...panels, ...own].flatMap(({ link, columns }) =>
    problemsOf(link.url ?? "", dashboard, all, columns).map((problem) => `${link.title}: ${problem}`),
  );
}

const variablesOf = (dashboard: Dashboard) => (dashboard.templating.list ?? []).map(({ name }) => name);

function problemsOf(url: string, here: Dashboard, all: readonly Dashboard[], columns: readonly string[]) {
  const [, uid] = /^\/d\/([^?/]+)\?/.exec(url) ?? [];
  const there = all.find((dashboard) => dashboard.uid === uid);
  if (!there) return [`leads to no dashboard: ${url}`];
  const set = [...url.matchAll(/var-(\w+)=|\$\{(\w+):queryparam\}/g)].map(([, name, kept]) => name ?? kept ?? "");
  const taken = [...url.matchAll(/\$\{([^}]+)\}/g)].map(([, name = ""]) => name);
  return [
    ...set.filter((name) => !variablesOf(there).includes(name)).map((name) => `sets $${name}, which is not there`),
    ...taken.filter((name) => !isHere(name, here, columns)).map((name) => `takes ${name}, which is not here`),
  ];
}

function isHere(name: string, here: Dashboard, columns: readonly string[]): boolean {
  const [, variable] = /^(\w+):queryparam$/.exec(name) ?? [];
  if (variable) return variablesOf(here).includes(variable);
  const [, label] = /^__field\.labels\.(\w+)$/.exec(name) ?? [];
  if (label) return knownLabels.has(label);
  const [, column] = /^__data\.fields\.(\w+)$/.exec(name) ?? [];
  if (column) return columns.includes(column);
  return name === "__url_time_range";
}
