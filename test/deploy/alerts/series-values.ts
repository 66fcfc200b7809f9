/** What Prometheus keeps of one series at one scrape: a value, its mark that the series has ended, or nothing. */
export type Kept = number | "stale" | undefined;

/**
 * Values a minute apart as promtool's rule tests write them: `3x9` is ten times 3, `0+60x9` counts, `_x9` leaves out
 * nine, `stale` ends.
 */
export function seriesValues(values: readonly Kept[]): string {
  const parts: string[] = [];
  for (let at = 0; at < values.length; ) {
    const run = runAt(values, at);
    parts.push(run.text);
    at += run.length;
  }
  return parts.join(" ");
}

function runAt(values: readonly Kept[], at: number): { readonly text: string; readonly length: number } {
  const first = values[at];
  const slope = stepAt(values, at);
  // Two values are no slope yet: 0 1 1 1 is 0 and three times 1.
  const step = slope !== 0 && continues(values[at + 1], values[at + 2], slope) ? slope : 0;
  let length = 1;
  while (at + length < values.length && continues(values[at + length - 1], values[at + length], step)) length += 1;
  if (first === "stale") return { text: "stale", length: 1 };
  if (first === undefined) return { text: length === 1 ? "_" : `_x${length}`, length };
  if (length === 1) return { text: String(first), length };
  const sign = step < 0 ? "-" : "+";
  return { text: `${first}${step === 0 ? "" : `${sign}${Math.abs(step)}`}x${length - 1}`, length };
}

/** Only whole steps between whole numbers: promtool adds them up one by one. */
function stepAt(values: readonly Kept[], at: number): number {
  const [first, second] = [values[at], values[at + 1]];
  if (typeof first !== "number" || typeof second !== "number") return 0;
  return Number.isSafeInteger(first) && Number.isSafeInteger(second) ? second - first : 0;
}

function continues(before: Kept, value: Kept, step: number): boolean {
  if (before === undefined || value === undefined) return before === value;
  return typeof before === "number" && typeof value === "number" && value === before + step;
}
