import { isMainThread } from "node:worker_threads";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type Micros, micros } from "../../src/base/micros.ts";
import { lastDue, nextDue, notBefore, type VaultPolicy } from "../../src/estate/due-times.ts";
import { type Pattern, type Policy, weekdays } from "../../src/estate/policies.ts";

const hours = (count: number): Micros => micros(count * 3600e6);

/** `06-01 18:00` is 2026-06-01T18:00:00Z, a Monday. */
function time(text: string): Micros {
  return micros(Date.parse(`2026-${text.replace(" ", "T")}Z`) * 1000);
}

function shown(moment: Micros | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment / 1000).toISOString().slice(5, 16).replace("T", " ");
}

function policy(part: Partial<Policy> & Pick<Policy, "patterns">): Policy {
  return { id: "p", operationType: "backup", enabled: true, startTime: time("02-03 07:20"), vaults: [], ...part };
}

function daily(hour: number, minute = 0, everyDays = 1): Pattern {
  return { hour, minute, everyDays };
}

const workdays = weekdays.slice(0, 5);
const nightly = policy({ patterns: [daily(18)] });
const twice = policy({ patterns: [5, 17].map((hour) => ({ ...daily(hour), weekdays: workdays })) });
const sundays = policy({ patterns: [{ ...daily(21), weekdays: ["SU"] }] });
const thirdDays = policy({ patterns: [daily(1, 30, 3)], startTime: time("06-01 01:30") });
const hourly = policy({ patterns: Array.from({ length: 24 }, (_, hour) => daily(hour, 15)) });
const inShanghai = policy({ patterns: [{ ...daily(18), weekdays: ["MO"] }], utcOffset: 480 });
const atMidnight = policy({ patterns: [{ ...daily(16), weekdays: ["MO"] }], utcOffset: 480 });
const beforeMidnight = policy({ patterns: [{ ...daily(15, 59), weekdays: ["MO"] }], utcOffset: 480 });
const inNewYork = policy({ patterns: [{ ...daily(3), weekdays: ["MO"] }], utcOffset: -300 });

test.each<[string, Policy, string, string | undefined, string | undefined]>([
  ["daily, just before its time", nightly, "06-02 17:59", "06-01 18:00", "06-02 18:00"],
  ["daily, at its time", nightly, "06-02 18:00", "06-02 18:00", "06-03 18:00"],
  ["daily, within the minute of its time", nightly, "06-02 18:00:59.999", "06-02 18:00", "06-03 18:00"],
  [
    "daily, over the year's turn",
    { ...nightly, startTime: time("01-01 00:00") },
    "01-01 06:00",
    undefined,
    "01-01 18:00",
  ],
  ["daily, on the day it was made", nightly, "02-03 17:59", undefined, "02-03 18:00"],
  ["daily, for the first time", nightly, "02-03 18:00", "02-03 18:00", "02-04 18:00"],
  ["daily, its hour over when it was made", policy({ patterns: [daily(6)] }), "02-03 08:00", undefined, "02-04 06:00"],
  ["begins at its own time", policy({ patterns: [daily(7, 20)] }), "02-03 07:20", "02-03 07:20", "02-04 07:20"],
  ["about to begin at its own time", policy({ patterns: [daily(7, 20)] }), "02-03 07:00", undefined, "02-03 07:20"],
  [
    "begins later",
    policy({ patterns: [daily(7)], startTime: time("07-01 12:00") }),
    "06-02 08:00",
    undefined,
    "07-02 07:00",
  ],
  [
    "of no known start",
    { id: "p", enabled: true, patterns: [daily(7)], vaults: [] },
    "06-02 08:00",
    "06-02 07:00",
    "06-03 07:00",
  ],
  ["workdays twice, Friday evening", twice, "06-05 18:00", "06-05 17:00", "06-08 05:00"],
  ["workdays twice, Sunday", twice, "06-07 18:00", "06-05 17:00", "06-08 05:00"],
  ["workdays twice, Monday noon", twice, "06-08 12:00", "06-08 05:00", "06-08 17:00"],
  ["weekly, just before", sundays, "06-07 20:59", "05-31 21:00", "06-07 21:00"],
  ["weekly, at its time", sundays, "06-07 21:00", "06-07 21:00", "06-14 21:00"],
  ["24 times a day", hourly, "06-02 08:14", "06-02 07:15", "06-02 08:15"],
  ["24 times a day, past midnight", hourly, "06-02 00:14", "06-01 23:15", "06-02 00:15"],
  // What was due on the first day is missed for certain when none of three days has brought it.
  ["every third day, on the first", thirdDays, "06-01 02:00", undefined, "06-04 01:30"],
  ["every third day, on the second", thirdDays, "06-02 02:00", undefined, "06-04 01:30"],
  ["every third day, on the third", thirdDays, "06-03 02:00", "06-01 01:30", "06-04 01:30"],
  ["every third day, on the fourth", thirdDays, "06-04 02:00", "06-02 01:30", "06-07 01:30"],
  [
    "every third day, of no known start",
    { id: "p", enabled: true, patterns: [daily(1, 30, 3)], vaults: [] },
    "06-04 02:00",
    "06-02 01:30",
    undefined,
  ],
  ["every thirtieth day", policy({ patterns: [daily(1, 0, 30)] }), "06-04 02:00", "05-06 01:00", "07-03 01:00"],
  // Monday 18:00 of UTC, or Monday in Shanghai, which is Sunday 18:00 of UTC.
  ["a Monday of two zones, both over", inShanghai, "06-08 18:00", "06-07 18:00", "06-15 18:00"],
  ["a Monday of two zones, one over", inShanghai, "06-07 18:00", "06-01 18:00", "06-08 18:00"],
  ["a Monday of two zones, none over", inShanghai, "06-07 17:59", "05-31 18:00", "06-08 18:00"],
  // Monday 16:00 of UTC is midnight in Shanghai, so that its Monday begins on Sunday.
  ["a midnight of two zones", atMidnight, "06-08 16:00", "06-07 16:00", "06-15 16:00"],
  ["a minute before midnight of two zones", beforeMidnight, "06-08 16:00", "06-08 15:59", "06-15 15:59"],
  // Monday 03:00 of UTC, or Monday in New York, which is Tuesday 03:00 of UTC.
  ["a Monday in the west, both over", inNewYork, "06-09 03:00", "06-08 03:00", "06-15 03:00"],
  ["a Monday in the west, one over", inNewYork, "06-08 03:00", "06-02 03:00", "06-15 03:00"],
  ["disabled", { ...nightly, enabled: false }, "06-02 20:00", undefined, undefined],
  ["perhaps disabled", { id: "p", patterns: [daily(18)], vaults: [] }, "06-02 20:00", undefined, undefined],
  ["without a pattern that is understood", policy({ patterns: [] }), "06-02 20:00", undefined, undefined],
])("a policy %s", (_, each, now, last, next) => {
  expect(shown(lastDue([{ policy: each }], { now: time(now), grace: hours(0) }))).toBe(last);
  expect(shown(nextDue(each, time(now)))).toBe(next);
});

test.each([
  ["06-03 00:00", 6, "06-02 18:00"],
  ["06-02 23:59:59.999", 6, "06-01 18:00"],
  ["06-02 17:59", 0, "06-01 18:00"],
  ["06-02 18:00", 48, "05-31 18:00"],
])("at %s with a grace of %i hours it is the time that is so long ago", (now, grace, last) => {
  expect(shown(lastDue([{ policy: nightly }], { now: time(now), grace: hours(grace) }))).toBe(last);
});

describe("several policies of a vault", () => {
  const last = (policies: readonly VaultPolicy[], now: string) =>
    shown(lastDue(policies, { now: time(now), grace: hours(6) }));

  test.each<[string, readonly Policy[], string, string | undefined]>([
    ["none", [], "06-08 12:00", undefined],
    ["the newest of all", [nightly, twice, sundays], "06-08 12:00", "06-08 05:00"],
    ["the newest of all, which is another one's", [nightly, twice, sundays], "06-08 10:00", "06-07 21:00"],
    ["a disabled one does not count", [{ ...twice, enabled: false }, nightly], "06-08 12:00", "06-07 18:00"],
    [
      "one that has not begun does not count",
      [{ ...twice, startTime: time("07-01 00:00") }, nightly],
      "06-08 12:00",
      "06-07 18:00",
    ],
    // By one reading it is Sunday 18:00, by the other Monday 18:00 a week ago, before the nightly one's.
    [
      "one of two readings beside a daily one",
      [inShanghai, policy({ patterns: [daily(3)] })],
      "06-08 08:00",
      "06-07 03:00",
    ],
  ])("%s", (_, policies, now, expected) => {
    expect(
      last(
        policies.map((each) => ({ policy: each })),
        now,
      ),
    ).toBe(expected);
  });
});

describe("what changes while one watches", () => {
  /** What is due of a resource, day by day at noon, with a grace of six hours. */
  const byDay = (policies: readonly VaultPolicy[], ...beginnings: readonly Micros[]) =>
    ["06-02", "06-03", "06-04"].map((day) =>
      shown(notBefore(lastDue(policies, { now: time(`${day} 12:00`), grace: hours(6) }), ...beginnings)),
    );

  test("a policy that was always there", () => {
    expect(byDay([{ policy: nightly }])).toEqual(["06-01 18:00", "06-02 18:00", "06-03 18:00"]);
  });

  test("a policy that is enabled again owes nothing of the time in between", () => {
    expect(byDay([{ policy: nightly, since: time("06-02 20:00") }])).toEqual([undefined, undefined, "06-03 18:00"]);
  });

  test("a policy whose hour is changed to an earlier one owes nothing of that day", () => {
    // From 18:00 to 05:00, on Tuesday at 11:00; the restore point of Monday 18:00 is older than Tuesday 05:00.
    const changed = policy({ patterns: [daily(5)] });
    expect(byDay([{ policy: changed, since: time("06-02 11:00") }])).toEqual([undefined, "06-03 05:00", "06-04 05:00"]);
  });

  test("what the vault's other policy has owed stays owed", () => {
    const other = { policy: sundays };
    expect(byDay([{ policy: nightly, since: time("06-02 20:00") }, other])).toEqual([
      "05-31 21:00",
      "05-31 21:00",
      "06-03 18:00",
    ]);
  });

  test.each([
    ["a new vault", time("06-02 18:00:00.001")],
    ["a new resource", time("06-02 18:01")],
    ["a resource that moved here from another vault", time("06-03 11:59")],
  ])("%s owes nothing of the time before", (_, beginning) => {
    expect(byDay([{ policy: nightly }], beginning)).toEqual([undefined, undefined, "06-03 18:00"]);
  });

  test("one that is there at the policy's time owes it", () => {
    expect(byDay([{ policy: nightly }], time("06-02 18:00"))).toEqual([undefined, "06-02 18:00", "06-03 18:00"]);
  });

  test("the latest beginning counts", () => {
    const due = time("06-02 18:00");
    expect(notBefore(due, undefined, time("06-01 00:00"), undefined)).toBe(due);
    expect(notBefore(due, time("06-03 00:00"), time("06-01 00:00"))).toBeUndefined();
    expect(notBefore(due)).toBe(due);
    expect(notBefore(undefined, time("06-01 00:00"))).toBeUndefined();
  });
});

// A thread has no zone of its own to change.
describe.runIf(isMainThread)("clocks that change", () => {
  const zoneBefore = process.env["TZ"];
  afterEach(() => {
    if (zoneBefore === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zoneBefore;
  });

  test.each([
    ["Europe/Berlin", 60, ["03-29", "10-25"]],
    ["America/New_York", -300, ["03-08", "11-01"]],
    // By half an hour.
    ["Australia/Lord_Howe", 630, ["04-05", "10-04"]],
  ])("change nothing in %s: hours are UTC", (zone, utcOffset, changes) => {
    process.env["TZ"] = zone;
    const each = { ...hourly, utcOffset };
    for (const change of changes) {
      const midnight = time(`${change} 00:00`);
      // The zone's clock does change on that day, or the one before.
      const offsets = [-36, 36].map((later) => new Date((midnight + hours(later)) / 1000).getTimezoneOffset());
      expect(offsets[0]).not.toBe(offsets[1]);
      for (let hour = -48; hour <= 48; hour += 1) {
        const now = micros(midnight + hours(hour) + 20 * 60e6);
        expect(lastDue([{ policy: each }], { now, grace: hours(0) })).toBe(now - 5 * 60e6);
        expect(nextDue(each, now)).toBe(now + 55 * 60e6);
      }
    }
  });
});

describe("against a walk from minute to minute", () => {
  const minute = 60e6;
  const between = (from: string, to: string) => fc.integer({ min: time(from), max: time(to) }).map(micros);
  // Mostly, but not always, everything has begun long ago.
  const anyStart = between("01-01 00:00", "05-01 00:00");
  const anyTime = between("04-01 00:00", "12-31 00:00");

  const anyPattern = (mostDays: number): fc.Arbitrary<Pattern> =>
    fc
      .record({
        hour: fc.nat(23),
        minute: fc.nat(59),
        everyDays: fc.integer({ min: 1, max: mostDays }),
        weekdays: fc.option(fc.subarray([...weekdays], { minLength: 1 }), { nil: undefined }),
      })
      .map(({ weekdays: days, ...others }) => (days ? { ...others, everyDays: 1, weekdays: days } : others));

  const anyPolicy = (mostDays: number): fc.Arbitrary<Policy> =>
    fc
      .record({
        patterns: fc.array(anyPattern(mostDays), { maxLength: 3 }),
        utcOffset: fc.option(fc.integer({ min: -1439, max: 1439 }), { nil: undefined }),
        startTime: fc.option(anyStart, { nil: undefined }),
        enabled: fc.constantFrom(true, true, true, false),
      })
      .map(({ utcOffset, startTime, ...others }) => ({
        ...others,
        id: "p",
        vaults: [],
        ...(utcOffset !== undefined && { utcOffset }),
        ...(startTime !== undefined && { startTime }),
      }));

  /** Whether a pattern is due at a minute since 1970, by a clock so many minutes ahead; `first` is one of its days. */
  function isDue({ hour, minute: past, everyDays, weekdays: days }: Pattern, at: number, ahead: number, first: number) {
    if (at % 1440 !== hour * 60 + past) return false;
    const day = Math.floor((at + ahead) / 1440);
    if ((day - first) % everyDays !== 0) return false;
    // 1970 began on a Thursday.
    return days === undefined || days.includes(weekdays[(day + 3) % 7] as never);
  }

  function walkBack(pattern: Pattern, limit: Micros, ahead: number, first: number): number {
    let at = Math.floor(limit / minute);
    while (!isDue(pattern, at, ahead, first)) at -= 1;
    return at * minute;
  }

  const ifSince = (at: number, since: number): number => (at >= since ? at : Number.NEGATIVE_INFINITY);
  const oldest = (times: readonly number[]): number => Math.min(...times);
  const newest = (times: readonly number[]): number => Math.max(Number.NEGATIVE_INFINITY, ...times);

  test("what is due is the oldest of what all readings give", () => {
    fc.assert(
      fc.property(
        fc.array(anyPolicy(5), { maxLength: 2 }),
        anyTime,
        fc.integer({ min: 0, max: 1e12 }),
        (all, now, grace) => {
          const limit = micros(now - grace);
          const expected = oldest(
            [false, true].map((isLocal) =>
              newest(
                all.flatMap(({ enabled, patterns, startTime = 0, utcOffset = 0 }) =>
                  enabled
                    ? patterns.map((pattern) => {
                        const firsts = Array.from({ length: pattern.everyDays }, (_, first) => first);
                        const times = firsts.map((first) => walkBack(pattern, limit, isLocal ? utcOffset : 0, first));
                        return ifSince(oldest(times), startTime);
                      })
                    : [],
                ),
              ),
            ),
          );
          const due = lastDue(
            all.map((each) => ({ policy: each })),
            { now, grace: micros(grace) },
          );
          expect(due ?? Number.NEGATIVE_INFINITY).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("whatever the cloud means, nothing is due later than it was scheduled", () => {
    const truth = fc.record({ isLocal: fc.boolean(), firsts: fc.infiniteStream(fc.nat(29)) });
    fc.assert(
      fc.property(
        fc.array(anyPolicy(30), { minLength: 1, maxLength: 3 }),
        truth,
        anyTime,
        anyStart,
        (all, real, now, since) => {
          const due = lastDue(
            all.map((each) => ({ policy: each, since })),
            { now, grace: hours(6) },
          );
          if (due === undefined) return;
          const scheduled = all.flatMap(({ enabled, patterns, startTime = 0, utcOffset = 0 }) =>
            patterns.flatMap((pattern) => {
              const first = real.firsts.next().value;
              const at = walkBack(pattern, micros(now - hours(6)), real.isLocal ? utcOffset : 0, first);
              return enabled ? ifSince(at, Math.max(startTime, since)) : [];
            }),
          );
          expect(due).toBeLessThanOrEqual(newest(scheduled));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("the next time is the first one that comes", () => {
    fc.assert(
      fc.property(anyPolicy(30), anyTime, (each, now) => {
        const { enabled, patterns, startTime } = each;
        const times = patterns
          .filter(({ everyDays }) => enabled && (everyDays === 1 || startTime !== undefined))
          .map((pattern) => {
            const first = Math.floor((startTime ?? 0) / minute / 1440);
            let at = Math.max(Math.floor(now / minute) + 1, Math.ceil((startTime ?? 0) / minute));
            while (!isDue(pattern, at, 0, first)) at += 1;
            return at * minute;
          });
        expect(nextDue(each, now)).toBe(times.length > 0 ? oldest(times) : undefined);
      }),
      { numRuns: 200 },
    );
  });
});

test("as many policies as an account may have, with as many patterns, at once", () => {
  const policies = Array.from({ length: 32 }, () => ({
    policy: policy({ patterns: Array.from({ length: 24 }, (_, hour) => daily(hour, 59, 30)), utcOffset: 480 }),
  }));
  expect(shown(lastDue(policies, { now: time("06-04 00:30"), grace: hours(0) }))).toBe("05-05 23:59");
});
