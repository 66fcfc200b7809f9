import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { createSchedule, type Schedule, type ScheduleOptions } from "../../src/collect/schedule.ts";
import { recordedLog } from "../support/recorded-log.ts";

const start = "2026-01-01T00:00:10.500Z";
const open: Schedule[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(start) });
});
afterEach(() => {
  for (const schedule of open.splice(0)) schedule.stop();
  vi.useRealTimers();
});

function schedule(expression: string, part: Partial<ScheduleOptions> = {}): Schedule {
  const created = createSchedule({ expression, timezone: "UTC", clock: systemClock, log: recordedLog(), ...part });
  open.push(created);
  return created;
}

const iso = (at: number): string => new Date(at / 1000).toISOString();

test.each([
  ["six fields, seconds first", "*/30 * * * * *", "UTC", "2026-01-01T00:00:30.000Z"],
  ["five fields", "*/5 * * * *", "UTC", "2026-01-01T00:05:00.000Z"],
  ["a daily one", "0 3 * * *", "UTC", "2026-01-01T03:00:00.000Z"],
  ["a daily one of another timezone", "0 9 * * *", "Asia/Shanghai", "2026-01-01T01:00:00.000Z"],
  ["a weekly one", "0 0 * * 1", "UTC", "2026-01-05T00:00:00.000Z"],
])("the next tick of %s, before it has started", (_, expression, timezone, next) => {
  expect(iso(schedule(expression, { timezone }).next())).toBe(next);
});

test("the next tick moves on when it has passed", async () => {
  const { next } = schedule("*/30 * * * * *");
  expect(iso(next())).toBe("2026-01-01T00:00:30.000Z");
  await vi.advanceTimersByTimeAsync(19_499);
  expect(iso(next())).toBe("2026-01-01T00:00:30.000Z");
  await vi.advanceTimersByTimeAsync(1);
  expect(iso(next())).toBe("2026-01-01T00:01:00.000Z");
});

describe("ticks", () => {
  test.each([
    ["*/30 * * * * *", "UTC", 95_000, ["2026-01-01T00:00:30", "2026-01-01T00:01:00", "2026-01-01T00:01:30"]],
    ["* * * * *", "UTC", 120_000, ["2026-01-01T00:01:00", "2026-01-01T00:02:00"]],
    ["30 9 * * *", "Asia/Shanghai", 86_400_000, ["2026-01-01T01:30:00"]],
    ["0 3 * * 6", "UTC", 14 * 86_400_000, ["2026-01-03T03:00:00", "2026-01-10T03:00:00"]],
  ])("%s in %s", async (expression, timezone, ms, times) => {
    const ticks: string[] = [];
    schedule(expression, { timezone }).start((at) => ticks.push(iso(at).slice(0, 19)));
    await vi.advanceTimersByTimeAsync(ms);
    expect(ticks).toEqual(times);
  });

  test("none before the start, none after the stop", async () => {
    const ticks: number[] = [];
    const minutely = schedule("* * * * *");
    await vi.advanceTimersByTimeAsync(120_000);
    minutely.start((at) => ticks.push(at));
    minutely.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ticks).toEqual([]);
    expect(iso(minutely.next())).toBe("2026-01-01T00:05:00.000Z");
  });

  test("one that was missed comes late, not never", async () => {
    const ticks: string[] = [];
    schedule("0 3 * * *").start((at) => ticks.push(iso(at).slice(0, 19)));
    await vi.advanceTimersByTimeAsync(60_000);
    // The machine sleeps from 00:01 to 05:00: its timers do not run, its wall clock does.
    vi.setSystemTime(new Date("2026-01-01T05:00:00Z"));
    await vi.advanceTimersByTimeAsync(4 * 3600_000);
    expect(ticks).toEqual(["2026-01-01T03:00:00"]);
  });

  test("one whose work breaks is told to the log, not to the console, and the next ones come", async () => {
    const log = recordedLog();
    const written = (["log", "warn", "error"] as const).map((name) => vi.spyOn(globalThis.console, name));
    let ticks = 0;
    schedule("* * * * *", { log }).start(() => {
      ticks += 1;
      throw new Error("broken");
    });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ticks).toBe(2);
    expect(log.lines).toEqual(
      Array(2).fill({ level: "error", msg: "Schedule failed", fields: { detail: "Error: broken" } }),
    );
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});
