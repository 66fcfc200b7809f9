import { readFileSync } from "node:fs";
import { type MetricObject, Registry } from "prom-client";
import { systemClock } from "../../src/base/clock.ts";
import { onlyShard } from "../../src/base/shard.ts";
import { createApiMetrics } from "../../src/metrics/api-metrics.ts";
import { registerExporterMetrics } from "../../src/metrics/exporter-metrics.ts";
import { collectorFamilies } from "../../src/metrics/families/collector.ts";
import {
  policySeries,
  unprotectedCountSeries,
  unprotectedSeries,
  vaultSeries,
} from "../../src/metrics/families/estate.ts";
import type { Family } from "../../src/metrics/families/family.ts";
import { projectFamilies } from "../../src/metrics/families/project.ts";
import { resourceFamilies, resourceSetFamilies, taskCountFamilies } from "../../src/metrics/families/resource.ts";
import { taskFamilies } from "../../src/metrics/families/task.ts";
import { registerFinishes } from "../../src/metrics/finishes.ts";
import { projectRoot } from "../program.ts";

interface Row {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Everything that `/metrics` shows of the exporter's own, from the families themselves. */
export function metricsDocument(): string {
  const others = [
    ...registered(createApiMetrics),
    ...rows(projectFamilies, "project"),
    ...rows(collectorFamilies, "project", "collector"),
    ...registered((registry) => {
      const build = { version: "", revision: "", nodeVersion: "" };
      registerExporterMetrics(registry, build, systemClock, onlyShard).storesFacts(() => true);
    }),
  ];
  return `# Metrics

Made from the metric families by \`npm run docs\`; a test holds this page to them.
Label sets never change during a task's life, but for the two \`_info\` metrics of a task. A series whose value is not
known is absent. Times are Unix seconds, UTC.

## Tasks

${table(rows(taskFamilies, "project", "task_id"))}
## Resources and operations

What tasks have shown of the resources that they were about, and of operations, and what an inventory shows of resources. A
resource outlives the tasks that showed it; it goes when nothing has shown it for 30 days, or with its project.

${table([
  ...rows(resourceFamilies, "project", "resource_id"),
  ...rows(resourceSetFamilies),
  ...rows(taskCountFamilies, "project", "operation_type"),
  ...registered(registerFinishes),
])}
## Vaults, policies, and what is in no vault

What a collector with \`inventory\` looks at ([inventory.md](inventory.md)), as are the last seven families of a resource.

${table([
  ...rows(vaultSeries.families, "project", "vault_id"),
  ...rows(policySeries.families, "project", "policy_id"),
  ...rows(unprotectedSeries.families, "project", "resource_id"),
  ...rows(unprotectedCountSeries.families, "project", "kind"),
])}
## The cloud's API, collectors and the exporter

${table(others)}
The process adds prom-client's defaults, \`process_*\` and \`nodejs_*\`.

## What a task costs

Only what is known makes a series. The finished task of the vendor's example has ${sizeOf(/^cbr_task_/)}; its
resource, which later tasks share, ${sizeOf(/^cbr_resource_/)}. Compressed with gzip a sixth is left of that.

In memory a finished task, its resource and what is kept of both for scrapes with gzip need 3 KiB together, as
\`npm run bench\` measures it ([performance.md](performance.md)). While somebody scrapes without compression, and for five minutes
after, the text is kept too.
`;
}

/** Number and size of the series, of those that match, in the golden scrape of the vendor's example. */
function sizeOf(pattern: RegExp): string {
  const scrape = readFileSync(`${projectRoot}test/fixtures/vendor-example.prom`, "utf8");
  const lines = scrape.split("\n").filter((line) => pattern.test(line));
  return `${lines.length} series of ${lines.join("\n").length + 1} bytes in all`;
}

/** @param labels those that all series of the record carry */
function rows<R>(families: readonly Family<R, "gauge" | "counter">[], ...labels: readonly string[]): readonly Row[] {
  return families.map(({ name, help, type, labelNames, hasExtraLabels }) => {
    const more = hasExtraLabels ? ["extra labels"] : [];
    return { name, help, type, labels: [...labels, ...labelNames, ...more] };
  });
}

function registered(register: (registry: Registry) => void): readonly Row[] {
  const registry = new Registry();
  register(registry);
  const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith("cbr_"));
  return own.map(row);
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
