import { describe, expect, test } from "vitest";
import { later, micros } from "../../src/base/micros.ts";
import { followSuperseded } from "../../src/estate/superseded.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { manualClock, newYear, runningClock } from "../support/manual-clock.ts";
import { member, sources } from "../support/task-records.ts";
import { turnsDuring } from "../support/turns.ts";

const at = (hour: number) => later(newYear, micros(hour * 3600e6));
const times = { at: at(100), runAt: at(100), nextTick: at(101) };

/** A finished backup of one server, unless it says otherwise. */
const task = (id: string, endedAt: number, part: Partial<OperationLog> = {}): OperationLog => ({
  id,
  status: "failed",
  operationType: "backup",
  resourceId: "server-1",
  startedAt: at(0),
  endedAt: at(endedAt),
  ...part,
});
const success = (id: string, endedAt: number, part: Partial<OperationLog> = {}) =>
  task(id, endedAt, { status: "success", ...part });

function watched(...ids: readonly string[]) {
  const store = createTaskStore();
  const superseded = followSuperseded(store, manualClock());
  const watch = (...wanted: readonly string[]): void =>
    store.setSources(sources({ c: wanted.map((id) => member(id)) }));
  watch(...ids);
  return {
    store,
    watch,
    judge: () => superseded.judge(),
    superseded,
    see(...logs: readonly OperationLog[]) {
      for (const log of logs) store.apply({ type: "answered", key: `prod/${log.id}`, ...times, log });
    },
    of: (id: string) => store.get(`prod/${id}`)?.superseded,
  };
}

const replication = { operationType: "replication" };
const restore = (backup: string, target?: string): Partial<OperationLog> => ({
  operationType: "restore",
  restore: { id: backup },
  ...(target !== undefined && { restoreTargetId: target }),
});

test("a failed task without any time, finished after three polls, has not been made up for", () => {
  const { see, judge, of } = watched("a");
  judge();
  const { startedAt: _, endedAt: __, ...timeless } = task("a", 1);
  see(timeless, timeless, timeless);
  expect(of("a")).toBe(false);
});

describe("a failed task a, and b", () => {
  test.each<[string, OperationLog, OperationLog, boolean | undefined]>([
    ["a later success", task("a", 1), success("b", 2), true],
    ["a later failure", task("a", 1), task("b", 2), false],
    ["a later skip", task("a", 1), task("b", 2, { status: "skipped" }), false],
    ["an earlier success", task("a", 2), success("b", 1), false],
    ["a success with the same end", task("a", 1), success("b", 1), false],
    ["a later success in another vault", task("a", 1, { vaultId: "v1" }), success("b", 2, { vaultId: "v2" }), true],
    ["a later success of another resource", task("a", 1), success("b", 2, { resourceId: "server-2" }), false],
    ["a later success of another operation", task("a", 1), success("b", 2, replication), false],
    [
      "a copy, which is the older name of a replication",
      task("a", 1, { operationType: "copy" }),
      success("b", 2, replication),
      true,
    ],
    [
      "a later replication to another region",
      task("a", 1, { ...replication, destination: { region: "x" } }),
      success("b", 2, { ...replication, destination: { region: "y" } }),
      false,
    ],
    [
      "a later replication to another project of the same region",
      task("a", 1, { ...replication, destination: { region: "x", projectId: "1" } }),
      success("b", 2, { ...replication, destination: { region: "x", projectId: "2" } }),
      false,
    ],
    [
      "a later replication that names no place",
      task("a", 1, { ...replication, destination: { region: "x" } }),
      success("b", 2, replication),
      true,
    ],
    ["a later restore of the same backup", task("a", 1, restore("k", "t")), success("b", 2, restore("k", "t")), true],
    ["a later restore of another backup", task("a", 1, restore("k", "t")), success("b", 2, restore("l", "t")), false],
    ["a later restore to another target", task("a", 1, restore("k", "t")), success("b", 2, restore("k", "u")), false],
    [
      "a later restore of a backup that neither names",
      task("a", 1, { operationType: "restore" }),
      success("b", 2, { operationType: "restore" }),
      false,
    ],
    [
      "a later deletion of another backup",
      task("a", 1, { operationType: "delete", delete: { id: "k" } }),
      success("b", 2, { operationType: "delete", delete: { id: "l" } }),
      false,
    ],
    ["a later success, where a names no resource", { ...task("a", 1), resourceId: "" }, success("b", 2), undefined],
  ])("%s", (_, a, b, expected) => {
    const clean = (log: OperationLog): OperationLog => {
      if (log.resourceId !== "") return log;
      const { resourceId: _none, ...others } = log;
      return others;
    };
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      // Whichever is seen first, and whether it is judged before or after.
      for (const early of [true, false]) {
        const all = watched("a", "b");
        if (early) all.judge();
        all.see(clean(first), clean(second));
        all.judge();
        expect(all.of("a")).toBe(expected);
      }
    }
  });
});

test("nothing is said before the runs of the start have ended, and then of all finished tasks", () => {
  const { see, judge, of } = watched("a", "b", "c");
  see(task("a", 1), success("b", 2), { id: "c", status: "running", resourceId: "server-1", operationType: "backup" });
  expect([of("a"), of("b"), of("c")]).toEqual([undefined, undefined, undefined]);
  judge();
  expect([of("a"), of("b"), of("c")]).toEqual([true, false, undefined]);
});

test("the end is ended_at, else updated_at, else when the finish was seen", () => {
  const { see, judge, of } = watched("a", "b", "c", "d");
  judge();
  const { endedAt: _, ...open } = task("a", 1);
  const thrice = [1, 2, 3];
  see(...thrice.map(() => ({ ...open, updatedAt: at(1) })));
  see({ ...open, id: "b", status: "running" }, ...thrice.map(() => ({ ...open, id: "b" })));
  expect([of("a"), of("b")]).toEqual([false, false]);
  see(success("c", 2));
  expect([of("a"), of("b")]).toEqual([true, false]);
  see(success("d", 101));
  expect([of("a"), of("b"), of("c"), of("d")]).toEqual([true, true, true, false]);
});

test("what has been superseded stays so when the successor leaves", () => {
  const { see, judge, of, watch } = watched("a", "b");
  judge();
  see(task("a", 1), success("b", 2));
  watch("a");
  expect(of("a")).toBe(true);
  watch("a", "c");
  see(success("c", 3));
  expect([of("a"), of("c")]).toEqual([true, false]);
});

test("thousands of tasks of one resource are judged at the cost of one each", () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `t${index}`);
  const { see, judge, of } = watched(...ids);
  judge();
  see(...ids.map((id, index) => (index % 2 === 0 ? task(id, index) : success(id, index))));
  expect(of("t19998")).toBe(true);
  expect(of("t19999")).toBe(false);
});

test("many resources are judged in slices, between which others have their turn", async () => {
  const store = createTaskStore();
  const ids = Array.from({ length: 1_000 }, (_, index) => `t${index}`);
  store.setSources(sources({ c: ids.map((id) => member(id)) }));
  for (const id of ids) {
    store.apply({ type: "answered", key: `prod/${id}`, ...times, log: task(id, 1, { resourceId: id }) });
  }
  const superseded = followSuperseded(store, runningClock(0.1));
  const isJudged = () => store.get("prod/t999")?.superseded === false;
  superseded.judge();
  expect(isJudged()).toBe(false);
  const turns = await turnsDuring(() => expect.poll(isJudged, { interval: 1 }).toBe(true));
  expect(turns).toBeGreaterThanOrEqual(15);
});

describe("what listings show of other shards' tasks", () => {
  const prod = (...logs: readonly OperationLog[]) => ["prod", logs, at(100)] as const;
  const { endedAt: _, ...open } = success("b", 2);
  const { resourceId: __, ...ofNone } = success("b", 2);

  test.each<[string, OperationLog, boolean]>([
    ["a later success", success("b", 2), true],
    ["a later success that tells no end, but its last change", { ...open, updatedAt: at(2) }, true],
    ["a success that tells no time", open, false],
    ["an earlier success", success("b", 0), false],
    ["a later failure", task("b", 2), false],
    ["a later success of another resource", success("b", 2, { resourceId: "server-2" }), false],
    ["a later success of no resource", ofNone, false],
  ])("%s", (_, log, expected) => {
    for (const isFirst of [true, false]) {
      for (const early of [true, false]) {
        const { see, judge, of, superseded } = watched("a");
        if (early) judge();
        if (isFirst) superseded.showElsewhere(...prod(log));
        see(task("a", 1));
        if (!isFirst) superseded.showElsewhere(...prod(log));
        judge();
        expect(of("a")).toBe(expected);
      }
    }
  });

  test("is remembered for a day after it was shown, and for as long as there are tasks like it", () => {
    const { see, judge, of, watch, superseded } = watched();
    judge();
    const isRemembered = (id: string) => {
      watch(id);
      see(task(id, 1));
      const known = of(id);
      watch();
      return known;
    };
    superseded.showElsewhere("prod", [success("b", 2)], at(100));
    superseded.showElsewhere("prod", [], at(123.9));
    expect(isRemembered("c")).toBe(true);
    superseded.showElsewhere("prod", [], at(124));
    expect(isRemembered("d")).toBe(false);

    superseded.showElsewhere("prod", [success("b", 2)], at(200));
    watch("e");
    see(task("e", 1));
    superseded.showElsewhere("prod", [], at(300));
    watch("e", "f");
    see(task("f", 1.5));
    expect([of("e"), of("f")]).toEqual([true, true]);
  });

  test("of a project that is another by now, nothing is left", () => {
    const { see, judge, of, watch, superseded } = watched();
    judge();
    superseded.showElsewhere(...prod(success("b", 2)));
    superseded.forgetElsewhere("pro");
    superseded.forgetElsewhere("prod2");
    watch("a");
    see(task("a", 1));
    expect(of("a")).toBe(true);
    watch();
    superseded.forgetElsewhere("prod");
    watch("c");
    see(task("c", 1));
    expect(of("c")).toBe(false);
  });
});
