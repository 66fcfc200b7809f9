import { expect, test } from "vitest";
import { createJoinedPieces } from "../../src/metrics/joined-pieces.ts";

interface Sized {
  readonly kibibytes: number;
}

const pieces = (...sizes: readonly number[]): Sized[] => sizes.map((kibibytes) => ({ kibibytes }));

/** Families of pieces, of which each join is counted. */
function joined(...families: Sized[][]) {
  let joins = 0;
  const all = createJoinedPieces<Sized, readonly number[]>(families.length, {
    bytesOf: ({ kibibytes }) => kibibytes * 1024,
    join(run) {
      joins += 1;
      return run.map(({ kibibytes }) => kibibytes);
    },
  });
  return {
    ...all,
    /** @returns how many steps that took, and how many runs were joined */
    join(): readonly [number, number] {
      joins = 0;
      return [[...all.join((family) => families[family] ?? [])].length, joins];
    },
  };
}

test("neighbours of up to 256 KiB are joined, those of each family apart", () => {
  const { join, all, isWhole } = joined(pieces(100, 100, 56, 1, 300, 200, 50, 7), [], pieces(1, 2));
  expect([isWhole(), all()]).toEqual([false, []]);
  expect(join()).toEqual([3, 6]);
  expect(isWhole()).toBe(true);
  expect(joined(pieces(1)).isWhole()).toBe(false);
});

test("what another piece leaves as it was is not joined again, nor are other families", () => {
  const first = pieces(200, 100, 100);
  const { join, all, isWhole, setApart } = joined(first, pieces(1, 2));
  join();
  const before = all();
  expect(before).toEqual([[200], [100, 100], [1, 2]]);
  expect(all()).toBe(before);
  first[2] = { kibibytes: 120 };
  setApart(0);
  expect(isWhole()).toBe(false);
  expect(join()).toEqual([1, 1]);
  expect(all()).toEqual([[200], [100, 120], [1, 2]]);
  expect(all()[0]).toBe(before[0]);
  expect(all()[2]).toBe(before[2]);
  first.unshift({ kibibytes: 200 });
  setApart(0);
  expect(join()).toEqual([1, 1]);
  expect(all()).toEqual([[200], [200], [100, 120], [1, 2]]);
});

test("what was let go of is joined anew", () => {
  const { join, all, drop, isWhole } = joined(pieces(1, 2), pieces(3));
  join();
  drop();
  expect([isWhole(), all()]).toEqual([false, []]);
  expect(join()).toEqual([2, 2]);
  expect(all()).toEqual([[1, 2], [3]]);
});
