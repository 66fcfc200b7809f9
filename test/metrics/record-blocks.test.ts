import fc from "fast-check";
import { expect, test } from "vitest";
import { createRecordBlocks } from "../../src/metrics/record-blocks.ts";

interface Thing {
  readonly key: string;
  readonly frozen: boolean;
  readonly version: number;
}

interface Block {
  readonly records: ReadonlyMap<string, Thing>;
  /** What the changes told of it come to. */
  readonly told: Map<string, Thing>;
}

const sizes = { small: 4, big: 16 };

function start() {
  let told = 0;
  const { blocks, change } = createRecordBlocks<Thing, Block>({
    sizes,
    isFrozen: ({ frozen }) => frozen,
    createBlock: (records) => ({ records, told: new Map() }),
    onBlocks: () => {},
    onChange({ told: of }, before, after) {
      told += 1;
      if (after) of.set(after.key, after);
      else if (before) of.delete(before.key);
    },
  });
  return { blocks: () => [...blocks()], change, told: () => told };
}

/** What happens to one of 60 things: it comes or changes, frozen or not, or it leaves. */
const steps = fc.array(fc.record({ at: fc.nat(59), what: fc.constantFrom("live", "frozen", "leaves") }), {
  maxLength: 400,
  size: "max",
});

test("after whatever happens, each record lies in one block of its kind, and blocks are few", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { blocks, change } = start();
      const things = new Map<string, Thing>();
      for (const [version, { at, what }] of all.entries()) {
        const key = String(at);
        const before = things.get(key);
        const after = what === "leaves" ? undefined : { key, version, frozen: what === "frozen" };
        if (after) things.set(key, after);
        else things.delete(key);
        if (before || after) change(before, after);
      }
      const lying = blocks().flatMap(({ records }) => [...records.values()]);
      expect(lying.toSorted((a, b) => a.version - b.version)).toEqual(
        [...things.values()].toSorted((a, b) => a.version - b.version),
      );
      for (const { records } of blocks()) {
        expect(records.size).toBeGreaterThan(0);
        expect(new Set([...records.values()].map(({ frozen }) => frozen)).size).toBe(1);
        expect(records.size).toBeLessThanOrEqual(sizes.big);
      }
      // Each but one of a kind is filled by more than a quarter, and big ones are of full small ones.
      const small = blocks().filter(({ records }) => records.size <= sizes.small / 4);
      expect(small.length).toBeLessThanOrEqual(2);
      // Whoever follows the changes of a block knows what is in it, but for what was put together.
      for (const { records, told } of blocks()) if (records.size <= sizes.small) expect(told).toEqual(records);
    }),
    { numRuns: 300 },
  );
});

test("a change costs one block's worth at most, on the average of many", () => {
  const { change, told } = start();
  const things = Array.from({ length: 5_000 }, (_, at): Thing => ({ key: String(at), frozen: false, version: 0 }));
  for (const thing of things) change(undefined, thing);
  for (const thing of things) change(thing, { ...thing, frozen: true });
  for (const thing of things) change({ ...thing, frozen: true }, undefined);
  // Each comes, leaves its block, comes into another, leaves it; a quarter of them is moved once more, twice.
  expect(told()).toBeLessThan(5_000 * (4 + 2));
});
