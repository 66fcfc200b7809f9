import { validateDetailed } from "node-cron";
import { createCron } from "../../base/cron.ts";
import { type Micros, micros, since } from "../../base/micros.ts";
import { hint, nearestKey } from "../nearest-key.ts";
import { field, textSchema } from "./fields.ts";
import { type Kind, required } from "./kind.ts";
import { tell } from "./place.ts";

const advice = 'write five fields, or six with seconds first, such as "*/5 * * * *"';

/** A cron expression. */
export function scheduleField(about: string): Kind<string, never> {
  const schema = textSchema(/^\s*[\w*/,?#-]+(?:\s+[\w*/,?#-]+){4,5}\s*$/, ["string"]);
  const expression = field({ what: `a cron expression; ${advice}`, about, schema }, (text, place) => {
    const fault = scheduleFault(text);
    return fault === undefined ? text : tell(place, `not a cron expression: ${fault}; ${advice}`);
  });
  return required(expression, advice);
}

/** The IANA name of a timezone; offsets such as `+08:00` are none. */
export function timezoneField(about: string): Kind<string> {
  const what = "the IANA name of a timezone, such as Europe/Berlin";
  return field({ what, about, schema: textSchema(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, ["string"]) }, (text, place) => {
    if (text === "") return undefined;
    if (isTimezone(text)) return text;
    const expanded = place.tree.kind === "text" && place.tree.expanded;
    const quotable = !expanded && /^[A-Za-z0-9_+/-]{1,64}$/.test(text);
    const nearest = quotable ? nearestKey(text, Intl.supportedValuesOf("timeZone")) : undefined;
    const word = quotable ? `unknown timezone "${text}"` : "unknown timezone";
    return tell(place, word + (hint(nearest) || "; write an IANA name such as Europe/Berlin"));
  });
}

function isTimezone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

interface Field {
  /** node-cron's name of it. */
  readonly key: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

const fields: readonly Field[] = [
  { key: "second", name: "second", min: 0, max: 59 },
  { key: "minute", name: "minute", min: 0, max: 59 },
  { key: "hour", name: "hour", min: 0, max: 23 },
  { key: "dayOfMonth", name: "day of month", min: 1, max: 31 },
  { key: "month", name: "month", min: 1, max: 12 },
  { key: "dayOfWeek", name: "day of week", min: 0, max: 7 },
];

/** What is wrong with a cron expression, without quoting it; undefined when nothing is. */
export function scheduleFault(text: string): string | undefined {
  const parts = text.trim().split(/\s+/);
  // node-cron knows @hourly and the like; the contract does not.
  if (parts.length < 5 || parts.length > 6 || parts.some((part) => part.length > 200)) {
    return "it must have five or six fields";
  }
  const faults = parts.flatMap((part, index) => fieldFault(fields[index + 6 - parts.length], part) ?? []);
  if (faults.length > 0) return faults.join(", ");
  for (const { field, message } of validateDetailed(text).errors) {
    const known = fields.find(({ key }) => key === field);
    if (!known) faults.push("it holds characters that have no meaning there");
    else if (message.includes("impossible")) faults.push("this month never has that day");
    else faults.push(rangeFault(known));
  }
  if (faults.length > 0) return faults.join(", ");
  return createCron(text, "UTC").next(micros(0)) === undefined ? "it never comes due" : undefined;
}

/** What node-cron would take for something else: it wraps `5-1` around, and reads a step of 90 minutes as an hour. */
function fieldFault(field: Field | undefined, part: string): string | undefined {
  if (!field) return undefined;
  const numbers = part.match(/\d+/g) ?? [];
  // Looked at first: a huge range would be spelled out in memory.
  if (numbers.some((digits) => digits.length > 2)) return rangeFault(field);
  for (const [, from, to] of part.matchAll(/(\d+)-(\d+)/g)) {
    if (field.key !== "dayOfWeek" && Number(from) > Number(to)) return `${field.name} has a range that runs backwards`;
  }
  for (const [, step] of part.matchAll(/\/(\d+)/g)) {
    const span = field.max - field.min + 1;
    if (Number(step) < 1 || Number(step) > span) return `the step of ${field.name} must be 1-${span}`;
  }
  return undefined;
}

function rangeFault({ name, min, max }: Field): string {
  return `${name} must be ${min}-${max}`;
}

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
