import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createInterner } from "../../src/base/interner.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes that what `make` gives keeps alive. */
function kept(make: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const made = make();
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(made).toBeDefined();
  return bytes;
}

/** A text of its own, as each answer of the cloud holds. */
const said = (text: string): string => JSON.parse(JSON.stringify(text.padEnd(1_000, "x")));

test("equal texts are in memory once", () => {
  const intern = createInterner();
  const texts = (share: (text: string) => string) =>
    kept(() => Array.from({ length: 5_000 }, (_, at) => share(said(`vault ${at % 10}`))));
  expect(texts((text) => text)).toBeGreaterThan(4e6);
  expect(texts(intern)).toBeLessThan(1e6);
  expect(intern(said("vault 3"))).toBe(said("vault 3"));
});

test("a cloud that makes texts up does not fill the memory", () => {
  const intern = createInterner(100);
  expect(
    kept(() => {
      for (let at = 0; at < 5_000; at += 1) expect(intern(said(String(at)))).toHaveLength(1_000);
      return intern;
    }),
  ).toBeLessThan(1e6);
});
