import fc from "fast-check";
import { expect, test } from "vitest";
import { type Kept, seriesValues } from "./series-values.ts";

test.each<[readonly Kept[], string]>([
  [[], ""],
  [[1], "1"],
  [[1, 1, 1], "1x2"],
  [[0, 60, 120], "0+60x2"],
  [[120, 60, 0], "120-60x2"],
  [[0, 1, 1, 1], "0 1x2"],
  [[undefined, undefined, 1, "stale", undefined], "_x2 1 stale _"],
  [[0.1, 0.2, 0.3], "0.1 0.2 0.3"],
  [[-5, -5], "-5x1"],
])("%j are %s", (values, text) => {
  expect(seriesValues(values)).toBe(text);
});

/** Reads what promtool's documentation describes, sharing nothing with what writes it. */
function read(text: string): readonly Kept[] {
  return text
    .split(" ")
    .filter((part) => part !== "")
    .flatMap((part): Kept[] => {
      if (part === "stale") return ["stale"];
      const missing = /^_(?:x(\d+))?$/.exec(part);
      if (missing) return Array.from({ length: Number(missing[1] ?? 1) }, () => undefined);
      const [, start, step = "0", times = "0"] = /^(-?[\d.e-]+?)([+-]\d+)?(?:x(\d+))?$/.exec(part) ?? [];
      if (start === undefined) throw new Error(part);
      return Array.from({ length: Number(times) + 1 }, (_, index) => Number(start) + index * Number(step));
    });
}

test("what is written is read again", () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant("stale" as const), fc.constant(undefined));
  const slope = fc
    .tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -60, max: 60 }), fc.nat(9))
    .map(([start, step, times]) => Array.from({ length: times }, (_, index) => start + index * step));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.tuple(value), slope)), (parts) => {
      const values: readonly Kept[] = parts.flat();
      expect(read(seriesValues(values))).toEqual(values);
    }),
  );
});
