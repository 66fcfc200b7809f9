/** The text format, or OpenMetrics. */
export type Format = "text" | "openmetrics";

const special = /[\\"\n]/;
const specials = /[\\"\n]/g;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

/** A label's value as it stands between quotes; any Unicode text, read back as the same text. */
export function escapeLabelValue(value: string): string {
  // A lone surrogate cannot be written as UTF-8.
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return special.test(text) ? text.replaceAll(specials, (char) => escapes[char] ?? char) : text;
}

/** `name="value"` pairs, joined by commas; `""` without any. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  let text = "";
  for (const name in labels) text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(String(labels[name]))}"`;
  return text;
}

/** A number as both formats write it. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

/** The line of one sample. @param labels as `labelText` gives them */
export function sampleText(name: string, labels: string, value: number): string {
  return `${name}${labels && `{${labels}}`} ${numberText(value)}\n`;
}

/** HELP and TYPE lines of a family; in OpenMetrics, a counter's family is its name without `_total`. */
export function headText(
  { name, help, type }: { readonly name: string; readonly help: string; readonly type: string },
  format: Format,
): string {
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  return `# HELP ${family} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}\n# TYPE ${family} ${type}\n`;
}
