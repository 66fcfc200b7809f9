import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { Clock } from "./clock.ts";

/** How long work goes on before polls and requests have their turn: beside one garbage collection, nobody waits 50 ms. */
const sliceMs = 5;

/** Long work in slices, between which everything else has its turn. */
export interface TimeSlices {
  /** Whether it is others' turn. */
  isOver(): boolean;
  /** Lets others have their turn; then the next slice begins. */
  next(): Promise<void>;
}

/** The first slice begins now. */
export function createTimeSlices(clock: Pick<Clock, "monotonic">): TimeSlices {
  let end = clock.monotonic() + sliceMs;
  return {
    isOver: () => clock.monotonic() >= end,
    async next() {
      await yieldToOthers();
      end = clock.monotonic() + sliceMs;
    },
  };
}
