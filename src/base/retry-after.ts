/** The longest wait that is obeyed; `Retry-After` can be any number. */
const longestMs = 5 * 60_000;

/**
 * Reads the header `Retry-After` in both its forms, seconds and HTTP date.
 *
 * @param nowMs the wall clock, milliseconds since 1970
 * @returns milliseconds from now, 0 to 5 minutes; undefined for no header or one that is neither form
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestMs);
  // Only HTTP's own dates end in GMT; Date.parse alone would take "-5" for a year.
  if (!/^[A-Z][a-z]+,? .*GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), longestMs);
}
