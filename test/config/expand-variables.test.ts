// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import fc from "fast-check";
import { expect, test } from "vitest";
import { expandVariables } from "../../src/config/expand-variables.ts";

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
])("expandVariables: %s", (text, result) =>
  expect(expandVariables(text, env)).toMatchObject({ ok: true, text: result }),
);

test.each([
  ["${B}", { ok: false, unset: "B" }],
  ["${A}${C}${B}", { ok: false, unset: "C" }],
  ["${constructor}", { ok: false, unset: "constructor" }],
  ["${}", { ok: false }],
  ["${A", { ok: false }],
  ["${1}", { ok: false }],
  ["${A-b}", { ok: false }],
])("expandVariables: %s is an error", (text, result) => expect(expandVariables(text, env)).toEqual(result));

test("any text comes back from its escaped form", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expandVariables(text.replaceAll("$", "$$$$"), {})).toMatchObject({ ok: true, text });
    }),
  );
});
