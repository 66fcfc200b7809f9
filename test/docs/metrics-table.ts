import { type MetricObject, Registry } from "prom-client";
import { systemClock } from "../../src/base/clock.ts";
import { createApiMetrics } from "../../src/metrics/api-metrics.ts";
import { registerExporterMetrics } from "../../src/metrics/exporter-metrics.ts";
import { registerStateMetrics } from "../../src/metrics/state-metrics.ts";
import { taskFamilies } from "../../src/metrics/task-families.ts";

interface Row {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Everything that `/metrics` shows of the exporter's own, from the families themselves. */
export function metricsDocument(): string {
  const tasks = taskFamilies.map(({ name, help, labelNames }) => ({
    name,
    help,
    type: "gauge",
    labels: ["project", "task_id", ...labelNames],
  }));
  const registry = new Registry();
  createApiMetrics(registry);
  registerStateMetrics(registry, { projects: () => [], collectors: () => [] });
  registerExporterMetrics(registry, { version: "", revision: "", nodeVersion: "" }, systemClock);
  const others = registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith("cbr_"))
    .map((metric) => ({ ...row(metric) }));
  return `# Metrics

Made from the metric families by \`npm run docs\`; a test holds this page to them.
Label sets never change during a task's life, but for the two \`_info\` metrics of a task. A series whose value is not
known is absent. Times are Unix seconds, UTC.

## Tasks

${table(tasks)}
## The cloud's API, collectors and the exporter

${table(others)}
The process adds prom-client's defaults, \`process_*\` and \`nodejs_*\`.
`;
}

function row(metric: MetricObject): Row {
  const { labelNames = [] } = metric as unknown as { labelNames?: readonly string[] };
  // prom-client names the types in lower case; a histogram's bounds are a label of their own.
  return { name: metric.name, type: String(metric.type), labels: labelNames, help: metric.help };
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((l) => `\`${l}\``).join(" ")} | ${help} |`,
  );
  return `| metric | type | labels | value |\n| --- | --- | --- | --- |\n${lines.join("\n")}\n`;
}
