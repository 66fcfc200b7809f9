import type { Clock } from "../../src/base/clock.ts";
import { fromMillis, later, type Micros, micros } from "../../src/base/micros.ts";

/** 2026-01-01T00:00:00Z. */
export const newYear = micros(1_767_225_600_000_000);

/** A clock that stands still until it is moved by hand. */
export interface ManualClock extends Clock {
  /** Moves on, calling back whatever falls due on the way, each with everything that follows from it. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward, or back, by so many milliseconds; nobody is called. */
  setWall(ms: number): void;
  /** Time passes in which nobody is called, as while the program is blocked; `advance(0)` calls what is overdue. */
  block(ms: number): void;
  /** Callbacks that wait. */
  pending(): number;
}

/** @param settle waits until everything that a callback brought about has happened */
export function manualClock(start: Micros = newYear, settle: () => Promise<void> = settled): ManualClock {
  const timers = new Set<{ readonly at: number; readonly call: () => void }>();
  let elapsed = 0;
  let wallShift = 0;
  return {
    now: () => later(start, fromMillis(elapsed + wallShift)),
    monotonic: () => elapsed,
    after(ms, call) {
      const timer = { at: elapsed + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        elapsed = Math.max(elapsed, due.at);
        due.call();
        await settle();
      }
      elapsed = end;
    },
    setWall(ms) {
      wallShift += ms;
    },
    block(ms) {
      elapsed += ms;
    },
    pending: () => timers.size,
  };
}

/** Resolves once all promises that need nothing from outside have had their turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock on which each look costs time, as the work between two looks does. */
export function runningClock(msALook: number): ManualClock {
  const clock = manualClock();
  return {
    ...clock,
    monotonic() {
      clock.block(msALook);
      return clock.monotonic();
    },
  };
}
