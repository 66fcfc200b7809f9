import type { Clock } from "./clock.ts";
import { fromMillis, type Micros, micros } from "./micros.ts";

/** Both clocks at one moment. */
export interface ClockReading {
  readonly wall: Micros;
  /** Milliseconds. */
  readonly monotonic: number;
}

export function readClock(clock: Clock): ClockReading {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/**
 * How far the wall clock was set forward between two readings (negative: back), beyond the time that has passed.
 * After a machine slept it may seem set forward: the monotonic clock may not have run meanwhile.
 */
export function clockStep(from: ClockReading, to: ClockReading): Micros {
  return micros(to.wall - from.wall - fromMillis(to.monotonic - from.monotonic));
}

/** Less than this is a clock that is being kept right. */
const tolerance = micros(1e6);

export function isSetBack(step: Micros): boolean {
  return step < -tolerance;
}

/** Twice a minute, so that a clock set back is known within one. */
const lookEveryMs = 30_000;

/**
 * Calls back within a minute after the wall clock was set back by more than a second: times that were taken from it
 * before may lie ahead now.
 * @returns a function that ends it
 */
export function watchClock(clock: Clock, onSetBack: (by: Micros) => void): () => void {
  let last = readClock(clock);
  let cancel = clock.after(lookEveryMs, look);

  function look(): void {
    const reading = readClock(clock);
    const step = clockStep(last, reading);
    last = reading;
    cancel = clock.after(lookEveryMs, look);
    if (isSetBack(step)) onSetBack(micros(-step));
  }

  return () => cancel();
}
