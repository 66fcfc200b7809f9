import { createCron } from "../base/cron.ts";
import { type Micros, micros, since } from "../base/micros.ts";

export interface ScheduleUse {
  /** Cron, known to be right. */
  readonly schedule: string;
  readonly timezone: string;
  /** Number of tasks. */
  readonly tasks: number;
  /** Requests per second. */
  readonly rateLimit: number;
  readonly now: Micros;
}

/** As many as there are seconds in a minute, or minutes in an hour: the closest two of any of their patterns. */
const ticksLookedAt = 61;

const week = micros(7 * 86_400e6);

/** What is allowed, but probably not meant. */
export function scheduleWarnings({ schedule, timezone, tasks, rateLimit, now }: ScheduleUse): readonly string[] {
  const cron = createCron(schedule, timezone);
  const ticks: Micros[] = [];
  for (let tick = cron.next(now); tick !== undefined && ticks.length < ticksLookedAt; tick = cron.next(tick)) {
    ticks.push(tick);
  }
  return [capacityWarning(tasks, rateLimit, ticks), farWarning(now, ticks[0])].filter((text) => text !== undefined);
}

/** More tasks than the project's `rate_limit` allows between two ticks. */
function capacityWarning(tasks: number, rateLimit: number, ticks: readonly Micros[]): string | undefined {
  const gaps = ticks.slice(1).map((tick, index) => since(ticks[index] ?? tick, tick));
  const allowed = Math.floor((Math.min(...gaps) / 1e6) * rateLimit);
  if (!(tasks > allowed)) return undefined;
  return `${tasks} tasks cannot be kept up with: rate_limit allows ${allowed} requests between two ticks; raise rate_limit or make the schedule slower`;
}

function farWarning(now: Micros, tick: Micros | undefined): string | undefined {
  if (tick === undefined || since(now, tick) <= week) return undefined;
  return `the next tick is more than 7 days away: ${new Date(tick / 1000).toISOString().replace(".000", "")}`;
}

/** Says where day of month and day of week are both given. */
export function bothDaysNotice(schedule: string): string | undefined {
  const [dayOfMonth = "*", , dayOfWeek = "*"] = schedule.trim().split(/\s+/).slice(-3);
  // To cron(8), too, a field that begins with a star is one that must fit.
  if ([dayOfMonth, dayOfWeek].some((field) => /^[*?]/.test(field))) return undefined;
  return "day of month and day of week must both fit, unlike in cron(8), where one of them is enough";
}
