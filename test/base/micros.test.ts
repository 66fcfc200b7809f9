import { expect, test } from "vitest";
import { fromMillis, later, micros, since } from "../../src/base/micros.ts";

test("spans and moments are whole microseconds", () => {
  expect(fromMillis(1.0004)).toBe(1_000);
  expect(fromMillis(1.0006)).toBe(1_001);
  expect(since(micros(3), micros(10))).toBe(7);
  expect(later(micros(10), micros(-3))).toBe(7);
});
