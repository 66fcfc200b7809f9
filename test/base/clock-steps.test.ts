import { expect, test } from "vitest";
import { watchClock } from "../../src/base/clock-steps.ts";
import { type Micros, micros } from "../../src/base/micros.ts";
import { manualClock } from "../support/manual-clock.ts";

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

function setUp() {
  const clock = manualClock();
  const setBack: Micros[] = [];
  const stop = watchClock(clock, (by) => setBack.push(by));
  return { clock, setBack, stop };
}

test.each([2 * second, minute, 60 * minute, 2 * day, 365 * day])(
  "a wall clock that is set back by %d ms is known within a minute, once, and by how much",
  async (ms) => {
    const { clock, setBack } = setUp();
    await clock.advance(90 * second);
    clock.setWall(-ms);
    await clock.advance(minute);
    expect(setBack).toEqual([micros(ms * 1000)]);
    await clock.advance(10 * minute);
    expect(setBack).toHaveLength(1);
  },
);

test("one that is set back again is told again", async () => {
  const { clock, setBack } = setUp();
  for (let each = 0; each < 3; each += 1) {
    clock.setWall(-minute);
    await clock.advance(minute);
  }
  expect(setBack).toHaveLength(3);
});

test.each([
  ["a clock that is kept right", -second],
  ["a clock that is set forward", minute],
  ["a machine that slept, while its monotonic clock stood", 2 * day],
])("%s is nothing", async (_, ms) => {
  const { clock, setBack } = setUp();
  clock.setWall(ms);
  await clock.advance(minute);
  expect(setBack).toEqual([]);
});

test("a program that was blocked is nothing", async () => {
  const { clock, setBack } = setUp();
  clock.block(day);
  await clock.advance(minute);
  expect(setBack).toEqual([]);
});

test("it waits once at a time, and not at all when it is ended", async () => {
  const { clock, setBack, stop } = setUp();
  await clock.advance(10 * minute);
  expect(clock.pending()).toBe(1);
  stop();
  clock.setWall(-day);
  await clock.advance(10 * minute);
  expect([clock.pending(), setBack]).toEqual([0, []]);
});

test("it may be ended by what it tells", async () => {
  const clock = manualClock();
  const stop = watchClock(clock, () => stop());
  clock.setWall(-day);
  await clock.advance(minute);
  expect(clock.pending()).toBe(0);
});
