import type { Clock } from "./clock.ts";

const shortestBackoffMs = 500;
const longestBackoffMs = 10_000;

/**
 * The wait before a retry: exponential, with full jitter, so that requests which failed together do not return together.
 *
 * @param failures attempts that failed so far, from 1
 * @param random gives at least 0, less than 1
 * @returns milliseconds, 0 to 10 000
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(longestBackoffMs, shortestBackoffMs * 2 ** (failures - 1));
}

/** @returns for how long a throttled project is held when the server does not say, in milliseconds: the vendor advises 2 to 5 s */
export function throttleMs(random: () => number): number {
  return 2_000 + random() * 3_000;
}

/**
 * The pause after another failure: twice the one before, up to the longest.
 *
 * @param before the pause before, in the unit of the others; undefined or 0 for none
 */
export function doubledPause(before: number | undefined, first: number, longest: number): number {
  return before ? Math.min(2 * before, longest) : first;
}

/** The longest wait that is obeyed; `Retry-After` can be any number. */
const longestRetryAfterMs = 5 * 60_000;

/**
 * Reads the header `Retry-After` in both its forms, seconds and HTTP date.
 *
 * @param nowMs the wall clock, milliseconds since 1970
 * @returns milliseconds from now, 0 to 5 minutes; undefined for no header or one that is neither form
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestRetryAfterMs);
  // Only HTTP's own dates end in GMT; Date.parse alone would take "-5" for a year.
  if (!/^[A-Z][a-z]+,? .*GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), longestRetryAfterMs);
}

/** Work was given up because the program, or the run that wanted it, ends: nobody's failure, counted nowhere. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

interface Callbacks {
  // No Set: tables that one has outgrown keep each other, and what their callbacks hold, until the whole heap is collected;
  // that was more than half of what a poll left behind.
  readonly all: (() => void)[];
  readonly callAll: () => void;
}

const callbacksOf = new WeakMap<AbortSignal, Callbacks>();

/**
 * Calls back when a signal aborts that has not yet. All share one listener: one for each costs a request more than decoding
 * its answer does, and from the eleventh on Node warns.
 *
 * @returns takes the callback off again
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { all, callAll } = callbacksOf.get(signal) ?? listenTo(signal);
  // Another object each time, so that nobody takes off what somebody else has added.
  const own = (): void => callback();
  all.push(own);
  return () => {
    if (!takeOff(all, own) || all.length > 0) return;
    callbacksOf.delete(signal);
    signal.removeEventListener("abort", callAll);
  };
}

/** Takes an item off a short list. @returns whether it was still on */
export function takeOff<T>(list: T[], item: T): boolean {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

function listenTo(signal: AbortSignal): Callbacks {
  const all: (() => void)[] = [];
  const callAll = (): void => {
    for (const call of [...all]) if (takeOff(all, call)) call();
  };
  signal.addEventListener("abort", callAll, { once: true });
  callbacksOf.set(signal, { all, callAll });
  return { all, callAll };
}

/** The result of `work`; who stops waiting does not stop it, for others may wait too. @throws {Stopped} when `signal` aborts */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(new Stopped());
    const forget = onAbort(signal, () => reject(new Stopped()));
    work.then(
      (result) => {
        forget();
        resolve(result);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

/** Lets time pass. @throws {Stopped} as soon as one of the signals aborts */
export function pause(ms: number, clock: Clock, signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.reject(new Stopped());
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      cancel();
      for (const forget of forgets) forget();
      settle();
    };
    const cancel = clock.after(ms, () => end(resolve));
    const forgets = signals.map((signal) => onAbort(signal, () => end(() => reject(new Stopped()))));
  });
}
