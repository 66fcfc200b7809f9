import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import { formatSpan } from "../../../src/web/page/task-row.ts";

test.each([
  [0, "0 s"],
  [0.999999, "0 s"],
  [1, "1 s"],
  [59.9, "59 s"],
  [60, "1 min 0 s"],
  [227.503925, "3 min 47 s"],
  [3599.999, "59 min 59 s"],
  [3600, "1 h 0 min"],
  [7500, "2 h 5 min"],
  [86_399, "23 h 59 min"],
  [86_400, "1 d 0 h"],
  [262_800, "3 d 1 h"],
  [86_400_000, "1000 d 0 h"],
  [-5, "0 s"],
])("formatSpan: %d seconds are %s", (seconds, text) =>
  expect(formatSpan(micros(Math.round(seconds * 1e6)))).toBe(text),
);
