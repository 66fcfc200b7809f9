import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { untilAborted } from "../../src/base/until-aborted.ts";
import { Stopped } from "../../src/cbr/api-error.ts";
import { settled } from "../support/manual-clock.ts";

test("work that ends first gives its result, or its error, and leaves no listener", async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(untilAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  await settled();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("who stops waiting is told at once, and the work goes on", async () => {
  const abort = new AbortController();
  let finish = (_: number): void => {};
  const work = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const gone = untilAborted(work, abort.signal);
  const stays = untilAborted(work, new AbortController().signal);
  abort.abort();
  await expect(gone).rejects.toThrow(Stopped);
  finish(1);
  expect(await stays).toBe(1);
});

test("who had stopped before is told so, even of work that is done, and its failure is nobody's", async () => {
  await expect(untilAborted(Promise.resolve(1), AbortSignal.abort())).rejects.toThrow(Stopped);
  await expect(untilAborted(Promise.reject(new Error("no")), AbortSignal.abort())).rejects.toThrow(Stopped);
  await settled();
});
