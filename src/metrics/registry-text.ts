import type { MetricObjectWithValues, MetricValue, Registry } from "prom-client";
import { type Format, headText, labelText, sampleText } from "./text.ts";

type Metric = MetricObjectWithValues<
  MetricValue<string> & { metricName?: string; labels: Record<string, string | number> }
>;

/**
 * Writes what prom-client keeps, as it is now, in either format, from its JSON: one render of its own in OpenMetrics strips `_total`
 * from counters in later text renders, and it writes `le="1"` where OpenMetrics wants `le="1.0"`.
 */
export async function registryText(registry: Registry): Promise<(format: Format) => string> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as Metric[];
  const kept = metrics.filter(isPresentable);
  return (format) => kept.map((metric) => metricText(metric, format)).join("");
}

/** promtool refuses gauges whose name ends in `_total`; a gauge without a known value says nothing. */
function isPresentable({ name, type, values }: Metric): boolean {
  if (String(type) !== "gauge") return true;
  return !name.endsWith("_total") && (values.length === 0 || values.some(({ value }) => isKnown(name, value)));
}

/** Before its first sample the event loop's lag is NaN, and its minimum 292 years, the longest its histogram holds. */
function isKnown(name: string, value: number): boolean {
  return !Number.isNaN(value) && !(name === "nodejs_eventloop_lag_min_seconds" && value > 9e9);
}

function metricText({ name, help, type, values }: Metric, format: Format): string {
  let text = headText({ name, help, type: String(type) }, format);
  for (const { metricName, labels, value } of values) {
    if (!isKnown(name, value)) continue;
    text += sampleText(metricName ?? name, labelText("le" in labels ? withBound(labels) : labels), value);
  }
  return text;
}

/** Bounds as floats in both formats, so that neither the format nor Prometheus's version changes a series; last, as usual. */
function withBound({ le, ...labels }: Record<string, string | number>): Record<string, string | number> {
  const bound = String(le);
  return { ...labels, le: /^\d+$/.test(bound) ? `${bound}.0` : bound };
}
