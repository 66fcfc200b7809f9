import { expect, test } from "vitest";
import { apiTime } from "../../src/simulator/api-time.ts";

test.each([
  ["micros", 1_558_621_896_007_230, "2019-05-23T14:31:36.007230"],
  ["offset", 1_558_621_896_007_230, "2019-05-23T14:31:36.007+00:00"],
  ["seconds", 1_558_621_896_007_230, "2019-05-23T14:31:36Z"],
  ["micros", -1, "1969-12-31T23:59:59.999999"],
] as const)("apiTime: %s of %i", (spelling, moment, text) => expect(apiTime(moment, spelling)).toBe(text));

test("apiTime writes microseconds unless told otherwise", () => {
  expect(apiTime(1_558_621_896_000_000)).toBe("2019-05-23T14:31:36.000000");
});
