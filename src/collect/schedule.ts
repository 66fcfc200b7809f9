import { createTask } from "node-cron";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { fromMillis, type Micros } from "../tasks/micros.ts";

/** When a collector's runs are due. */
export interface Schedule {
  /** Calls `onTick` with the time of each tick from now on, also of one that was missed. */
  start(onTick: (at: Micros) => void): void;
  /** The next tick after now. */
  next(): Micros;
  stop(): void;
}

export interface ScheduleOptions {
  /** Cron, 5 fields or 6 with seconds first; checked when the configuration was read. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A schedule kept by node-cron. */
export function createSchedule({ expression, timezone, clock, log }: ScheduleOptions): Schedule {
  let onTick = (_: Micros): void => {};
  const tick = (date: Date): void => onTick(fromMillis(date.getTime()));
  const task = createTask(expression, ({ date }) => tick(date), {
    timezone,
    // It would write to the console otherwise.
    logger: {
      info: (msg) => log.debug("Schedule", { detail: msg }),
      debug: (msg) => log.debug("Schedule", { detail: String(msg) }),
      warn: (msg) => log.debug("Schedule", { detail: msg }),
      error: (msg) => log.error("Schedule failed", { detail: String(msg) }),
    },
  });
  // A machine that slept through the tick of a daily schedule must not wait for tomorrow's.
  task.on("execution:missed", ({ date }) => tick(date));
  let next: Micros | undefined;

  return {
    start(listener) {
      onTick = listener;
      void task.start();
    },
    next() {
      // Asked for after each poll; working it out costs 0.1 ms, so it is kept until it has passed.
      if (next === undefined || next <= clock.now()) {
        const date = task.getNextRuns(1)[0];
        next = date ? fromMillis(date.getTime()) : clock.now();
      }
      return next;
    },
    stop: () => void task.destroy(),
  };
}
