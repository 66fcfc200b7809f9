import { metricsDocument } from "../../docs/metrics-table.ts";

const rows = [...metricsDocument().matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \|/gm)].map(
  ([, name = "", type = "", labels = ""]) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label),
  }),
);

/** Every label of the project's metrics, and those that Prometheus adds. */
export const knownLabels: ReadonlySet<string> = new Set([
  ...rows.flatMap(({ labels }) => labels),
  ...["instance", "job", "le"],
]);

/** Every series name that Prometheus has from the exporter, and its `up`. */
export const knownSeries: ReadonlySet<string> = new Set([
  ...rows.flatMap(({ name, type }) =>
    type === "histogram" ? ["bucket", "sum", "count"].map((part) => `${name}_${part}`) : [name],
  ),
  "up",
]);
