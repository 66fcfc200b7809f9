import { afterAll, describe, expect, test } from "vitest";
import { createCron } from "../../src/base/cron.ts";
import { micros } from "../../src/base/micros.ts";

// Every expression of the table, in every zone, over the whole year 2026, against a reckoning that shares nothing with
// src/: it walks through the year step by step with clocks whose changes are written down here, and each expression
// says beside itself, in other words, when it is due. SHOW_TICKS=1 prints how many ticks there were.

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const utc = (text: string): number => Date.parse(`${text}Z`) / 1000;
const year = { from: utc("2026-01-01T00:00"), to: utc("2027-01-01T00:00") };

interface ZoneOf2026 {
  /** At the beginning of the year. */
  readonly offset: number;
  /** When another offset began. */
  readonly changes: readonly { readonly at: number; readonly offset: number }[];
}

/** IANA tz, 2026. */
const zones: Readonly<Record<string, ZoneOf2026>> = {
  UTC: { offset: 0, changes: [] },
  "Europe/Berlin": {
    offset: hour,
    changes: [
      { at: utc("2026-03-29T01:00"), offset: 2 * hour },
      { at: utc("2026-10-25T01:00"), offset: hour },
    ],
  },
  "America/New_York": {
    offset: -5 * hour,
    changes: [
      { at: utc("2026-03-08T07:00"), offset: -4 * hour },
      { at: utc("2026-11-01T06:00"), offset: -5 * hour },
    ],
  },
  // Half an hour, and southern.
  "Australia/Lord_Howe": {
    offset: 11 * hour,
    changes: [
      { at: utc("2026-04-04T15:00"), offset: 10.5 * hour },
      { at: utc("2026-10-03T15:30"), offset: 11 * hour },
    ],
  },
  // At midnight: one day has no 00:00, another has 23:00 twice.
  "America/Santiago": {
    offset: -3 * hour,
    changes: [
      { at: utc("2026-04-05T03:00"), offset: -4 * hour },
      { at: utc("2026-09-06T04:00"), offset: -3 * hour },
    ],
  },
};

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What a clock on the wall shows. */
interface Shown {
  readonly month: number;
  readonly monthDays: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const hourly = (...minutes: readonly number[]) => {
  return ({ minute, second }: Shown) => second === 0 && minutes.includes(minute);
};
const at = (hours: number, minutes: number) => {
  return ({ hour, minute, second }: Shown) => second === 0 && hour === hours && minute === minutes;
};
const isWorkday = ({ weekday }: Shown) => weekday >= 1 && weekday <= 5;

type Row = readonly [expression: string, isDue: (shown: Shown) => boolean, fixedHours: readonly number[]];

const byMinutes: readonly Row[] = [
  ["*/5 * * * *", ({ minute, second }) => second === 0 && minute % 5 === 0, []],
  ["0 * * * *", hourly(0), []],
  ["*/5 0-6 * * *", ({ hour, minute, second }) => second === 0 && hour <= 6 && minute % 5 === 0, []],
  ["30 2 * * *", at(2, 30), [2]],
  ["*/15 2 * * *", (shown) => shown.hour === 2 && hourly(0, 15, 30, 45)(shown), [2]],
  ["15,45 1,2 * * *", (shown) => [1, 2].includes(shown.hour) && hourly(15, 45)(shown), []],
  ["30 1 * * *", at(1, 30), [1]],
  ["0 */2 * * *", (shown) => shown.hour % 2 === 0 && hourly(0)(shown), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]],
  ["0 0 * * *", at(0, 0), [0]],
  ["30 0,12,23 * * *", (shown) => [0, 12, 23].includes(shown.hour) && hourly(30)(shown), [12]],
  ["30 23 * * *", at(23, 30), [23]],
  ["0 3 L * *", (shown) => shown.day === shown.monthDays && at(3, 0)(shown), [3]],
  // The workday nearest to the 29th: the Friday before a Saturday, the Monday after a Sunday.
  [
    "10 2 29W * *",
    (shown) => {
      const { month, day, weekday } = shown;
      const isNearest =
        (day === 29 && isWorkday(shown)) || (day === 28 && weekday === 5) || (day === 30 && weekday === 1);
      return month !== 2 && isNearest && at(2, 10)(shown);
    },
    [2],
  ],
  [
    "30 2 * MAR,oct Sun#2",
    (shown) => {
      const { month, weekday, day } = shown;
      return (month === 3 || month === 10) && weekday === 0 && day > 7 && day <= 14 && at(2, 30)(shown);
    },
    [2],
  ],
  ["20 2 * * 7L", (shown) => shown.weekday === 0 && shown.day + 7 > shown.monthDays && at(2, 20)(shown), [2]],
  ["0 4 * jan-mar mon-fri", (shown) => shown.month <= 3 && isWorkday(shown) && at(4, 0)(shown), [4]],
  ["15 1 1-7 * sun", (shown) => shown.day <= 7 && shown.weekday === 0 && at(1, 15)(shown), [1]],
  ["0 12 13 * 5", (shown) => shown.day === 13 && shown.weekday === 5 && at(12, 0)(shown), [12]],
];

const bySeconds: readonly Row[] = [
  ["*/5 * * * * *", ({ second }) => second % 5 === 0, []],
  ["7,37 */10 1-3 * * *", (s) => [7, 37].includes(s.second) && s.minute % 10 === 0 && [1, 2, 3].includes(s.hour), []],
  ["59 59 */12 * * *", (s) => s.second === 59 && s.minute === 59 && s.hour % 12 === 0, [0, 12]],
];

function offsetAt({ offset, changes }: ZoneOf2026, time: number): number {
  return changes.findLast(({ at }) => at <= time)?.offset ?? offset;
}

function shownAt(local: number): Shown {
  const date = new Date(local * 1000);
  return {
    month: date.getUTCMonth() + 1,
    monthDays: monthDays[date.getUTCMonth()] ?? 0,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The ticks of all rows, found by looking at the clock at every step of a span. */
function reckon(zone: ZoneOf2026, rows: readonly Row[], { from, to }: Span, step: number): readonly number[][] {
  const ticks = rows.map((): number[] => []);
  let before = from - step + offsetAt(zone, from - step);
  let latest = before;
  for (let time = from; time < to; time += step) {
    const local = time + offsetAt(zone, time);
    const shown = shownAt(local);
    const leftOut: Shown[] = [];
    for (let skipped = before + step; skipped < local; skipped += step) leftOut.push(shownAt(skipped));
    const isRepeated = local <= latest;
    rows.forEach(([, isDue, fixedHours], index) => {
      const isTick = isDue(shown) && !(isRepeated && fixedHours.includes(shown.hour));
      if (isTick || leftOut.some((each) => fixedHours.includes(each.hour) && isDue(each))) ticks[index]?.push(time);
    });
    before = local;
    latest = Math.max(latest, local);
  }
  return ticks;
}

function ticksOf(zone: string, expression: string, { from, to }: Span): readonly number[] {
  const cron = createCron(expression, zone);
  const ticks: number[] = [];
  for (let tick = cron.next(micros(from * 1e6 - 1)); tick !== undefined && tick < to * 1e6; tick = cron.next(tick)) {
    ticks.push(tick / 1e6);
  }
  return ticks;
}

const iso = (time: number | undefined): string => (time === undefined ? "none" : new Date(time * 1000).toISOString());

/** Where two lists part: two lists of 100 000 times are no message. */
function difference(expected: readonly number[], got: readonly number[]): string | undefined {
  const index = Array.from({ length: Math.max(expected.length, got.length) }).findIndex(
    (_, each) => expected[each] !== got[each],
  );
  return index < 0 ? undefined : `tick ${index}: expected ${iso(expected[index])}, got ${iso(got[index])}`;
}

const table: string[] = [];

/** Compares the ticks one by one, and looks back from some of them: above all those around the changes of the clock. */
function compare(name: string, rows: readonly Row[], spans: readonly Span[], step: number): void {
  const zone = zones[name] ?? { offset: 0, changes: [] };
  const reckoned = spans.map((span) => reckon(zone, rows, span, step));
  rows.forEach(([expression], row) => {
    const where = `${expression} in ${name}`;
    const counts = { expected: 0, got: 0 };
    const cron = createCron(expression, name);
    spans.forEach((span, index) => {
      const expected = reckoned[index]?.[row] ?? [];
      const got = ticksOf(name, expression, span);
      expect(difference(expected, got), where).toBeUndefined();
      counts.expected += expected.length;
      counts.got += got.length;
      const isNearChange = (tick: number): boolean => zone.changes.some(({ at }) => Math.abs(at - tick) < 2 * hour);
      const some = Math.ceil(expected.length / 30);
      expected.forEach((tick, each) => {
        if (each === 0 || !(each % some === 0 || (step === minute && isNearChange(tick)))) return;
        expect(cron.previous(micros(tick * 1e6)), `${where} at ${iso(tick)}`).toBe(tick * 1e6);
        expect((cron.previous(micros(tick * 1e6 - 1)) ?? 0) / 1e6, `${where} before ${iso(tick)}`).toBe(
          expected[each - 1],
        );
      });
    });
    const cells = [String(counts.expected).padStart(8), String(counts.got).padStart(8)];
    table.push([name.padEnd(20), expression.padEnd(24), ...cells].join(" "));
  });
}

describe.each(Object.entries(zones))("the ticks of 2026 in %s", (name, { changes }) => {
  test("by the minute, the whole year", () => compare(name, byMinutes, [year], minute));

  test("by the second, around the changes of the clock and on a few other days", () => {
    const others = ["2026-01-01T00:00", "2026-02-28T22:00", "2026-12-31T18:00"].map(utc);
    const middles = [...changes.map(({ at }) => at), ...others];
    const spans = middles.map((time) => ({ from: time - 6 * hour, to: time + 6 * hour }));
    compare(name, bySeconds, spans, 1);
  });
});

test("the clocks written down here are those of the machine", () => {
  const two = (value: number): string => String(value).padStart(2, "0");
  for (const [name, zone] of Object.entries(zones)) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: name, dateStyle: "short", timeStyle: "short" });
    for (let time = year.from + day; time < year.to - day; time += day / 4) {
      const shown = shownAt(time + offsetAt(zone, time));
      const date = `${two(shown.day)}/${two(shown.month)}/2026, ${two(shown.hour)}:${two(shown.minute)}`;
      expect(format.format(time * 1000)).toBe(date);
    }
  }
});

afterAll(() => {
  if (!process.env["SHOW_TICKS"]) return;
  const head = `${"zone".padEnd(20)} ${"expression".padEnd(24)} expected      got`;
  process.stdout.write(`\n${[head, ...table].join("\n")}\n`);
});
