import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { describe, expect, test } from "vitest";
import { dashboards } from "../../../deploy/grafana/dashboards/all.ts";
import { datasources } from "./checks/datasources.ts";
import { fields, joins, legends } from "./checks/fields.ts";
import { identity, panelIds, refIds } from "./checks/ids.ts";
import { layout } from "./checks/layout.ts";
import { links } from "./checks/links.ts";
import { metrics } from "./checks/metrics.ts";
import { descriptions, units } from "./checks/texts.ts";
import { choices, definedVariables, regexMatchers } from "./checks/variables.ts";
import { drawingPanels, throughJson } from "./dashboard-json.ts";

const built = dashboards.map(({ build }) => throughJson(build()));

interface Check {
  readonly name: string;
  problems(dashboard: Dashboard): readonly string[];
  /** Breaks a sound dashboard in the way that the check is about. */
  readonly breaks: Readonly<Record<string, (dashboard: Dashboard) => void>>;
}

/** Any panel; the table has columns and links. */
const panel = (dashboard: Dashboard, type = "table"): Panel => {
  const found = drawingPanels(dashboard).find((one) => one.type === type);
  if (!found) throw new Error(`no panel of type ${type}`);
  return found;
};
const target = (dashboard: Dashboard, index = 0): Dataquery =>
  panel(dashboard).targets?.[index] as unknown as Dataquery;
const variable = (dashboard: Dashboard, name: string) => {
  const found = dashboard.templating.list?.find((one) => one.name === name);
  if (!found) throw new Error(`no variable ${name}`);
  return found;
};

const checks: readonly Check[] = [
  {
    name: "panel ids are unique",
    problems: panelIds,
    breaks: {
      "an id twice": (dashboard) => Object.assign(panel(dashboard), { id: 1 }),
      "no id": (dashboard) => Object.assign(panel(dashboard), { id: undefined }),
    },
  },
  {
    name: "ref ids are unique within a panel",
    problems: refIds,
    breaks: {
      "a ref id twice": (dashboard) => Object.assign(target(dashboard, 1), { refId: "A" }),
      "no query": (dashboard) => Object.assign(panel(dashboard), { targets: [] }),
    },
  },
  {
    name: "it can be imported and provisioned",
    problems: identity,
    breaks: {
      "an id": (dashboard) => Object.assign(dashboard, { id: 7 }),
      inputs: (dashboard) => Object.assign(dashboard, { __inputs: [] }),
      "no uid": (dashboard) => Object.assign(dashboard, { uid: "" }),
      "a fixed time zone": (dashboard) => Object.assign(dashboard, { timezone: "utc" }),
    },
  },
  {
    name: "panels stand side by side",
    problems: layout,
    breaks: {
      overlap: (dashboard) => Object.assign(panel(dashboard).gridPos ?? {}, { y: 0 }),
      "too wide": (dashboard) => Object.assign(panel(dashboard).gridPos ?? {}, { w: 25 }),
      "no place": (dashboard) => Object.assign(panel(dashboard), { gridPos: undefined }),
    },
  },
  {
    name: "all ask the data source variable",
    problems: datasources,
    breaks: {
      "a query": (dashboard) => Object.assign(target(dashboard), { datasource: { type: "prometheus", uid: "abc" } }),
      "a panel": (dashboard) => Object.assign(panel(dashboard), { datasource: undefined }),
      "a variable": (dashboard) => Object.assign(variable(dashboard, "project"), { datasource: null }),
      "an annotation": (dashboard) => Object.assign(dashboard.annotations, { list: [{ name: "x", datasource: null }] }),
      "no variable": (dashboard) => dashboard.templating.list?.shift(),
    },
  },
  {
    name: "every variable is defined",
    problems: definedVariables,
    breaks: {
      "in a query": (dashboard) => Object.assign(target(dashboard), { expr: 'cbr_up{project="$mistyped"}' }),
      "in a variable, one that comes later": (dashboard) =>
        Object.assign(variable(dashboard, "project"), { query: 'label_values(cbr_up{x=~"$operation_type"}, project)' }),
    },
  },
  {
    name: "variables of several values are matched as regular expressions",
    problems: regexMatchers,
    breaks: { equal: (dashboard) => Object.assign(target(dashboard), { expr: 'cbr_up{project="$project"}' }) },
  },
  {
    name: "All matches everything",
    problems: choices,
    breaks: {
      "no All": (dashboard) => Object.assign(variable(dashboard, "project"), { includeAll: false }),
      "only what is listed": (dashboard) => Object.assign(variable(dashboard, "project"), { allValue: undefined }),
    },
  },
  {
    name: "every panel says what it is for",
    problems: descriptions,
    breaks: { none: (dashboard) => Object.assign(panel(dashboard), { description: "" }) },
  },
  {
    name: "every panel has a unit",
    problems: units,
    breaks: { none: (dashboard) => Object.assign(panel(dashboard).fieldConfig?.defaults ?? {}, { unit: undefined }) },
  },
  {
    name: "overrides and transformations name fields that come",
    problems: fields,
    breaks: {
      "an override": (dashboard) =>
        panel(dashboard).fieldConfig?.overrides.push({
          matcher: { id: "byName", options: "Mistyped" },
          properties: [],
        }),
      "an override of a legend": (dashboard) =>
        panel(dashboard, "stat").fieldConfig?.overrides.push({
          matcher: { id: "byName", options: "Mistyped" },
          properties: [],
        }),
      "a query that is gone": (dashboard) => panel(dashboard).targets?.pop() && panel(dashboard).targets?.shift(),
      "a label that no metric has": (dashboard) =>
        panel(dashboard).transformations?.push({ id: "organize", options: { renameByName: { mistyped: "X" } } }),
    },
  },
  {
    name: "the queries of a table can be joined",
    problems: joins,
    breaks: { "a bare metric": (dashboard) => Object.assign(target(dashboard), { expr: 'cbr_task_found{x="y"}' }) },
  },
  {
    name: "legends name labels that exist",
    problems: legends,
    breaks: { mistyped: (dashboard) => Object.assign(target(dashboard), { legendFormat: "{{mistyped}}" }) },
  },
  {
    name: "links lead somewhere",
    problems: (dashboard) => links(dashboard, built),
    breaks: {
      "another dashboard": (dashboard) => Object.assign(dashboard.links?.[0] ?? {}, { url: "/d/mistyped?x" }),
      "another host": (dashboard) => Object.assign(dashboard.links?.[0] ?? {}, { url: "http://somewhere.invalid/" }),
      "a variable": (dashboard) => Object.assign(dashboard.links?.[0] ?? {}, { url: "/d/cbr-overview?var-x=1" }),
      "a variable that only one of both has": (dashboard) =>
        Object.assign(dashboard.links?.[0] ?? {}, { url: "/d/cbr-overview?${resource:queryparam}&${task:queryparam}" }),
      "a column": (dashboard) =>
        Object.assign(dashboard.links?.[0] ?? {}, { url: "/d/cbr-overview?var-task=${__data.fields.Mistyped}" }),
    },
  },
  {
    name: "every metric is one of docs/metrics.md",
    problems: metrics,
    breaks: {
      mistyped: (dashboard) => Object.assign(target(dashboard), { expr: "sum(cbr_task_statuses)" }),
      "of somebody else": (dashboard) => Object.assign(target(dashboard), { expr: 'node_load1{job="x"}' }),
      none: (dashboard) => Object.assign(target(dashboard), { expr: "vector(1)" }),
    },
  },
];

describe.each(dashboards)("$file", ({ build }) => {
  test.each(checks)("$name", ({ problems, breaks }) => {
    expect(problems(throughJson(build()))).toEqual([]);
    for (const [name, damage] of Object.entries(breaks)) {
      const broken = throughJson(build());
      damage(broken);
      expect(problems(broken), name).not.toEqual([]);
    }
  });
});
