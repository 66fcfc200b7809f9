import { expect, test } from "vitest";
import { requestLog } from "../../src/simulator/request-log.ts";

test("counts all, keeps the last times and a limited number of ids", () => {
  const log = requestLog({ times: 2, ids: 2 });
  for (const [id, at] of [
    ["a", 1],
    ["a", 2],
    ["a", 3],
    ["b", 4],
    ["c", 5],
  ] as const)
    log.add(id, at);
  expect([log.count(), log.count("a"), log.count("b"), log.count("c")]).toEqual([5, 3, 1, 0]);
  expect([log.times("a"), log.times("b"), log.times("c")]).toEqual([[2, 3], [4], []]);
});
