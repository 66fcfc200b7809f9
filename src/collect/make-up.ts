import type { Clock } from "../base/clock.ts";
import { fromMillis, later, type Micros } from "../base/micros.ts";
import { doubledPause } from "../base/waits.ts";

const minuteMs = 60_000;
const longestMs = 15 * minuteMs;

/** Asks again soon for what a run left failed, so that a daily schedule is not blind for a day after one bad minute. */
export interface MakeUp {
  /** When the make-up run is due; undefined while there is none. */
  at(): Micros | undefined;
  /**
   * A run has ended and left something.
   *
   * @param earliestMs nothing would be sent before, in milliseconds from now
   * @param nextTick no make-up run is made at or after it
   */
  plan(earliestMs: number, nextTick: Micros): void;
  /** A run has left nothing: pauses begin anew. */
  reset(): void;
  cancel(): void;
}

export interface MakeUpOptions {
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  readonly onDue: () => void;
}

/** Pauses are 1, 2, 4, 8, 15, 15… minutes, a tenth more or less, so that replicas do not come back together. */
export function createMakeUp({ clock, random, onDue }: MakeUpOptions): MakeUp {
  let pauseMs = 0;
  let dueMs: number | undefined;
  let cancelTimer = (): void => {};

  function cancel(): void {
    cancelTimer();
    dueMs = undefined;
  }

  return {
    at: () => (dueMs === undefined ? undefined : later(clock.now(), fromMillis(dueMs - clock.monotonic()))),
    plan(earliestMs, nextTick) {
      cancel();
      pauseMs = doubledPause(pauseMs, minuteMs, longestMs);
      const waitMs = Math.max(pauseMs * (0.9 + 0.2 * random()), earliestMs);
      if (later(clock.now(), fromMillis(waitMs)) >= nextTick) return;
      dueMs = clock.monotonic() + waitMs;
      cancelTimer = clock.after(waitMs, () => {
        dueMs = undefined;
        onDue();
      });
    },
    reset() {
      cancel();
      pauseMs = 0;
    },
    cancel,
  };
}
