import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMillis, later, type Micros, micros } from "../../src/base/micros.ts";
import { createSchedule } from "../../src/collect/schedule.ts";
import { cpuSeconds } from "../support/cpu.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const moment = (text: string): Micros => micros(Date.parse(`${text}Z`) * 1000);
const iso = (time: Micros): string => new Date(time / 1000).toISOString().slice(0, 19);

function setUp(expression: string, start: string, timezone = "UTC") {
  const clock = manualClock(moment(start));
  const schedule = createSchedule({ expression, timezone, clock });
  const ticks: string[] = [];
  /** Which of them came as passed over. */
  const passedOver: string[] = [];
  schedule.start((at, isPassedOver) => {
    ticks.push(iso(at));
    if (isPassedOver) passedOver.push(iso(at));
  });
  return { clock, schedule, ticks, passedOver };
}

/** Each second up to a minute, so that only the schedule decides when it looks. */
async function until(clock: ManualClock, done: () => boolean, limitMs: number): Promise<number> {
  const start = clock.monotonic();
  while (!done() && clock.monotonic() - start < limitMs) await clock.advance(second);
  return clock.monotonic() - start;
}

describe("on a clock that nobody sets", () => {
  test.each([
    ["*/30 * * * * *", "UTC", 95_000, ["2026-01-01T00:00:30", "2026-01-01T00:01:00", "2026-01-01T00:01:30"]],
    ["* * * * *", "UTC", 2 * minute, ["2026-01-01T00:01:00", "2026-01-01T00:02:00"]],
    ["30 9 * * *", "Asia/Shanghai", day, ["2026-01-01T01:30:00"]],
    ["0 3 * * 6", "UTC", 14 * day, ["2026-01-03T03:00:00", "2026-01-10T03:00:00"]],
  ])("%s in %s ticks when it is due", async (expression, timezone, ms, expected) => {
    const { clock, ticks, passedOver } = setUp(expression, "2026-01-01T00:00:10.500", timezone);
    await clock.advance(ms);
    expect(ticks).toEqual(expected);
    expect(passedOver).toEqual([]);
  });

  test("each tick of a week comes once, and on time", async () => {
    const { clock, schedule, ticks } = setUp("17,47 */7 * * * *", "2026-10-22T00:00:00", "Europe/Berlin");
    await clock.advance(7 * day);
    // Nine times an hour, twice each; the week has 168 hours in UTC as in Berlin.
    expect(ticks).toHaveLength(7 * 24 * 9 * 2);
    expect(new Set(ticks).size).toBe(ticks.length);
    schedule.stop();
  });

  test("it waits for a minute at most, and never twice", async () => {
    const { clock, schedule } = setUp("0 3 * * *", "2026-01-01T00:00:10.500");
    const waits: number[] = [];
    const counting: ManualClock = {
      ...clock,
      after(ms, call) {
        waits.push(ms);
        return clock.after(ms, call);
      },
    };
    schedule.stop();
    createSchedule({ expression: "0 3 * * *", timezone: "UTC", clock: counting }).start(() => {});
    await clock.advance(4 * hour);
    expect(Math.max(...waits)).toBe(minute);
    expect(clock.pending()).toBe(1);
  });

  test("there are no ticks before the start, and none after the stop, which may come from a tick", async () => {
    const clock = manualClock(moment("2026-01-01T00:00:10"));
    const ticks: string[] = [];
    const schedule = createSchedule({ expression: "* * * * *", timezone: "UTC", clock });
    // A start at a tick is not one either.
    await clock.advance(2 * minute - 10 * second);
    schedule.start((at) => {
      ticks.push(iso(at));
      schedule.stop();
    });
    await clock.advance(3 * minute);
    expect([ticks, clock.pending()]).toEqual([["2026-01-01T00:03:00"], 0]);
    expect(iso(schedule.next())).toBe("2026-01-01T00:06:00");
  });

  test("next and previous lie on both sides of now", async () => {
    const { clock, schedule } = setUp("*/30 * * * * *", "2026-01-01T00:00:10.500");
    const sides = (): string[] => [iso(schedule.previous()), iso(schedule.next())];
    expect(sides()).toEqual(["2026-01-01T00:00:00", "2026-01-01T00:00:30"]);
    await clock.advance(19_499);
    expect(sides()).toEqual(["2026-01-01T00:00:00", "2026-01-01T00:00:30"]);
    await clock.advance(1);
    expect(sides()).toEqual(["2026-01-01T00:00:30", "2026-01-01T00:01:00"]);
  });

  test("a schedule that never comes due says so", () => {
    const schedule = createSchedule({ expression: "0 0 31W 2 *", timezone: "UTC", clock: manualClock() });
    expect(() => schedule.next()).toThrow("never comes due");
  });
});

describe("a clock that is set back", () => {
  // A schedule, and by how much its clock is set back in the middle of a step.
  test.each([
    ["*/5 * * * * *", 5 * second, minute],
    ["*/5 * * * * *", 5 * second, hour],
    ["*/5 * * * * *", 5 * second, 2 * day],
    ["*/5 * * * *", 5 * minute, minute],
    ["*/5 * * * *", 5 * minute, hour],
    ["*/5 * * * *", 5 * minute, 2 * day],
    ["0 * * * *", hour, minute],
    ["0 * * * *", hour, 90 * minute],
    ["0 3 * * *", day, hour],
    ["0 3 * * *", day, 2 * day],
    ["0 3 * * *", day, 365 * day],
  ])("%s: the next tick is at most a step of %d ms away, after %d ms back", async (expression, step, back) => {
    const { clock, schedule, ticks } = setUp(expression, "2026-06-10T03:00:00");
    await clock.advance(step + 0.4 * step);
    expect(ticks).toHaveLength(1);
    clock.setWall(-back);
    expect(schedule.next() - clock.now()).toBeLessThanOrEqual(step * 1000);
    const limit = clock.monotonic() + step;
    await clock.advance(0.6 * step);
    while (ticks.length === 1 && clock.monotonic() < limit)
      await clock.advance(Math.min(second, limit - clock.monotonic()));
    expect(ticks).toHaveLength(2);
    await clock.advance(10 * step);
    expect(ticks.length - 2).toBeGreaterThanOrEqual(10);
    expect(ticks.length - 2).toBeLessThanOrEqual(11);
  });

  test("what it has passed by the time that this is noticed comes at once", async () => {
    const { clock, ticks, passedOver } = setUp("*/5 * * * *", "2026-01-01T12:04:30");
    // It reads 11:59:50; the next look is in 30 s, when it reads 12:00:20.
    clock.setWall(-4 * minute - 40 * second);
    await clock.advance(30 * second);
    expect(ticks).toEqual(["2026-01-01T12:00:00"]);
    expect(passedOver).toEqual(ticks);
    await clock.advance(5 * minute);
    expect(ticks).toEqual(["2026-01-01T12:00:00", "2026-01-01T12:05:00"]);
  });

  test("before a look that comes late, it does not cost another step", async () => {
    const { clock, ticks } = setUp("0 * * * *", "2026-01-01T12:10:00");
    clock.setWall(-20 * minute);
    clock.block(49 * minute);
    // 12:39, and the tick of 12:00 has passed.
    await clock.advance(0);
    expect(ticks).toEqual(["2026-01-01T12:00:00"]);
  });

  test("two days ahead at the start, then set right", async () => {
    const { clock, schedule, ticks } = setUp("*/5 * * * *", "2026-01-03T12:01:00");
    await clock.advance(2 * minute);
    clock.setWall(-2 * day);
    expect([iso(schedule.previous()), iso(schedule.next())]).toEqual(["2026-01-01T12:00:00", "2026-01-01T12:05:00"]);
    await clock.advance(2 * minute);
    expect(ticks).toEqual(["2026-01-01T12:05:00"]);
  });

  test("forth and back between two looks is nothing", async () => {
    const { clock, ticks } = setUp("*/5 * * * *", "2026-01-01T12:01:00");
    clock.setWall(2 * day);
    clock.setWall(-2 * day);
    await clock.advance(10 * minute);
    expect(ticks).toEqual(["2026-01-01T12:05:00", "2026-01-01T12:10:00"]);
  });
});

describe("a clock that is kept right by a second or less", () => {
  test("a timer that fires before the wall clock is there neither loses nor doubles a tick", async () => {
    const { clock, ticks } = setUp("* * * * *", "2026-01-01T00:00:10");
    for (let each = 0; each < 600; each += 1) {
      await clock.advance(second);
      clock.setWall(-3);
    }
    expect(ticks).toEqual(
      Array.from({ length: 9 }, (_, index) => `2026-01-01T00:0${index + 1}:00`).concat("2026-01-01T00:10:00"),
    );
  });

  test("a tick that has come does not come again, nor is it the next one", async () => {
    const { clock, schedule, ticks } = setUp("* * * * *", "2026-01-01T00:00:10");
    await clock.advance(50 * second);
    clock.setWall(-900);
    expect([iso(schedule.previous()), iso(schedule.next())]).toEqual(["2026-01-01T00:01:00", "2026-01-01T00:02:00"]);
    await clock.advance(61 * second);
    expect(ticks).toEqual(["2026-01-01T00:01:00", "2026-01-01T00:02:00"]);
  });
});

describe("ticks that are passed over are one", () => {
  const steps: readonly [name: string, move: (clock: ManualClock, ms: number) => void][] = [
    ["the wall clock alone goes on: it is set forward, or the machine sleeps", (clock, ms) => clock.setWall(ms)],
    ["both clocks go on: the machine sleeps, or the program is blocked", (clock, ms) => clock.block(ms)],
  ];
  const times: readonly [string, number, string, string][] = [
    ["12 s", 12 * second, "*/5 * * * * *", "2026-01-01T00:02:20"],
    ["1 min", minute, "*/5 * * * * *", "2026-01-01T00:03:10"],
    ["1 h", hour, "*/5 * * * *", "2026-01-01T01:00:00"],
    ["2 d", 2 * day, "0 3 * * *", "2026-01-02T03:00:00"],
    ["365 d", 365 * day, "*/30 * * * * *", "2027-01-01T00:02:00"],
  ];
  test.each(steps.flatMap(([name, move]) => times.map((time) => [name, ...time, move] as const)))(
    "%s by %s",
    async (_, _by, ms, expression, last, move) => {
      const { clock, schedule, ticks, passedOver } = setUp(expression, "2026-01-01T00:02:08");
      await clock.advance(0);
      move(clock, ms);
      // The look that was due before the move, at most a minute later.
      const waited = await until(clock, () => ticks.length > 0, minute);
      expect(waited).toBeLessThanOrEqual(minute);
      expect(ticks).toHaveLength(1);
      expect(passedOver).toEqual(ticks);
      expect(ticks[0] ?? "" >= last).toBeTruthy();
      expect(ticks[0]).toBe(iso(schedule.previous()));
      expect(schedule.previous() <= clock.now() && clock.now() < schedule.next()).toBe(true);
    },
  );

  test("a year forward costs one call, and no time", async () => {
    const { clock, ticks } = setUp("*/30 * * * * *", "2026-01-01T00:00:10");
    clock.setWall(365 * day);
    expect(await cpuSeconds(() => clock.advance(20 * second))).toBeLessThan(1);
    expect(ticks).toEqual(["2027-01-01T00:00:30"]);
  });

  test("a tick that is late by less than a second is an ordinary one", async () => {
    const { clock, ticks, passedOver } = setUp("* * * * *", "2026-01-01T00:00:10");
    clock.block(50_900);
    await clock.advance(0);
    expect([ticks, passedOver]).toEqual([["2026-01-01T00:01:00"], []]);
  });
});

test("whatever happens to the clocks: no step of a schedule goes by without a tick, and none comes twice", async () => {
  const stepMs = 20 * second;
  const move = fc.oneof(
    fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
    fc.record({ kind: fc.constant("block" as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
    fc.record({ kind: fc.constant("setWall" as const), ms: fc.integer({ min: -7_200_000, max: 7_200_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 25 }), async (moves) => {
      const clock = manualClock();
      const schedule = createSchedule({ expression: "*/20 * * * * *", timezone: "UTC", clock });
      let lastCall = 0;
      let lastTick: Micros | undefined;
      let blockedUntil = 0;
      /** How often the clock was set since the last tick. */
      let sets = 0;
      schedule.start((at) => {
        // Late by as much as the program was blocked, a second for each time that the clock was kept right, and a step
        // for each that it was set once more: every look that finds it set reckons anew from the look before.
        const wait = Math.max(stepMs, blockedUntil - lastCall) + Math.max(0, sets - 1) * stepMs + sets * second;
        expect(clock.monotonic() - lastCall).toBeLessThanOrEqual(wait);
        expect(at).toBeLessThanOrEqual(clock.now());
        if (sets === 0 && lastTick !== undefined) expect(at).toBeGreaterThan(lastTick);
        lastCall = clock.monotonic();
        lastTick = at;
        sets = 0;
      });
      for (const { kind, ms } of moves) {
        if (kind === "setWall") {
          clock.setWall(ms);
          sets += 1;
        } else if (kind === "block") {
          clock.block(ms);
          blockedUntil = clock.monotonic();
          await clock.advance(0);
        } else {
          await clock.advance(ms);
        }
        const now = clock.now();
        expect(schedule.next()).toBeGreaterThan(now);
        expect(schedule.next()).toBeLessThanOrEqual(later(now, fromMillis(stepMs + second)));
      }
      await clock.advance(stepMs + second);
      expect(clock.monotonic() - lastCall).toBeLessThanOrEqual(stepMs + second);
      schedule.stop();
    }),
    { numRuns: 200 },
  );
});
