import { createTask, type ParsedFields, parse } from "node-cron";
import { type Micros, micros } from "./micros.ts";
import { createZone, daySeconds, type Stretch } from "./zone.ts";

/**
 * The ticks of a cron expression in a timezone: every instant at which the zone's clock shows a time that matches.
 *
 * An hour is fixed when neither hour beside it is in the hour field. Of a time in a fixed hour that the clock shows
 * twice, only the first is a tick; one that the clock leaves out ticks at the first instant after the gap. In other
 * hours every instance is a tick, and gaps have none: what runs every five minutes goes on every five minutes.
 */
export interface Cron {
  /** The first tick after a time; undefined when it never comes due. */
  next(after: Micros): Micros | undefined;
  /** The last tick at or before a time; undefined when it never came due. */
  previous(at: Micros): Micros | undefined;
}

/** A 29 February on a given day of the week can be 40 years away (2072 to 2112). */
const horizon = 41 * 366 * daySeconds;

/**
 * @param expression five fields, or six with seconds first
 * @param timezone IANA name
 * Throws for an expression that node-cron does not read, and for an unknown timezone.
 */
export function createCron(expression: string, timezone: string): Cron {
  const fields = parse(expression);
  const seconds = ascending(fields.second);
  const minutes = ascending(fields.minute);
  const hours = ascending(fields.hour);
  const fixedHours = hours.filter((hour) => !hours.includes((hour + 1) % 24) && !hours.includes((hour + 23) % 24));
  const otherHours = hours.filter((hour) => !fixedHours.includes(hour));
  const nextDay = dayFinder(expression, fields);
  const zone = createZone(timezone);

  /** The first matching second of a day, from one of its seconds on. */
  function secondOfDay(from: number, inHours: readonly number[]): number | undefined {
    for (const hour of inHours) {
      if (hour * 3600 + 3599 < from) continue;
      for (const minute of minutes) {
        const start = hour * 3600 + minute * 60;
        if (start + 59 < from) continue;
        const second = seconds.find((each) => start + each >= from);
        if (second !== undefined) return start + second;
      }
    }
    return undefined;
  }

  /** The first matching time that a clock shows in a span, as if it were UTC. */
  function firstShown(from: number, to: number, inHours: readonly number[]): number | undefined {
    if (inHours.length === 0) return undefined;
    for (let start = from; start < to; ) {
      const day = nextDay(Math.floor(start / daySeconds), Math.ceil(to / daySeconds));
      if (day === undefined) return undefined;
      const midnight = day * daySeconds;
      const second = secondOfDay(Math.max(0, start - midnight), inHours);
      if (second !== undefined) return midnight + second < to ? midnight + second : undefined;
      start = midnight + daySeconds;
    }
    return undefined;
  }

  /** The first tick of a stretch, from one of its seconds on. */
  function firstTick(from: number, { start, end, offset, before }: Stretch): number | undefined {
    const isAfterGap = from === start && before < offset;
    if (isAfterGap && firstShown(start + before, start + offset, fixedHours) !== undefined) return start;
    // Up to here the clock shows what it has shown before.
    const fresh = Math.max(from, Math.min(end, start + before - offset));
    const shown =
      firstShown(from + offset, fresh + offset, otherHours) ?? firstShown(fresh + offset, end + offset, hours);
    return shown === undefined ? undefined : shown - offset;
  }

  function tickFrom(from: number): number | undefined {
    for (let time = from; time < from + horizon; ) {
      // A zone's clock is less than a day ahead of UTC, or behind it.
      const day = nextDay(Math.floor(time / daySeconds) - 1, Math.floor((from + horizon) / daySeconds));
      if (day === undefined) return undefined;
      time = Math.max(time, (day - 1) * daySeconds);
      const stretch = zone.stretchAt(time);
      const tick = firstTick(time, stretch);
      if (tick !== undefined) return tick;
      time = stretch.end;
    }
    return undefined;
  }

  /** Found by halving, so that there is one walk, and it goes forward. */
  function tickUpTo(time: number): number | undefined {
    const earliest = (from: number): number | undefined => {
      const tick = tickFrom(from);
      return tick !== undefined && tick <= time ? tick : undefined;
    };
    let from = time;
    let tick = earliest(from);
    for (let span = 1; tick === undefined; span *= 2) {
      if (span > 2 * horizon) return undefined;
      from = time - span;
      tick = earliest(from);
    }
    // There is none after `last`.
    for (let last = time; tick < last; ) {
      const middle = Math.ceil((tick + last) / 2);
      const later = earliest(middle);
      if (later === undefined) last = middle - 1;
      else tick = later;
    }
    return tick;
  }

  return {
    next: (after) => inMicros(tickFrom(Math.floor(after / 1e6) + 1)),
    previous: (at) => inMicros(tickUpTo(Math.floor(at / 1e6))),
  };
}

/** Finds the first day (days since 1970) of a span that fits month, day of month and day of week, all three. */
function dayFinder(expression: string, { month: months, dayOfMonth, dayOfWeek }: ParsedFields) {
  const arePlain = [...dayOfMonth, ...dayOfWeek].every((value) => typeof value === "number");
  const isDay = arePlain
    ? (date: Date) => dayOfMonth.includes(date.getUTCDate()) && dayOfWeek.includes(date.getUTCDay())
    : tokenMatcher(expression);

  return (from: number, to: number): number | undefined => {
    for (let day = from; day < to; ) {
      const date = new Date(day * daySeconds * 1000);
      if (!months.includes(date.getUTCMonth() + 1)) day += monthLength(date) - date.getUTCDate() + 1;
      else if (isDay(date)) return day;
      else day += 1;
    }
    return undefined;
  };
}

/** What L, W and # mean is left to node-cron, which is asked about noon of a day, in UTC. */
function tokenMatcher(expression: string): (date: Date) => boolean {
  const days = expression.trim().split(/\s+/).slice(-3).join(" ");
  const noon = createTask(`0 0 12 ${days}`, () => {}, { timezone: "UTC" });
  // It answers all the same, and node-cron would keep it for ever.
  void noon.destroy();
  // An answer costs 60 µs. It hangs on the day, its weekday and the length of its month alone.
  const answers = new Map<number, boolean>();
  return (date) => {
    const key = (monthLength(date) * 7 + date.getUTCDay()) * 32 + date.getUTCDate();
    const known = answers.get(key) ?? noon.match(new Date(date.getTime() + (daySeconds / 2) * 1000));
    answers.set(key, known);
    return known;
  };
}

function monthLength(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function inMicros(seconds: number | undefined): Micros | undefined {
  return seconds === undefined ? undefined : micros(seconds * 1e6);
}
