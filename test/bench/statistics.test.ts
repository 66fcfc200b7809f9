import { describe, expect, test } from "vitest";
import { exponent, median, quartiles, roundsFor } from "../../bench/statistics.mjs";

test.each([
  ["of an odd number, the one in the middle", [9, 1, 5], 5],
  ["of an even number, between the two there", [4, 1, 3, 2], 2.5],
  ["of one, that one", [7], 7],
  ["as numbers, not as texts", [10, 9, 100], 10],
])("median: %s", (_, values, expected) => expect(median(values)).toBe(expected));

test("half of the values lie between the quartiles, and what lies far out moves neither", () => {
  expect(quartiles([5, 1, 4, 2, 3])).toEqual([2, 4]);
  expect(quartiles([5_000, 1, 4, 2, 3])).toEqual([2, 4]);
  expect(quartiles([1, 2])).toEqual([1.25, 1.75]);
});

test("nothing has no median", () => expect(() => median([])).toThrow("no values"));

describe("exponent", () => {
  const sizes = [1_000, 5_000, 10_000, 50_000];
  test.each([
    ["what does not grow", () => 3, 0],
    ["what grows in proportion", (size: number) => size / 500, 1],
    ["what grows with the square", (size: number) => size * size, 2],
    ["what grows with the root", (size: number) => Math.sqrt(size), 0.5],
  ])("%s", (_, time, expected) => {
    expect(exponent(sizes.map((size) => [size, time(size)]))).toBeCloseTo(expected, 10);
  });

  test("is the best line through points that lie on none", () => {
    // log2 of the points: (0, 0), (1, 2), (2, 1).
    expect(
      exponent([
        [1, 1],
        [2, 4],
        [4, 2],
      ]),
    ).toBeCloseTo(0.5, 10);
  });
});

test.each([
  ["as many as the time allows", 100, 15],
  ["the least of what is slow", 2_000, 5],
  ["the most of what is fast", 0.1, 40],
])("roundsFor: %s", (_, ms, expected) => expect(roundsFor(ms, { least: 5, most: 40, budgetMs: 1500 })).toBe(expected));
