import { expect, test } from "vitest";
import { inSlices } from "../../src/base/slices.ts";

function* steps(count: number, done: number[]): Generator<void> {
  for (let step = 0; step < count; step += 1) {
    done.push(step);
    yield;
  }
}

test("others have their turn after so many steps, and all is done in the end", async () => {
  const done: number[] = [];
  const seen: number[] = [];
  const look = (): void => {
    seen.push(done.length);
    if (done.length < 10) setImmediate(look);
  };
  setImmediate(look);
  await inSlices(steps(10, done), 4, () => true);
  expect(done).toHaveLength(10);
  expect(seen.slice(0, 2)).toEqual([4, 8]);
});

test("few steps are done at once", () => {
  const done: number[] = [];
  void inSlices(steps(3, done), 4, () => true);
  expect(done).toHaveLength(3);
});

test("it ends where it is not to go on", async () => {
  const done: number[] = [];
  await inSlices(steps(10, done), 4, () => done.length < 8);
  expect(done).toHaveLength(8);
});
