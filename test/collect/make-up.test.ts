import { expect, test } from "vitest";
import { fromMillis, later, type Micros } from "../../src/base/micros.ts";
import { createMakeUp } from "../../src/collect/make-up.ts";
import { manualClock, newYear } from "../support/manual-clock.ts";

const never = later(newYear, fromMillis(1e12));

function planned(random: number) {
  const clock = manualClock();
  let due = 0;
  const makeUp = createMakeUp({
    clock,
    random: () => random,
    onDue: () => {
      due += 1;
    },
  });
  const waits = (count: number, earliestMs = 0, nextTick: Micros = never) =>
    Array.from({ length: count }, () => {
      makeUp.plan(earliestMs, nextTick);
      const at = makeUp.at();
      return at === undefined ? undefined : Math.round((at - clock.now()) / 1e6);
    });
  return { clock, makeUp, waits, due: () => due };
}

test.each([
  ["as they are", 0.5, [60, 120, 240, 480, 900, 900]],
  ["a tenth shorter", 0, [54, 108, 216, 432, 810, 810]],
  ["a tenth longer", 1, [66, 132, 264, 528, 990, 990]],
])("the pauses double up to 15 minutes, in seconds: %s", (_, random, expected) => {
  expect(planned(random).waits(6)).toEqual(expected);
});

test("after a run without failures they begin anew", () => {
  const { makeUp, waits } = planned(0.5);
  waits(3);
  makeUp.reset();
  expect(makeUp.at()).toBeUndefined();
  expect(waits(2)).toEqual([60, 120]);
});

test("none is made before something could be sent", () => {
  expect(planned(0.5).waits(2, 90_000)).toEqual([90, 120]);
});

test("none is made at the next tick or after it, but the doubling goes on", () => {
  expect(planned(0.5).waits(1, 0, later(newYear, fromMillis(60_000)))).toEqual([undefined]);
  expect(planned(0.5).waits(1, 0, later(newYear, fromMillis(60_001)))).toEqual([60]);
  const { waits } = planned(0.5);
  waits(1, 0, later(newYear, fromMillis(30_000)));
  expect(waits(1)).toEqual([120]);
});

test("it comes due once, unless it is cancelled", async () => {
  const { clock, makeUp, waits, due } = planned(0.5);
  waits(1);
  await clock.advance(60_000);
  expect([due(), makeUp.at()]).toEqual([1, undefined]);
  waits(1);
  makeUp.cancel();
  await clock.advance(3_600_000);
  expect(due()).toBe(1);
});
