/** A variable's value: several chosen ones, or the text that stands for All. */
export type Value = readonly string[] | { readonly all: string };

export type Values = Readonly<Record<string, Value>>;

/** Puts values into a query as Grafana's Prometheus data source does. */
export function interpolate(expression: string, values: Values): string {
  return expression.replaceAll(/\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g, (use, braced, format, bare) => {
    const value = values[braced ?? bare];
    if (value === undefined) throw new Error(`${use} is not defined`);
    if ("all" in value) return value.all;
    if (format === "pipe") return value.join("|");
    if (format !== undefined) throw new Error(`${use}: a format that this test does not know`);
    const escaped = value.map(forPrometheus);
    return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
  });
}

/** A regular expression within a string of PromQL: what is special in either is escaped. */
function forPrometheus(value: string): string {
  return value.replaceAll("\\", "\\\\\\\\").replaceAll(/[$^*{}[\]+?.()|]/g, "\\\\$&");
}
