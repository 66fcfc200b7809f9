const baseMs = 500;
const longestMs = 10_000;

/**
 * The wait before a retry: exponential, with full jitter, so that requests which failed together do not return together.
 *
 * @param failures attempts that failed so far, from 1
 * @returns milliseconds, 0 to 10 000
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(longestMs, baseMs * 2 ** (failures - 1));
}

/** How long a throttled project is held back when the server does not say: the vendor advises 2 to 5 s. */
export function throttleMs(random: () => number): number {
  return 2_000 + random() * 3_000;
}
