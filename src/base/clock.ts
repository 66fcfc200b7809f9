import { fromMillis, type Micros } from "./micros.ts";

/** Time as the program sees it; tests pass one that they move by hand. */
export interface Clock {
  /** The wall clock. */
  now(): Micros;
  /** Milliseconds of a clock that never jumps; its zero means nothing. */
  monotonic(): number;
  /** Calls back once after `ms`. @returns a function that cancels it */
  after(ms: number, call: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => fromMillis(Date.now()),
  monotonic: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
