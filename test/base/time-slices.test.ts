import { expect, test } from "vitest";
import { createTimeSlices } from "../../src/base/time-slices.ts";
import { manualClock } from "../support/manual-clock.ts";
import { turnsDuring } from "../support/turns.ts";

test("a slice is over after 5 ms, and the next one begins once others have had their turn", async () => {
  const clock = manualClock();
  const slices = createTimeSlices(clock);
  clock.block(4.9);
  expect(slices.isOver()).toBe(false);
  clock.block(0.1);
  expect(slices.isOver()).toBe(true);
  clock.block(100);
  expect(await turnsDuring(() => slices.next())).toBe(1);
  expect(slices.isOver()).toBe(false);
  clock.block(5);
  expect(slices.isOver()).toBe(true);
});
