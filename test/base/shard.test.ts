import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onlyShard, owns, shardOf } from "../../src/base/shard.ts";

/** The same whenever the tests run: each id is some UUID, as the cloud gives them. */
const uuids = fc.sample(fc.uuid({ version: 4 }), { numRuns: 10_000, seed: 1 });
const counted = Array.from({ length: 10_000 }, (_, at) => `4827f2da-b008-4507-ab7d-42d0df${`${at}`.padStart(6, "0")}`);

describe.each([
  ["ids of the cloud", uuids],
  ["ids that differ in their last digits alone", counted],
])("10 000 %s", (_, ids) => {
  test.each([2, 3, 4, 5])("%i shards have as many each, but for 5 %%", (count) => {
    const sizes = Array.from({ length: count }, () => 0);
    for (const id of ids) sizes[shardOf(id, count)] = (sizes[shardOf(id, count)] ?? 0) + 1;
    const share = ids.length / count;
    for (const size of sizes) expect(Math.abs(size - share) / share).toBeLessThan(0.05);
  });
});

test("one shard more takes its own, about as many from each, and moves no other", () => {
  const shards = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(fc.string(), shards, (id, count) => {
      const [before, after] = [shardOf(id, count), shardOf(id, count + 1)];
      expect([before, count]).toContain(after);
    }),
  );
  const moved = uuids.filter((id) => shardOf(id, 5) !== shardOf(id, 4));
  expect(moved.length).toBe(uuids.filter((id) => shardOf(id, 5) === 4).length);
  const lost = [0, 1, 2, 3].map((shard) => moved.filter((id) => shardOf(id, 4) === shard).length);
  for (const number of lost) expect(number).toBeGreaterThan(400);
});

test("of as many shards exactly one owns an id, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 20 }), (id, count) => {
      const owners = Array.from({ length: count }, (_, index) => owns({ index, count }, id));
      expect(owners.filter(Boolean)).toHaveLength(1);
    }),
  );
  expect(owns(onlyShard, "anything")).toBe(true);
});

test("an id's shard is the same for ever: another would move what is stored, and what people look at", () => {
  const ids = ["4827f2da-b008-4507-ab7d-42d0df5ed912", "0e5d0ef6-7f0a-4890-b98c-cb12490e31c1", "a", "b", "c", "d", ""];
  expect(ids.map((id) => [2, 3, 4, 5].map((count) => shardOf(id, count)).join(" "))).toMatchInlineSnapshot(`
    [
      "1 1 3 3",
      "0 0 0 0",
      "0 0 0 0",
      "0 2 3 3",
      "0 0 3 4",
      "1 1 3 3",
      "0 0 3 3",
    ]
  `);
});
