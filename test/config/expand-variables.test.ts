// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import fc from "fast-check";
import { expect, test } from "vitest";
import { expandVariables } from "../../src/config/expand-variables.ts";
import { cpuSeconds } from "../support/cpu.ts";

const env = { A: "a", EMPTY: "", NESTED: "${A}", UNSET: undefined };

test.each([
  ["plain", "plain"],
  ["${A}", "a"],
  ["x${A}y${A}z", "xayaz"],
  ["${A:-b}", "a"],
  ["${B:-b}", "b"],
  ["${UNSET:-b}", "b"],
  ["${B:-}", ""],
  ["${EMPTY}", ""],
  ["${EMPTY:-b}", "b"],
  ["${NESTED}", "${A}"],
  ["$$", "$"],
  ["$${A}", "${A}"],
  ["$$${A}", "$a"],
  ["${B:-$$5}", "$5"],
  ["$A $5 $", "$A $5 $"],
  ["${B:-a:-b}", "a:-b"],
  ["${B:-$5$}", "$5$"],
  ["${B:-$${A}", "${A"],
])("expandVariables: %s", (text, result) =>
  expect(expandVariables(text, env)).toMatchObject({ ok: true, text: result }),
);

test.each([
  ["${B}", ["B"]],
  ["${A}${C}${B}${C}", ["C", "B"]],
  ["${constructor}", ["constructor"]],
  ["${}", []],
  ["${A", []],
  ["${1}", []],
  ["${A-b}", []],
  ["${B} ${", []],
  ["${A:-${B}}", []],
  ["${B:-$$${A}}", []],
])("expandVariables: %s is an error", (text, unset) =>
  expect(expandVariables(text, env)).toEqual({ ok: false, unset }),
);

test.each([
  "$".repeat(100_000),
  "${A:-".repeat(20_000),
  `\${A:-${"$".repeat(100_001)}`,
  `\${A:-${"x".repeat(100_000)}`,
])("a long text without an end takes no time", async (text) => {
  expect(await cpuSeconds(() => expandVariables(text, env))).toBeLessThan(1);
});

test("any text comes back from its escaped form", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expandVariables(text.replaceAll("$", "$$$$"), {})).toMatchObject({ ok: true, text });
    }),
  );
});
