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

const timezonePattern = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** The IANA name of a timezone; offsets such as `+08:00` are none. */
export function timezoneField(about: string): Kind<string> {
  const what = "the IANA name of a timezone, such as Europe/Berlin";
  return field({ what, about, schema: textSchema(timezonePattern, ["string"]) }, (text, place) => {
    if (text === "") return undefined;
    if (isTimezone(text)) return text;
    const { tree } = place;
    const isQuotable = timezonePattern.test(text) && tree.kind === "text" && !tree.expanded;
    const nearest = isQuotable ? nearestKey(text, Intl.supportedValuesOf("timeZone")) : undefined;
    const word = isQuotable ? `unknown timezone "${text}"` : "unknown timezone";
    return tell(place, word + (hint(nearest) || "; write an IANA name such as Europe/Berlin"));
  });
}

function isTimezone(name: string): boolean {
  if (!timezonePattern.test(name)) return false;
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
  const parts = partsOf(text);
  // node-cron knows @hourly and the like; the contract does not.
  if (parts.length < 5 || parts.length > 6 || /\S{201}/.test(text)) return "it must have five or six fields";
  const own = fields.slice(-parts.length).flatMap((field, index) => fieldFault(field, parts[index]) ?? []);
  const faults = own.length > 0 ? own : validateDetailed(text).errors.map(faultOf);
  if (faults.length > 0) return faults.join(", ");
  return createCron(text, "UTC").next(micros(0)) === undefined ? "it never comes due" : undefined;
}

function partsOf(schedule: string): readonly string[] {
  return schedule.trim().split(/\s+/);
}

/** In our words what node-cron has to say. */
function faultOf({ field, message }: ReturnType<typeof validateDetailed>["errors"][number]): string {
  if (message.includes("impossible")) return "this month never has that day";
  const known = fields.find(({ key }) => key === field);
  return known ? rangeFault(known) : "it holds characters that have no meaning there";
}

/** What node-cron would take for something else: it wraps `5-1` around, and reads a step of 90 minutes as an hour. */
function fieldFault(field: Field, part = ""): string | undefined {
  // Looked at first: a huge range would be spelled out in memory.
  if (/\d{3}/.test(part)) return rangeFault(field);
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

/** As many as there are seconds in a minute, or minutes in an hour: the least gap of any of their patterns is among them. */
const gapsLookedAt = 60;

const week = micros(7 * 86_400e6);

/** What is allowed, but probably not meant. */
export function scheduleWarnings({ schedule, timezone, tasks, rateLimit, now }: ScheduleUse): readonly string[] {
  const cron = createCron(schedule, timezone);
  // What comes due once comes due again.
  const after = (tick: Micros): Micros => cron.next(tick) ?? tick;
  const first = after(now);
  let tick = first;
  const gaps = Array.from({ length: gapsLookedAt }, () => {
    const last = tick;
    tick = after(last);
    return since(last, tick);
  });
  const allowed = Math.floor((Math.min(...gaps) / 1e6) * rateLimit);
  const warnings: string[] = [];
  if (tasks > allowed) {
    warnings.push(
      `${tasks} tasks cannot be kept up with: rate_limit allows ${allowed} requests between two ticks; raise rate_limit or make the schedule slower`,
    );
  }
  if (since(now, first) > week) {
    const shown = new Date(first / 1000).toISOString().replace(".000", "");
    warnings.push(`the next tick is more than 7 days away: ${shown}`);
  }
  return warnings;
}

/** Says where day of month and day of week are both given. */
export function bothDaysNotice(schedule: string): string | undefined {
  const days = partsOf(schedule)
    .slice(-3)
    .filter((_, index) => index !== 1);
  // To cron(8), too, a field that begins with a star is one that must fit.
  if (days.some((field) => /^[*?]/.test(field))) return undefined;
  return "day of month and day of week must both fit, unlike in cron(8), where one of them is enough";
}
