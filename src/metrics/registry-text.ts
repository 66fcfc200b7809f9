import type { MetricObjectWithValues, MetricValue, Registry } from "prom-client";
import { headText, labelText, numberText } from "./text.ts";

export type Format = "text" | "openmetrics";

type Family = MetricObjectWithValues<
  MetricValue<string> & { metricName?: string; labels: Record<string, string | number> }
>;

/**
 * Writes what prom-client keeps, in either format, from its JSON: one render of its own in OpenMetrics strips `_total`
 * from counters in later text renders, and it writes `le="1"` where OpenMetrics wants `le="1.0"`.
 */
export async function registryText(registry: Registry): Promise<Record<Format, string>> {
  const families = (await registry.getMetricsAsJSON()) as unknown as Family[];
  const kept = families.filter(isPresentable);
  return {
    text: kept.map((family) => familyText(family, family.name)).join(""),
    openmetrics: kept.map((family) => familyText(family, openMetricsName(family))).join(""),
  };
}

/** promtool refuses gauges whose name ends in `_total`; a gauge without a known value says nothing. */
function isPresentable({ name, type, values }: Family): boolean {
  if (String(type) !== "gauge") return true;
  return !name.endsWith("_total") && (values.length === 0 || values.some(({ value }) => isKnown(name, value)));
}

/** Before its first sample the event loop's lag is NaN, and its minimum 292 years, the longest its histogram holds. */
function isKnown(name: string, value: number): boolean {
  return !Number.isNaN(value) && !(name === "nodejs_eventloop_lag_min_seconds" && value > 9e9);
}

/** In OpenMetrics a counter's family is its name without `_total`. */
function openMetricsName({ name, type }: Family): string {
  return String(type) === "counter" ? name.replace(/_total$/, "") : name;
}

function familyText({ name, help, type, values }: Family, familyName: string): string {
  let text = headText(familyName, help, String(type));
  for (const { metricName, labels, value } of values) {
    if (!isKnown(name, value)) continue;
    const shown = "le" in labels ? withBound(labels) : labels;
    const pairs = labelText(shown);
    text += `${metricName ?? name}${pairs ? `{${pairs}}` : ""} ${numberText(value)}\n`;
  }
  return text;
}

/** Bounds as floats in both formats, so that neither the format nor Prometheus's version changes a series; last, as usual. */
function withBound({ le, ...labels }: Record<string, string | number>): Record<string, string | number> {
  const bound = String(le);
  return { ...labels, le: /^\d+$/.test(bound) ? `${bound}.0` : bound };
}
