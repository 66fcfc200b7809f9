import type { Clock } from "../../base/clock.ts";
import { onAbort, Stopped, takeOff } from "../../base/waits.ts";
import { Held } from "../api-error.ts";

/** A hold that lasts longer ends the runs that wait for it. */
export const longestWaitMs = 30_000;

/** A timer comes late, by a millisecond or more on a busy machine: so much of it is made up for, or 1000 a second were 500. */
const madeUpMs = 10;
/** Nothing shorter is waited for, which counts for the next one: a timer for each of 1000 a second costs as much as sending. */
const timerMs = 1;

export interface GateLimits {
  /** Requests per second; they are spaced evenly, without bursts. */
  readonly rateLimit: number;
  /** Requests in flight. */
  readonly concurrency: number;
}

/** The one way to a project's API: first come, first served, within rate and concurrency, and not while it is held. */
export interface Gate {
  /**
   * Waits for a turn.
   *
   * @returns a function that gives the place back
   * @throws {Held} when the project is held for more than 30 s; {@link Stopped} after `stop`, or when `signal` aborts
   */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Lets nobody in for `ms` from now; a shorter hold does not end a longer one. */
  hold(ms: number): void;
  /** Milliseconds until the hold ends, 0 without one. */
  heldMs(): number;
  /** Others hold from now on, also for who waits already; a hold and those that are in stay. */
  setLimits(limits: GateLimits): void;
  /** Turns all away, those who wait too; requests in flight go on. */
  stop(): void;
}

interface Waiter {
  admit(): void;
  refuse(error: Error): void;
}

// p-queue and its like count in fixed windows (two windows' worth can pass back to back) and know neither holds nor an
// injected clock; this is the part of the exporter that keeps its promise to the cloud.
export function createGate(initial: GateLimits, clock: Clock): Gate {
  // No Set, for the reason that `onAbort` has none.
  const waiting: Waiter[] = [];
  let { rateLimit, concurrency } = initial;
  let inFlight = 0;
  let lastStart = Number.NEGATIVE_INFINITY;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let cancelTimer: (() => void) | undefined;
  /** When the next one may start, while somebody waits for that alone. */
  let awaited = Number.POSITIVE_INFINITY;

  const heldMs = (): number => Math.max(0, heldUntil - clock.monotonic());

  function pump(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    const due = awaited;
    awaited = Number.POSITIVE_INFINITY;
    for (let waiter = waiting[0]; waiter; waiter = waiting[0]) {
      if (inFlight >= concurrency) return;
      const now = clock.monotonic();
      const next = Math.max(lastStart + 1000 / rateLimit, heldUntil);
      if (next - now >= timerMs) {
        awaited = next;
        cancelTimer = clock.after(next - now, pump);
        return;
      }
      lastStart = due <= now || next > now ? Math.max(next, now - madeUpMs) : now;
      inFlight += 1;
      waiting.shift();
      waiter.admit();
    }
  }

  function leave(): void {
    inFlight -= 1;
    pump();
  }

  function turnAway(error: Error): void {
    for (const waiter of [...waiting]) waiter.refuse(error);
  }

  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (stopped || signal.aborted) return reject(new Stopped());
        if (heldMs() > longestWaitMs) return reject(new Held());
        const forget = onAbort(signal, () => waiter.refuse(new Stopped()));
        const waiter: Waiter = {
          admit() {
            forget();
            let left = false;
            resolve(() => {
              if (!left) leave();
              left = true;
            });
          },
          refuse(error) {
            forget();
            takeOff(waiting, waiter);
            reject(error);
          },
        };
        waiting.push(waiter);
        pump();
      }),
    hold(ms) {
      heldUntil = Math.max(heldUntil, clock.monotonic() + ms);
      if (heldMs() > longestWaitMs) turnAway(new Held());
      pump();
    },
    heldMs,
    setLimits(limits) {
      ({ rateLimit, concurrency } = limits);
      pump();
    },
    stop() {
      stopped = true;
      cancelTimer?.();
      turnAway(new Stopped());
    },
  };
}
