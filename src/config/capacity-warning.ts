import { nextTicks } from "./schedule-fault.ts";

/** Ticks that are looked at: enough to meet the closest two of any usual schedule. */
const ticks = 20;

export interface Capacity {
  /** Number of tasks. */
  readonly tasks: number;
  readonly schedule: string;
  readonly timezone: string;
  /** Requests per second. */
  readonly rateLimit: number;
}

/** Says that a schedule cannot be kept: more tasks than its project's `rate_limit` allows between two ticks. */
export function capacityWarning({ tasks, schedule, timezone, rateLimit }: Capacity): string | undefined {
  const times = nextTicks(schedule, timezone, ticks);
  const gapMs = Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
  const allowed = Math.floor((gapMs / 1000) * rateLimit);
  if (!(tasks > allowed)) return undefined;
  return `${tasks} tasks cannot be kept up with: rate_limit allows ${allowed} requests between two ticks; raise rate_limit or make the schedule slower`;
}
