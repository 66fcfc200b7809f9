import { expect, test } from "vitest";
import { clockAdvice, isSkewed, skewOf } from "../../../src/cbr/answers/clock-skew.ts";

const noon = Date.UTC(2026, 0, 1, 12);
const minute = 60_000;

test.each([
  ["right", "Thu, 01 Jan 2026 12:00:00 GMT", 0],
  ["ahead", "Thu, 01 Jan 2026 13:00:00 GMT", 60 * minute],
  ["behind", "Wed, 31 Dec 2025 12:00:00 GMT", -24 * 60 * minute],
])("a server whose clock is %s", (_, date, skewMs) => expect(skewOf(date, noon)).toBe(skewMs));

test.each([
  ["there is no date", undefined],
  ["it is no date", "soon GMT"],
  ["it is empty", ""],
  ["it is local time", "Thu, 01 Jan 2026 13:00:00"],
])("is not known where %s", (_, date) => expect(skewOf(date, noon)).toBeUndefined());

test.each([
  [undefined, false, ""],
  [0, false, ""],
  [5 * minute, false, ""],
  [-5 * minute, false, ""],
  [5 * minute + 1, true, "; this machine's clock is 5 min behind the server's; set it right"],
  [-12.4 * minute, true, "; this machine's clock is 12 min ahead of the server's; set it right"],
])("%s ms is worth a word: %s", (skewMs, skewed, advice) => {
  expect(isSkewed(skewMs)).toBe(skewed);
  expect(clockAdvice(skewMs)).toBe(advice);
});
