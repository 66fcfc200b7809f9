import { expect, test } from "vitest";
import { defined, isObject, listAt, objectAt, parseJson } from "../../src/base/json.ts";

test.each([
  ["an object", '{"a": 1}', { a: 1 }],
  ["null", "null", null],
  ["half of it", '{"a": ', undefined],
  ["nothing", "", undefined],
  ["a page", "<html>", undefined],
])("JSON of %s", (_, text, value) => expect(parseJson(text)).toEqual(value));

test.each([
  [{}, true],
  [[], false],
  [null, false],
  [undefined, false],
  ["{}", false],
  [1, false],
])("%j is an object: %s", (value, is) => {
  expect(isObject(value)).toBe(is);
  expect(objectAt({ part: value }, "part")).toBe(is ? value : undefined);
  expect(objectAt(value, "part")).toBeUndefined();
  expect(listAt({ part: value }, "part")).toBe(Array.isArray(value) ? value : undefined);
  expect(listAt(value, "part")).toBeUndefined();
});

test("what is not known is an absent key, and nothing can be added", () => {
  const known = defined({ a: 1, b: undefined, c: null, d: "" });
  expect(known).toStrictEqual({ a: 1, c: null, d: "" });
  expect(Object.isFrozen(known)).toBe(true);
});
