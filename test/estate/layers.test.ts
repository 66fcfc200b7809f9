import fc from "fast-check";
import { expect, test } from "vitest";
import { createLayers } from "../../src/estate/layers.ts";

interface Thing {
  readonly key: string;
  readonly value: number;
}

function follow() {
  const layers = createLayers<Thing>();
  const told: string[] = [];
  /** As a subscriber knows it. */
  const known = new Map<string, Thing>();
  layers.subscribe((before, after) => {
    const key = (after ?? before)?.key ?? "";
    expect(before).toBe(known.get(key));
    if (after) known.set(key, after);
    else known.delete(key);
    told.push(`${key}: ${before?.value} → ${after?.value}`);
  });
  return { ...layers, known, told: () => told.splice(0) };
}

const a = { key: "a", value: 1 };
const b = { key: "b", value: 2 };

test("what is as it was is told to nobody, and what is shown no more leaves", () => {
  const layers = follow();
  layers.set("one", [a, b]);
  expect(layers.told()).toEqual(["a: undefined → 1", "b: undefined → 2"]);
  layers.set("one", [{ ...b }, { ...a, value: 3 }]);
  expect(layers.told()).toEqual(["a: 1 → 3"]);
  layers.set("one", [a]);
  expect(layers.told()).toEqual(["a: 3 → 1", "b: 2 → undefined"]);
  layers.set("one", []);
  expect(layers.told()).toEqual(["a: 1 → undefined"]);
  expect(layers.size()).toBe(0);
});

test("the oldest layer counts; when it goes, the next one does", () => {
  const layers = follow();
  layers.set("one", [a]);
  layers.set("two", [{ ...a, value: 5 }, b]);
  layers.told();
  layers.set("one", []);
  expect(layers.told()).toEqual(["a: 1 → 5"]);
  // It comes back behind the other.
  layers.set("one", [a]);
  expect(layers.told()).toEqual([]);
});

test("steps that do not come to their end leave the rest as it was", () => {
  const layers = follow();
  layers.set("one", [a, b]);
  layers.told();
  for (const _ of layers.steps("one", [
    { ...a, value: 7 },
    { ...b, value: 8 },
  ]))
    break;
  expect(layers.told()).toEqual(["a: 1 → 7"]);
  layers.set("one", [b]);
  expect(layers.told()).toEqual(["a: 7 → undefined"]);
});

test("whatever layers show, and in whatever order: of each key the oldest layer that has it", () => {
  const records = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.nat(3), { maxKeys: 3 });
  const changes = fc.array(fc.tuple(fc.constantFrom("one", "two", "three"), records), { maxLength: 20 });
  fc.assert(
    fc.property(changes, (list) => {
      const layers = follow();
      const model = new Map<string, Record<string, number>>();
      for (const [layer, shown] of list) {
        layers.set(
          layer,
          Object.entries(shown).map(([key, value]) => ({ key, value })),
        );
        if (Object.keys(shown).length > 0) model.set(layer, shown);
        else model.delete(layer);
        const expected: Record<string, number> = {};
        for (const each of [...model.values()].toReversed()) Object.assign(expected, each);
        const found = Object.fromEntries([...layers.records()].map(({ key, value }) => [key, value]));
        expect(found).toEqual(expected);
        expect([...layers.known.values()].toSorted((x, y) => (x.key < y.key ? -1 : 1))).toEqual(
          [...layers.records()].toSorted((x, y) => (x.key < y.key ? -1 : 1)),
        );
      }
    }),
  );
});
