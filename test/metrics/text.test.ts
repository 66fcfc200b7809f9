import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeLabelValue, headText, labelText, numberText, sampleText } from "../../src/metrics/text.ts";
import { anyCodePoint } from "../support/any-code-point.ts";
import { readSamples } from "./read-exposition.ts";

/** Any text, lone surrogates too, in which what needs escaping is frequent. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', "\\", "\n", "\\n", "\r", "\0", ",", "{", "}", "=", "#", "\ud800", "\udfff", "😀", "\u2028"),
      fc.string({ unit: anyCodePoint }),
      fc.string({ unit: "grapheme" }),
    ),
  )
  .map((parts) => parts.join(""));
const labelName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,5}$/).filter((name) => name !== "__proto__");
const labelSet = fc.dictionary(labelName, anyText, { minKeys: 1, maxKeys: 4, noNullPrototype: true });

test.each([
  ["plain", "ECS-0001", "ECS-0001"],
  ["empty", "", ""],
  ["quote", 'a"b', 'a\\"b'],
  ["backslash", "C:\\n", "C:\\\\n"],
  ["newline", "a\nb", "a\\nb"],
  ["all three", '\\"\n', '\\\\\\"\\n'],
  ["carriage return and tab stay", "a\r\tb", "a\r\tb"],
  ["other scripts", "订单-😀", "订单-😀"],
  ["a lone surrogate", "a\ud800b", "a\ufffdb"],
])("escapeLabelValue: %s", (_, value, escaped) => expect(escapeLabelValue(value)).toBe(escaped));

test.each([
  ["none", {}, ""],
  ["one", { a: "1" }, 'a="1"'],
  ["two, in their order", { b: "1", a: 2 }, 'b="1",a="2"'],
])("labelText: %s", (_, labels, text) => expect(labelText(labels)).toBe(text));

test("any label set is read back as it was, so no two have the same text", () => {
  fc.assert(
    fc.property(labelSet, (labels) => {
      const [sample] = readSamples(`x{${labelText(labels)}} 1\n`);
      const wellFormed = Object.entries(labels).map(([name, value]) => [name, value.toWellFormed()]);
      expect(Object.entries(sample?.labels ?? {})).toEqual(wellFormed);
    }),
    { numRuns: 500 },
  );
});

test.each([
  [0, "0"],
  [1, "1"],
  [-1.5, "-1.5"],
  [227.503925, "227.503925"],
  [1_558_621_896.00723, "1558621896.00723"],
  [0.000001, "0.000001"],
  [1e-7, "1e-7"],
  [2 ** 53, "9007199254740992"],
  [1e21, "1e+21"],
  [Number.POSITIVE_INFINITY, "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf"],
])("numberText: %d", (value, text) => expect(numberText(value)).toBe(text));

test("a number's text is read back as the same number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(numberText(value))).toBe(value === 0 ? 0 : value);
    }),
  );
});

// Until the year 2242; then neighbouring doubles of seconds lie further apart than a microsecond.
test("microseconds divided into seconds are written with at most six decimals, exactly", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 33 * 1e6 }), (micros) => {
      const [whole = "", decimals = ""] = numberText(micros / 1e6).split(".");
      expect(BigInt(whole + decimals.padEnd(6, "0"))).toBe(BigInt(micros));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["plain", "A value.", "# HELP x A value.\n# TYPE x gauge\n"],
  ["newline and backslash", "a\nb\\c", "# HELP x a\\nb\\\\c\n# TYPE x gauge\n"],
])("headText: %s", (_, help, text) => {
  expect(headText({ name: "x", help, type: "gauge" }, "text")).toBe(text);
  expect(headText({ name: "x", help, type: "gauge" }, "openmetrics")).toBe(text);
});

test("headText: in OpenMetrics alone, a counter's family lacks the _total of its series", () => {
  const requests = { name: "x_total_requests_total", help: "h", type: "counter" };
  expect(headText(requests, "text")).toBe("# HELP x_total_requests_total h\n# TYPE x_total_requests_total counter\n");
  expect(headText(requests, "openmetrics")).toBe("# HELP x_total_requests h\n# TYPE x_total_requests counter\n");
});

test.each([
  ["without labels", "", "x 1.5\n"],
  ["with labels", 'a="1"', 'x{a="1"} 1.5\n'],
])("sampleText: %s", (_, labels, text) => expect(sampleText("x", labels, 1.5)).toBe(text));
