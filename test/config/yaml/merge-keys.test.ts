import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { readYaml } from "../../../src/config/yaml/parse.ts";
import type { Tree } from "../../../src/config/yaml/tree.ts";
import { cpuSeconds } from "../../support/cpu.ts";

// Thousands of cases take long beside other work; a hang still ends.
vi.setConfig({ testTimeout: 300_000 });

function read(text: string): unknown {
  const { tree, problems } = readYaml(text, { env: {}, whenEmpty: "empty" });
  expect(problems).toEqual([]);
  return tree && toValue(tree);
}

/** The tree as plain values. */
function toValue(tree: Tree): unknown {
  switch (tree.kind) {
    case "text":
      return tree.text;
    case "list":
      return tree.items.map(toValue);
    case "map":
      // fromEntries defines properties, so that a key `__proto__` is a key like any other.
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, toValue(value)]));
    case "broken":
      return undefined;
  }
}

/** What another reader makes of it: the library's own nodes, values and merging. */
function oracle(text: string): unknown {
  return parse(text, { schema: "failsafe", merge: true, maxAliasCount: -1, uniqueKeys: false, logLevel: "error" });
}

type Value =
  | { readonly text: string }
  | { readonly alias: number }
  | { readonly list: readonly Value[]; readonly anchor: number | undefined }
  | MapValue;
interface MapValue {
  readonly map: readonly (readonly [string, Value])[];
  readonly anchor: number | undefined;
  readonly merge:
    | { readonly at: number; readonly sources: readonly (MapValue | number)[]; readonly single: boolean }
    | undefined;
}

const name = fc.constantFrom("a", "b", "c", "d", '"<<"', "__proto__", "constructor");
const anchor = fc.option(fc.nat(5), { nil: undefined, freq: 2 });
const { value } = fc.letrec<{ value: Value; map: MapValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("x", "0e81", "no", "~").map((text) => ({ text })),
    fc.nat(5).map((alias) => ({ alias })),
    fc.record({ list: fc.array(tie("value"), { maxLength: 3 }), anchor }),
    tie("map"),
    tie("map"),
  ),
  map: fc.record({
    map: fc.uniqueArray(fc.tuple(name, tie("value")), { maxLength: 4, selector: ([key]) => key }),
    anchor,
    merge: fc.option(
      fc.record({
        at: fc.nat(4),
        sources: fc.array(fc.oneof(tie("map"), fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 3 }),
        single: fc.boolean(),
      }),
      { nil: undefined, freq: 2 },
    ),
  }),
}));

/** Writes a document; an alias of what is not closed before it, or no map where one is wanted, becomes something plain. */
function write(root: Value): string {
  const known = new Map<number, { readonly kind: "map" | "other"; closed: boolean }>();
  const anchored = (number: number | undefined, kind: "map" | "other", body: () => string): string => {
    const own = { kind, closed: false };
    if (number !== undefined) known.set(number, own);
    const text = body();
    own.closed = true;
    return number === undefined ? text : `&n${number} ${text}`;
  };
  const source = (from: MapValue | number): string => {
    if (typeof from !== "number") return any(from);
    const target = known.get(from);
    return target?.closed && target.kind === "map" ? `*n${from}` : "{ e: f }";
  };
  const any = (node: Value): string => {
    if ("text" in node) return node.text;
    if ("alias" in node) return known.get(node.alias)?.closed ? `*n${node.alias}` : "none";
    if ("list" in node) return anchored(node.anchor, "other", () => `[ ${node.list.map(any).join(", ")} ]`);
    return anchored(node.anchor, "map", () => {
      const { merge, map } = node;
      const pairs: string[] = [];
      for (let index = 0; index <= map.length; index += 1) {
        if (merge && index === Math.min(merge.at, map.length)) {
          const sources = (merge.single ? merge.sources.slice(0, 1) : merge.sources).map(source);
          pairs.push(`<<: ${merge.single ? sources.join("") : `[ ${sources.join(", ")} ]`}`);
        }
        const pair = map[index];
        if (pair) pairs.push(`${pair[0]}: ${any(pair[1])}`);
      }
      return pairs.length > 0 ? `{ ${pairs.join(", ")} }` : "{}";
    });
  };
  return any(root);
}

test("any document with anchors, aliases and merge keys is what another reader makes of it", () => {
  let merges = 0;
  fc.assert(
    fc.property(value, (root) => {
      // At the top, keys that begin with x- would be ignored.
      const text = `root: ${write(root)}\n`;
      if (text.includes("<<: *") || text.includes("<<: [ *")) merges += 1;
      expect(read(text)).toEqual(oracle(text));
    }),
    { numRuns: 5000 },
  );
  expect(merges).toBeGreaterThan(200);
});

describe("merging", () => {
  test.each([
    ["an empty list brings nothing", "{ <<: [], a: 1 }", { a: "1" }],
    ["a key may have an anchor", "{ &k a: 1, b: *k }", { a: "1", b: "a" }],
    ["with a tag it is a key", "{ !!str <<: { a: 1 } }", { "<<": { a: "1" } }],
    ["with a question mark it merges", "{ ? <<: { a: 1 } }".replace("? <<", "? << "), { a: "1" }],
  ])("%s", (_, text, expected) => expect(read(`r: ${text}`)).toEqual({ r: expected }));

  test("what a key written out hides is not judged", () => {
    expect(
      read(`x-a: &a { k: !!int 5, l: "$${"{NOT_THERE}"}", <<: { m: *nobody } }\nr: { <<: *a, k: 1, l: 2, m: 3 }`),
    ).toEqual({
      r: { k: "1", l: "2", m: "3" },
    });
  });
});

describe("few lines that stand for very much end soon, and take no memory", () => {
  const ten = (of: (index: number) => string): string => Array.from({ length: 10 }, (_, index) => of(index)).join(", ");
  const levels = (first: string, next: (before: string) => string, count = 40): string =>
    [`x0: &a0 ${first}`, ...Array.from({ length: count }, (_, i) => `x${i + 1}: &a${i + 1} ${next(`*a${i}`)}`)].join(
      "\n",
    );

  test.each([
    ["maps of ten merges", levels(`{ ${ten((i) => `k${i}: v`)} }`, (a) => `{ <<: [ ${ten(() => a)} ] }`)],
    ["maps of ten merges of nothing", levels("{}", (a) => `{ <<: [ ${ten(() => a)} ] }`)],
    ["merges whose values merge", levels("{ k: v }", (a) => `{ ${ten((i) => `k${i}: { <<: ${a} }`)} }`)],
    ["merges of lists of aliases", levels("[ x ]", (a) => `[ ${ten(() => `{ <<: { k: ${a} } }`)} ]`)],
    ["hidden keys", levels(`{ ${ten((i) => `k${i}: v`)} }`, (a) => `{ k0: w, <<: [ ${ten(() => a)} ], k1: w }`)],
    [
      "under x-",
      `${levels("{ k: v }", (a) => `{ ${ten((i) => `k${i}: ${a}`)} }`).replaceAll(/^x/gm, "x-")}\nr: { <<: *a40 }`,
    ],
    ["lists in lists", levels("[ x ]", (a) => `[ ${a} ]`, 60)],
    ["a long chain", levels("{ k: v }", (a) => `{ <<: ${a} }`, 10_000)],
    [
      "one map merged everywhere",
      `a: &a { ${Array.from({ length: 500 }, (_, i) => `k${i}: v`).join(", ")} }\nb:\n${"  - { <<: *a }\n".repeat(300)}`,
    ],
    ["one map merged again and again", `a: &a { k: v }\nb: { <<: [ ${"*a, ".repeat(60_000)} ] }`],
  ])("%s", async (_, text) => {
    const seconds = await cpuSeconds(() => {
      const { tree, problems } = readYaml(text, { env: {}, whenEmpty: "empty" });
      expect(tree).toBeUndefined();
      expect(problems).toEqual([
        expect.objectContaining({ message: "aliases stand for too many values; write them out" }),
      ]);
    });
    expect(seconds).toBeLessThan(10);
  });

  test("what is really used may be as much as any configuration needs", () => {
    const text = `x-d: &d { name: a, labels: { team: b } }\nr:\n${"  - { <<: *d, id: c }\n".repeat(20_000)}`;
    expect(readYaml(text, { env: {}, whenEmpty: "empty" }).problems).toEqual([]);
  });
});
