import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  backoffMs,
  doubledPause,
  onAbort,
  parseRetryAfter,
  pause,
  Stopped,
  throttleMs,
  untilAborted,
} from "../../src/base/waits.ts";
import { manualClock, settled } from "../support/manual-clock.ts";

test.each([
  [1, 500],
  [2, 1_000],
  [3, 2_000],
  [5, 8_000],
  [6, 10_000],
  [1_000, 10_000],
])("after failure %i the wait is at most %i ms, and any share of it", (failures, most) => {
  expect(backoffMs(failures, () => 0)).toBe(0);
  expect(backoffMs(failures, () => 0.5)).toBe(most / 2);
  expect(backoffMs(failures, () => 1 - Number.EPSILON)).toBeLessThan(most);
});

test("every wait lies within its bounds", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, r) => {
        expect(backoffMs(n, () => r)).toSatisfy((ms: number) => ms >= 0 && ms <= 10_000);
        expect(throttleMs(() => r)).toSatisfy((ms: number) => ms >= 2_000 && ms <= 5_000);
      },
    ),
  );
});

test("a pause doubles from the first up to the longest", () => {
  const pauses = [0];
  for (let n = 0; n < 6; n += 1) pauses.push(doubledPause(pauses.at(-1), 5, 60));
  expect(pauses.slice(1)).toEqual([5, 10, 20, 40, 60, 60]);
  expect(doubledPause(undefined, 5, 60)).toBe(5);
});

const now = Date.UTC(2026, 0, 1);

test.each([
  ["seconds", "2", 2_000],
  ["zero", "0", 0],
  ["blanks around", " 7 ", 7_000],
  ["more than five minutes", "301", 300_000],
  ["a number without an end", "9".repeat(400), 300_000],
  ["a date", "Thu, 01 Jan 2026 00:00:05 GMT", 5_000],
  ["a date of the older form", "Thursday, 01-Jan-26 00:00:05 GMT", 5_000],
  ["a date that has passed", "Wed, 31 Dec 2025 23:59:59 GMT", 0],
  ["a date far away", "Fri, 01 Jan 2027 00:00:00 GMT", 300_000],
])("%s is obeyed, up to five minutes", (_, value, ms) => expect(parseRetryAfter(value, now)).toBe(ms));

test.each([
  ["no header", undefined],
  ["nothing", ""],
  ["a blank", " "],
  ["a fraction", "1.5"],
  ["below zero", "-5"],
  ["a word", "soon"],
  ["a date of ISO", "2027-01-01"],
  ["a time of ISO", "2026-01-01T00:00:05Z"],
  ["a date of another zone", "Thu, 01 Jan 2026 00:00:05 +0800"],
  ["no date that ends in GMT", "Xyz, 99 Foo 2026 GMT"],
  ["seconds with a unit", "5s"],
])("%s says nothing", (_, value) => expect(parseRetryAfter(value, now)).toBeUndefined());

test("any text gives 0 to 5 minutes, or nothing", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const ms = parseRetryAfter(text, now);
      expect(ms === undefined || (ms >= 0 && ms <= 300_000)).toBe(true);
    }),
  );
});

test("work that ends first gives its result, or its error, and leaves no listener", async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(untilAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  await settled();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("who stops waiting is told at once, and the work goes on", async () => {
  const abort = new AbortController();
  let finish = (_: number): void => {};
  const work = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const gone = untilAborted(work, abort.signal);
  const stays = untilAborted(work, new AbortController().signal);
  abort.abort();
  await expect(gone).rejects.toThrow(Stopped);
  finish(1);
  expect(await stays).toBe(1);
});

test("who had stopped before is told so, even of work that is done, and its failure is nobody's", async () => {
  await expect(untilAborted(Promise.resolve(1), AbortSignal.abort())).rejects.toThrow(Stopped);
  await expect(untilAborted(Promise.reject(new Error("no")), AbortSignal.abort())).rejects.toThrow(Stopped);
  await settled();
});

describe("a pause", () => {
  function paused() {
    const clock = manualClock();
    const [first, second] = [new AbortController(), new AbortController()];
    const signals = [first.signal, second.signal];
    const listeners = () => signals.flatMap((signal) => getEventListeners(signal, "abort"));
    return { clock, first, second, listeners, ended: pause(1_000, clock, signals) };
  }

  test("ends when its time is over, and leaves nothing behind", async () => {
    const { clock, ended, listeners } = paused();
    await clock.advance(999);
    expect(clock.pending()).toBe(1);
    await clock.advance(1);
    await expect(ended).resolves.toBeUndefined();
    expect([clock.pending(), listeners()]).toEqual([0, []]);
  });

  test.each(["first", "second"] as const)(
    "ends at once with the %s signal, and leaves nothing behind",
    async (which) => {
      const { clock, ended, listeners, ...aborts } = paused();
      aborts[which].abort();
      await expect(ended).rejects.toThrow(Stopped);
      expect([clock.pending(), listeners()]).toEqual([0, []]);
    },
  );

  test("does not begin after a signal", async () => {
    const clock = manualClock();
    const signals = [new AbortController().signal, AbortSignal.abort()];
    await expect(pause(1_000, clock, signals)).rejects.toThrow(Stopped);
    expect(clock.pending()).toBe(0);
  });
});

test("however many wait for one signal's end, it has one listener, and each is called back once", () => {
  const abort = new AbortController();
  const added = vi.spyOn(abort.signal, "addEventListener");
  const called: number[] = [];
  const forget = Array.from({ length: 50 }, (_, at) => onAbort(abort.signal, () => called.push(at)));
  for (const at of [0, 7, 7, 49]) forget[at]?.();
  const same = (): void => void called.push(100);
  const forgetOne = onAbort(abort.signal, same);
  onAbort(abort.signal, same);
  forgetOne();
  expect(added).toHaveBeenCalledTimes(1);
  abort.abort();
  abort.abort();
  expect(called).toEqual([...Array.from({ length: 50 }, (_, at) => at).filter((at) => ![0, 7, 49].includes(at)), 100]);
});

test("who is called back may end the wait of others", () => {
  const abort = new AbortController();
  const called: string[] = [];
  onAbort(abort.signal, () => {
    called.push("first");
    forgetSecond();
  });
  const forgetSecond = onAbort(abort.signal, () => called.push("second"));
  abort.abort();
  expect(called).toEqual(["first"]);
});
