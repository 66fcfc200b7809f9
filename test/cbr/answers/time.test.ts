import { isMainThread } from "node:worker_threads";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { parseTime } from "../../../src/cbr/answers/time.ts";
import { anyCodePoint } from "../../support/any-code-point.ts";

const example = 1_558_621_896_007_230;

test.each([
  ["no zone is UTC", "2019-05-23T14:31:36.007230", example],
  ["Z", "2019-05-23T14:31:36.007230Z", example],
  ["an offset of minus zero", "2019-05-23T14:31:36.007-00:00", 1_558_621_896_007_000],
  ["an offset to the east", "2019-05-23T22:31:36.007230+08:00", example],
  ["an offset to the west, over midnight", "2019-05-22T23:01:36.007230-15:30", example],
  ["the largest offset to the east", "2019-05-23T23:59:00+23:59", 1_558_569_600_000_000],
  ["the largest offset to the west", "2019-05-23T00:00:00-23:59", 1_558_655_940_000_000],
  ["no fraction", "2019-05-23T14:31:36", 1_558_621_896_000_000],
  ["nine digits are cut to six", "2019-05-23T14:31:36.007230999", example],
  ["the leap day of a leap year", "2020-02-29T00:00:00", 1_582_934_400_000_000],
  ["a blank for the T", "2025-05-24 09:41:28", 1_748_079_688_000_000],
  ["a blank for the T, a fraction and an offset", "2019-05-23 22:31:36.007230+08:00", example],
  ["before 1970", "1969-12-31T23:59:59.999999", -1],
])("reads %s", (_, text, micros) => expect(parseTime(text)).toBe(micros));

test.each([
  ["nothing", ""],
  ["a word", "yesterday"],
  ["a date alone", "2019-05-23"],
  ["two blanks for the T", "2019-05-23  14:31:36"],
  ["a tab for the T", "2019-05-23\t14:31:36"],
  ["neither T nor blank", "2019-05-2314:31:36"],
  ["a small t", "2019-05-23t14:31:36"],
  ["blanks around", " 2019-05-23T14:31:36 "],
  ["a newline at the end", "2019-05-23T14:31:36\n"],
  ["a point without digits", "2019-05-23T14:31:36."],
  ["ten digits", "2019-05-23T14:31:36.0123456789"],
  ["month 13", "2019-13-01T00:00:00"],
  ["month 0", "2019-00-01T00:00:00"],
  ["day 0", "2019-01-00T00:00:00"],
  ["30 February", "2020-02-30T00:00:00"],
  ["29 February of no leap year", "2019-02-29T00:00:00"],
  ["hour 24", "2019-05-23T24:00:00"],
  ["minute 60", "2019-05-23T14:60:00"],
  ["second 60", "2019-05-23T14:31:60"],
  ["an offset of 24 hours", "2019-05-23T14:31:36+24:00"],
  ["an offset of 60 minutes", "2019-05-23T14:31:36+01:60"],
  ["an offset without colon", "2019-05-23T14:31:36+0800"],
  ["other digits than 0 to 9", "２０１９-05-23T14:31:36"],
  ["a sign before the year", "+002019-05-23T14:31:36"],
  ["the year 99, which is not 1999", "0099-01-01T00:00:00Z"],
  ["a year too far away to be held exactly", "9999-12-31T23:59:59"],
])("does not take %s for a time", (_, text) => expect(parseTime(text)).toBeUndefined());

/** A moment, and a way of writing it. */
const written = fc
  .record({
    ms: fc.integer({ min: Date.parse("1970-01-02T00:00:00Z"), max: Date.parse("2254-12-31T00:00:00Z") }),
    below: fc.integer({ min: 0, max: 999_999 }),
    digits: fc.integer({ min: 0, max: 9 }),
    offset: fc.option(fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), { nil: undefined }),
    z: fc.boolean(),
    between: fc.constantFrom("T", " "),
  })
  .map(({ ms, below, digits, offset, z, between }) => {
    const nanos = String((ms % 1000) * 1_000_000 + below).padStart(9, "0");
    const fraction = nanos.slice(0, digits);
    const seconds = Math.floor(ms / 1000) * 1000;
    const local = new Date(seconds + (offset ?? 0) * 60_000).toISOString().slice(0, 19).replace("T", between);
    const text = `${local}${digits > 0 ? `.${fraction}` : ""}${zone(offset, z)}`;
    return { text, micros: seconds * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6)) };
  });

function zone(offset: number | undefined, z: boolean): string {
  if (offset === undefined) return z ? "Z" : "";
  const minutes = Math.abs(offset);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

// A thread has no zone of its own to change.
describe.runIf(isMainThread)("whatever the machine's zone", () => {
  const zoneBefore = process.env["TZ"];
  afterEach(() => {
    if (zoneBefore === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zoneBefore;
  });

  test.each(["UTC", "Asia/Shanghai", "America/New_York"])(
    "every moment, however written, is read exactly in %s",
    (tz) => {
      process.env["TZ"] = tz;
      // Where it works, the machine's zone is really another one.
      expect(new Date("2026-01-01T00:00:00").getTime() === Date.UTC(2026, 0, 1)).toBe(tz === "UTC");
      fc.assert(fc.property(written, ({ text, micros }) => parseTime(text) === micros));
      // An hour that New York's clocks skip.
      expect(parseTime("2026-03-08T02:30:00")).toBe(Date.UTC(2026, 2, 8, 2, 30) * 1000);
    },
  );
});

test("no text makes it throw", () => {
  const almost = fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{0,10})?(Z|[+-]\d\d:\d\d)?$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: anyCodePoint }), almost), (text) => {
      const micros = parseTime(text);
      expect(micros === undefined || Number.isSafeInteger(micros)).toBe(true);
    }),
  );
});
