import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createCron } from "../../src/base/cron.ts";
import { type Micros, micros } from "../../src/base/micros.ts";

const at = (text: string): Micros => micros(Date.parse(text) * 1000);
const iso = (time: Micros | undefined): string =>
  time === undefined ? "never" : new Date(time / 1000).toISOString().replace(".000", "");

function ticks(expression: string, timezone: string, after: string, count: number): readonly string[] {
  const cron = createCron(expression, timezone);
  const times: string[] = [];
  for (let tick = cron.next(at(after)); tick !== undefined && times.length < count; tick = cron.next(tick)) {
    times.push(iso(tick));
  }
  return times;
}

describe("when the clocks change", () => {
  test.each([
    [
      "every five seconds goes on through the repeated hour",
      "*/5 * * * * *",
      "America/New_York",
      "2026-11-01T05:59:50Z",
      ["2026-11-01T05:59:55Z", "2026-11-01T06:00:00Z", "2026-11-01T06:00:05Z"],
    ],
    [
      "every five minutes of some hours too",
      "*/5 0-6 * * *",
      "Europe/Berlin",
      "2026-10-25T00:54:00Z",
      ["2026-10-25T00:55:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:05:00Z"],
    ],
    [
      "every five minutes goes on past the hour that is left out",
      "*/5 0-6 * * *",
      "Europe/Berlin",
      "2026-03-29T00:54:00Z",
      ["2026-03-29T00:55:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:05:00Z"],
    ],
    [
      "a daily time that is left out ticks right after the gap",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T00:00:00Z",
      ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    ],
    [
      "a daily time that is shown twice ticks once",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-24T22:00:00Z",
      ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    ],
    [
      "several that are left out are one tick",
      "0,20,40 2 * * *",
      "Europe/Berlin",
      "2026-03-29T00:00:00Z",
      ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"],
    ],
    [
      "one that is there anyway is the same tick",
      "0,30 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T15:00:00Z",
      ["2026-10-03T15:30:00Z", "2026-10-04T15:00:00Z"],
    ],
    [
      "half an hour that is shown twice, in an hour that is fixed",
      "15,45 1 * * *",
      "Australia/Lord_Howe",
      "2026-04-04T14:00:00Z",
      ["2026-04-04T14:15:00Z", "2026-04-04T14:45:00Z", "2026-04-05T14:45:00Z"],
    ],
    [
      "half an hour that is shown twice, in hours that are not",
      "15,45 1,2 * * *",
      "Australia/Lord_Howe",
      "2026-04-04T14:00:00Z",
      ["2026-04-04T14:15:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T15:45:00Z"],
    ],
    [
      "a midnight that is left out",
      "0 0 * * *",
      "America/Santiago",
      "2026-09-05T12:00:00Z",
      ["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"],
    ],
    [
      "23 and 0 are neighbours: a left-out midnight of theirs is none",
      "0 0,23 * * *",
      "America/Santiago",
      "2026-09-06T02:00:00Z",
      ["2026-09-06T03:00:00Z", "2026-09-07T02:00:00Z"],
    ],
    [
      "and a repeated 23 of theirs ticks twice",
      "30 0,23 * * *",
      "America/Santiago",
      "2026-04-05T02:00:00Z",
      ["2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z", "2026-04-05T04:30:00Z"],
    ],
    [
      "a whole day that is left out, where the zone changed sides",
      "0 12 * * *",
      "Pacific/Apia",
      "2011-12-29T00:00:00Z",
      ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
    ],
    [
      "clocks that changed twice within a week",
      "30 0 * * *",
      "America/Recife",
      "2000-10-07T12:00:00Z",
      ["08T03:00", "09T02:30", "10T02:30", "11T02:30", "12T02:30", "13T02:30", "14T02:30", "15T03:30", "16T03:30"].map(
        (time) => `2000-10-${time}:00Z`,
      ),
    ],
  ])("%s", (_, expression, timezone, after, expected) => {
    expect(ticks(expression, timezone, after, expected.length)).toEqual(expected);
  });
});

describe("what an expression means", () => {
  test.each([
    ["six fields", "*/30 * * * * *", ["2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"]],
    ["five fields", "*/5 * * * *", ["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]],
    ["spaces around", "  5 4 * * 7 ", ["2026-01-04T04:05:00Z", "2026-01-11T04:05:00Z"]],
    ["lists that are not in order", "30,5,5 9,3 * * *", ["2026-01-01T03:05:00Z", "2026-01-01T03:30:00Z"]],
    ["names", "0 6 * feb,DEC mon-Fri", ["2026-02-02T06:00:00Z", "2026-02-03T06:00:00Z"]],
    ["the last day", "0 0 L * *", ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"]],
    ["the third last day", "0 0 L-2 * *", ["2026-01-29T00:00:00Z", "2026-02-26T00:00:00Z"]],
    ["the nearest workday", "0 0 15W * *", ["2026-01-15T00:00:00Z", "2026-02-16T00:00:00Z", "2026-03-16T00:00:00Z"]],
    ["the second Tuesday", "0 0 * * 2#2", ["2026-01-13T00:00:00Z", "2026-02-10T00:00:00Z"]],
    ["the last Friday", "0 0 * * friL", ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"]],
    ["both days must fit", "0 12 13 * 5", ["2026-02-13T12:00:00Z", "2026-03-13T12:00:00Z", "2026-11-13T12:00:00Z"]],
    ["leap years", "0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]],
    ["the rarest days", "0 0 29 2 1", ["2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z"]],
  ])("%s: %s", (_, expression, expected) => {
    expect(ticks(expression, "UTC", "2026-01-01T00:00:00Z", expected.length)).toEqual(expected);
  });

  test.each(["0 0 31W 2 *", "0 0 L * 1#1", "0 0 29 2 1#1"])(
    "%s never comes due, and that is found out",
    (expression) => {
      const cron = createCron(expression, "Europe/Berlin");
      expect(cron.next(at("2026-01-01T00:00:00Z"))).toBeUndefined();
      expect(cron.previous(at("2026-01-01T00:00:00Z"))).toBeUndefined();
    },
  );

  test("what cannot be read, and zones that do not exist, throw", () => {
    expect(() => createCron("x", "UTC")).toThrow();
    expect(() => createCron("0 0 30 2 *", "UTC")).toThrow("impossible day");
    expect(() => createCron("* * * * *", "Mars/Phobos")).toThrow(RangeError);
  });
});

describe("the edges of a tick", () => {
  const nine = createCron("0 9 * * *", "Asia/Shanghai");

  test.each([
    ["a microsecond before", "2026-01-02T01:00:00Z", -1, "2026-01-02T01:00:00Z", "2026-01-01T01:00:00Z"],
    ["at the tick", "2026-01-02T01:00:00Z", 0, "2026-01-03T01:00:00Z", "2026-01-02T01:00:00Z"],
    ["a microsecond after", "2026-01-02T01:00:00Z", 1, "2026-01-03T01:00:00Z", "2026-01-02T01:00:00Z"],
    ["a clock that has never been set", "1970-01-01T00:00:00Z", 0, "1970-01-01T01:00:00Z", "1969-12-31T01:00:00Z"],
  ])("%s", (_, time, more, next, previous) => {
    const moment = micros(at(time) + more);
    expect([iso(nine.next(moment)), iso(nine.previous(moment))]).toEqual([next, previous]);
  });
});

describe("the process's own timezone", () => {
  const before = process.env["TZ"];
  afterEach(() => {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  });

  test.each(["Europe/London", "America/New_York", "Asia/Kolkata"])("%s has no say", (zone) => {
    process.env["TZ"] = zone;
    const offsets = [0, 6].map((month) => new Date(2026, month).getTimezoneOffset());
    expect(offsets, "the process has changed zones").not.toEqual([0, 0]);
    expect(ticks("*/5 * * * * *", "UTC", "2026-10-25T00:59:45Z", 5)).toEqual([
      "2026-10-25T00:59:50Z",
      "2026-10-25T00:59:55Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:00:05Z",
      "2026-10-25T01:00:10Z",
    ]);
    expect(ticks("30 2 1 * *", "Europe/Berlin", "2026-02-20T00:00:00Z", 3)).toEqual([
      "2026-03-01T01:30:00Z",
      "2026-04-01T00:30:00Z",
      "2026-05-01T00:30:00Z",
    ]);
  });
});

test("of any schedule, in any zone: ticks lie in order, and next and previous agree", () => {
  const part = (min: number, max: number) =>
    fc.oneof(
      fc.constant("*"),
      fc.integer({ min: 2, max: Math.ceil(max / 2) }).map((step) => `*/${step}`),
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((list) => list.join(",")),
    );
  const days = fc.constantFrom("* * *", "* * *", "1-20 * *", "* * 1-5", "L * *", "* 3,10 0", "* * 2#1", "15W * *");
  const expressions = fc
    .tuple(part(0, 59), part(0, 59), part(0, 23), days)
    .map(([second, minute, hour, rest]) => `${second} ${minute} ${hour} ${rest}`);
  const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
  const time = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) });
  fc.assert(
    fc.property(expressions, zone, time, (expression, timezone, ms) => {
      const cron = createCron(expression, timezone);
      const start = micros(ms * 1000);
      const next = cron.next(start) ?? micros(0);
      const previous = cron.previous(start) ?? micros(Number.MAX_SAFE_INTEGER);
      expect(previous <= start && start < next).toBe(true);
      expect(cron.next(previous)).toBe(next);
      expect(cron.next(micros(previous - 1))).toBe(previous);
      expect(cron.previous(next)).toBe(next);
      expect(cron.previous(micros(next - 1))).toBe(previous);
    }),
    { numRuns: 300 },
  );
});
