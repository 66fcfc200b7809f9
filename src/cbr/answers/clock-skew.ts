/** Milliseconds. Signatures are valid for 15 minutes; a clock that is this far off is worth a warning. */
const toleratedMs = 5 * 60_000;

/**
 * How far the server's clock is ahead of this machine's.
 *
 * @param date the header `Date`, whole seconds
 * @param nowMs this machine's wall clock, milliseconds since 1970
 * @returns milliseconds, negative when it is behind; undefined without a readable header
 */
export function skewOf(date: string | undefined, nowMs: number): number | undefined {
  const at = date?.endsWith("GMT") ? Date.parse(date) : Number.NaN;
  return Number.isNaN(at) ? undefined : at - nowMs;
}

/** Whether a clock is so far off that logins may fail by it. */
export function isSkewed(skewMs: number | undefined): skewMs is number {
  return Math.abs(skewMs ?? 0) > toleratedMs;
}

/** `; this machine's clock is 12 min behind the server's; set it right`, or nothing where it is right enough. */
export function clockAdvice(skewMs: number | undefined): string {
  if (!isSkewed(skewMs)) return "";
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return `; this machine's clock is ${minutes} min ${skewMs > 0 ? "behind" : "ahead of"} the server's; set it right`;
}
