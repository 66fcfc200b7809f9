import { later, type Micros, micros } from "../../src/base/micros.ts";
import type { Schedule, TickListener } from "../../src/collect/schedule.ts";
import { newYear } from "./manual-clock.ts";

/** A schedule that ticks when told to. */
export interface HandSchedule extends Schedule {
  /** @param at default: the tick that `next()` names */
  tick(at?: Micros, passedOver?: boolean): void;
  readonly started: boolean;
  readonly stopped: boolean;
}

const halfMinute = micros(30e6);

/** @param step from one tick to the next */
export function handSchedule(first: Micros = later(newYear, halfMinute), step: Micros = halfMinute): HandSchedule {
  let listener: TickListener | undefined;
  let next = first;
  let stopped = false;
  return {
    start(onTick) {
      listener = onTick;
    },
    next: () => next,
    previous: () => micros(next - step),
    stop() {
      stopped = true;
    },
    tick(at = next, passedOver = false) {
      next = later(at, step);
      listener?.(at, passedOver);
    },
    get started() {
      return listener !== undefined;
    },
    get stopped() {
      return stopped;
    },
  };
}
