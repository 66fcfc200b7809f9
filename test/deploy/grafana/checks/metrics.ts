import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { queriesOf } from "../dashboard-json.ts";
import { knownSeries } from "../known-names.ts";

/** The names of series in a query: what stands before a selector, and what stands alone and is of ours. */
export function seriesIn(expression: string): readonly string[] {
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  const selectors = [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*\{/g)].map(([, name = ""]) => name);
  const ours = [...bare.matchAll(/\b(?:cbr|process|nodejs)_\w+/g)].map(([name]) => name);
  const alone = [...bare.matchAll(/\bup\b/g)].map(([name]) => name);
  return [...new Set([...selectors, ...ours, ...alone])];
}

/** A query for a metric that does not exist is empty for ever. `process_*` comes from prom-client. */
export function metrics(dashboard: Dashboard): readonly string[] {
  return queriesOf(dashboard).flatMap(({ name, expression }) => {
    const series = seriesIn(expression);
    if (series.length === 0) return [`${name}: asks for no metric`];
    return series
      .filter((one) => !(knownSeries.has(one) || one.startsWith("process_")))
      .map((one) => `${name}: ${one} is no metric of the exporter`);
  });
}
