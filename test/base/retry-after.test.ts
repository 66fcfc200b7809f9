import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRetryAfter } from "../../src/base/retry-after.ts";

const now = Date.UTC(2026, 0, 1);

test.each([
  ["seconds", "2", 2_000],
  ["zero", "0", 0],
  ["blanks around", " 7 ", 7_000],
  ["more than five minutes", "301", 300_000],
  ["a number without an end", "9".repeat(400), 300_000],
  ["a date", "Thu, 01 Jan 2026 00:00:05 GMT", 5_000],
  ["a date of the older form", "Thursday, 01-Jan-26 00:00:05 GMT", 5_000],
  ["a date that has passed", "Wed, 31 Dec 2025 23:59:59 GMT", 0],
  ["a date far away", "Fri, 01 Jan 2027 00:00:00 GMT", 300_000],
])("%s is obeyed, up to five minutes", (_, value, ms) => expect(parseRetryAfter(value, now)).toBe(ms));

test.each([
  ["no header", undefined],
  ["nothing", ""],
  ["a blank", " "],
  ["a fraction", "1.5"],
  ["below zero", "-5"],
  ["a word", "soon"],
  ["a date of ISO", "2027-01-01"],
  ["a time of ISO", "2026-01-01T00:00:05Z"],
  ["a date of another zone", "Thu, 01 Jan 2026 00:00:05 +0800"],
  ["no date that ends in GMT", "Xyz, 99 Foo 2026 GMT"],
  ["seconds with a unit", "5s"],
])("%s says nothing", (_, value) => expect(parseRetryAfter(value, now)).toBeUndefined());

test("any text gives 0 to 5 minutes, or nothing", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const ms = parseRetryAfter(text, now);
      expect(ms === undefined || (ms >= 0 && ms <= 300_000)).toBe(true);
    }),
  );
});
