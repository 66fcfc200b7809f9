import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, throttleMs } from "../../src/base/backoff.ts";

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
