const second = 1000;
const day = 24 * 60 * 60 * second;
/** Milliseconds of each unit, in the order in which they must stand. */
const unitMs = [365 * day, 7 * day, day, 60 * 60 * second, 60 * second, second, 1];
const grammar = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Reads a duration as Prometheus writes it: `500ms`, `30s`, `1m30s`, `24h`, `7d`, or `0`.
 * Units stand in descending order, each at most once; a year has 365 days.
 * @returns milliseconds, or undefined when the text is no such duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const amounts = text === "" ? undefined : grammar.exec(text)?.slice(1);
  if (!amounts) return undefined;
  const ms = unitMs.reduce((sum, unit, index) => sum + unit * Number(amounts[index] ?? 0), 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
