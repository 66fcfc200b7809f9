import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { queriesOf, queryText, readDashboard } from "../../deploy/grafana/dashboard-json.ts";
import type { GrafanaSource, Series } from "../prometheus-range.ts";
import { interpolate, type Value, type Values } from "./interpolate.ts";

type Query = ReturnType<typeof queriesOf>[number];

/** Variables that are chosen; the others are at All. */
type Chosen = Readonly<Record<string, readonly string[]>>;

/** A dashboard that can be asked. */
interface AskedDashboard {
  readonly queries: readonly Query[];
  /** @param change of its expression */
  query(name: string, change?: (expression: string) => string): Query;
  /** The result of a query: series, or a variable's options. */
  resultOf(source: GrafanaSource, query: Query, chosen?: Chosen): Promise<readonly (Series | string)[]>;
  /** The series of a query. */
  answer(source: GrafanaSource, name: string, chosen?: Chosen): Promise<readonly Series[]>;
  /** The ids that the hidden variable finds. */
  shown(source: GrafanaSource, chosen?: Chosen): Promise<readonly string[]>;
}

/** @param range seconds, of range queries */
export function askedDashboard(file: string, range = { back: 60, step: 5 }): AskedDashboard {
  const dashboard = readDashboard(file);
  const queries = queriesOf(dashboard);
  const query: AskedDashboard["query"] = (name, change = (same) => same) => {
    const found = queries.find((each) => each.name === name);
    if (!found) throw new Error(`no query ${name}`);
    return { ...found, expression: change(found.expression) };
  };
  const resultOf: AskedDashboard["resultOf"] = async (source, { expression, kind, regex }, chosen = {}) => {
    const asked = interpolate(expression, await valuesOf(source, dashboard, chosen));
    if (kind === "variable") return options(source, asked, regex);
    return kind === "instant" ? source.instant(asked) : source.range(asked, range);
  };
  return {
    queries,
    query,
    resultOf,
    answer: async (source, name, chosen) => (await resultOf(source, query(name), chosen)) as readonly Series[],
    shown: async (source, chosen = {}) => (await valuesOf(source, dashboard, chosen))["shown"] as readonly string[],
  };
}

export const numbers = (series: readonly Series[]): readonly number[] => series.map(({ value }) => Number(value?.[1]));
export const total = (series: readonly Series[]): number => numbers(series).reduce((sum, number) => sum + number, 0);

/** What Grafana brings, for a time range of a minute. */
const builtIn: Values = { __rate_interval: ["10s"], __interval: ["5s"], __range: ["60s"] };

/** The values of all variables, asked for one after the other as Grafana does. */
async function valuesOf(source: GrafanaSource, dashboard: Dashboard, chosen: Chosen): Promise<Values> {
  const values: Record<string, Value> = { ...builtIn };
  for (const { name, type, allValue, query, regex } of dashboard.templating.list ?? []) {
    if (type === "datasource") continue;
    const choice = chosen[name];
    if (choice) values[name] = choice;
    else if (allValue) values[name] = { all: allValue };
    else values[name] = await options(source, interpolate(queryText(query), values), regex);
  }
  return values;
}

/** What a variable's query offers. */
async function options(source: GrafanaSource, query: string, regex = ""): Promise<readonly string[]> {
  const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
  if (selector && label) return source.labelValues(label, selector);
  const [, expression] = /^query_result\((.*)\)$/.exec(query) ?? [];
  if (!expression) throw new Error(`not a variable's query that this test knows: ${query}`);
  const pattern = new RegExp(regex.slice(1, -1));
  return (await source.instant(expression)).flatMap(({ metric, value }) => {
    // Grafana shows each result as a line of text and takes from it what the variable's regular expression does.
    const labels = Object.entries(metric).map(([name, text]) => `${name}="${text}"`);
    const [, found] = pattern.exec(`{${labels.join(",")}} ${value?.join(" ")}`) ?? [];
    return found ? [found] : [];
  });
}
