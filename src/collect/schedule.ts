import type { Clock } from "../base/clock.ts";
import { type ClockReading, clockStep, isSetBack, readClock } from "../base/clock-steps.ts";
import { createCron } from "../base/cron.ts";
import { later, type Micros, micros, since } from "../base/micros.ts";

/**
 * @param at when it was due; of several that were passed over, the last
 * @param passedOver the clock jumped over it, the machine slept, or the program was blocked: that a run is still going
 *   when it comes does not mean that runs take too long
 */
export type TickListener = (at: Micros, passedOver: boolean) => void;

/** When a collector's runs are due. */
export interface Schedule {
  /** Calls `onTick` at each tick from now on. */
  start(onTick: TickListener): void;
  /** The next tick after now. */
  next(): Micros;
  /** The last tick at or before now. */
  previous(): Micros;
  stop(): void;
}

export interface ScheduleOptions {
  /** Cron, 5 fields or 6 with seconds first; checked when the configuration was read. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
  readonly clock: Clock;
}

/** The wall clock may be set, and the machine may sleep, at any time: it is looked at again after this. */
const longestWaitMs = 60_000;

/** A tick that comes later than this was passed over. */
const punctual = micros(1e6);

/** A schedule that goes by the wall clock. */
export function createSchedule({ expression, timezone, clock }: ScheduleOptions): Schedule {
  const cron = createCron(expression, timezone);
  /** The last look at the clock, since the start: ticks up to there have come. */
  let last: ClockReading | undefined;
  let known: { readonly from: Micros; readonly next: Micros; previous?: Micros } | undefined;
  let listener: TickListener = () => {};
  let cancel = (): void => {};

  /** The ticks before and after a time. They are asked for with each poll, and stay the same until one has passed. */
  function around(time: Micros): NonNullable<typeof known> {
    if (known === undefined || time < known.from || known.next <= time) {
      known = { from: time, next: required(cron.next(time)) };
    }
    return known;
  }

  /** The time now, but not before a tick that has come, unless the clock was set back. */
  function now(): Micros {
    const reading = readClock(clock);
    if (last === undefined || isSetBack(clockStep(last, reading))) return reading.wall;
    return micros(Math.max(last.wall, reading.wall));
  }

  function wait(): void {
    const ms = since(clock.now(), schedule.next()) / 1000;
    cancel = clock.after(Math.min(longestWaitMs, ms), wake);
  }

  function wake(): void {
    if (last === undefined) return;
    const reading = readClock(clock);
    const step = clockStep(last, reading);
    // A clock that was set back begins anew from where the last look would have stood on it: what it has passed since
    // then comes now, so that a late look delays nothing by more than the schedule's own step.
    const first = around(isSetBack(step) ? later(last.wall, step) : last.wall).next;
    last = reading;
    wait();
    if (first <= reading.wall) listener(schedule.previous(), since(first, reading.wall) > punctual);
  }

  const schedule: Schedule = {
    start(onTick) {
      listener = onTick;
      last = readClock(clock);
      wait();
    },
    next: () => around(now()).next,
    previous() {
      const ticks = around(now());
      ticks.previous ??= required(cron.previous(ticks.from));
      return ticks.previous;
    },
    stop: () => cancel(),
  };
  return schedule;
}

function required(tick: Micros | undefined): Micros {
  if (tick === undefined) throw new RangeError("the schedule never comes due");
  return tick;
}
