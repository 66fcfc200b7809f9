import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { type queriesOf, queryText } from "../../deploy/grafana/dashboard-json.ts";
import type { GrafanaSource, Series } from "../prometheus-range.ts";
import { interpolate, type Value, type Values } from "./interpolate.ts";

type Query = ReturnType<typeof queriesOf>[number];

const range = { back: 60, step: 5 };

/** What Grafana brings, for a time range of a minute. */
const builtIn: Values = { __rate_interval: ["10s"], __interval: ["5s"], __range: ["60s"] };

/** The values of all variables: those that are chosen, else All, asked for one after the other as Grafana does. */
export async function valuesOf(
  source: GrafanaSource,
  dashboard: Dashboard,
  chosen: Readonly<Record<string, readonly string[]>> = {},
): Promise<Values> {
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

/** The result of one query of the dashboard: series, or a variable's options. */
export async function ask(source: GrafanaSource, query: Query, values: Values): Promise<readonly (Series | string)[]> {
  const expression = interpolate(query.expression, values);
  switch (query.kind) {
    case "variable":
      return options(source, expression, '/task_id="([^"]+)"/');
    case "instant":
      return source.instant(expression);
    default:
      return source.range(expression, range);
  }
}
