import { describe, expect, test } from "vitest";
import { onlyShard, type Shard, shardOf } from "../../src/base/shard.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { countedTasks, isCountedBy, shownTasks, type TaskView } from "../../src/tasks/shard-view.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { ended, member, origin, running, sources } from "../support/task-records.ts";

const shard: Shard = { index: 0, count: 2 };
/** An id that is the shard's, or the other one's. */
function idOf(index: number, name: string): string {
  for (let at = 0; ; at += 1) if (shardOf(`${name}${at}`, 2) === index) return `${name}${at}`;
}
const [ownTask, otherTask] = [idOf(0, "t"), idOf(1, "t")];
const [ownServer, otherServer] = [idOf(0, "server"), idOf(1, "server")];

test.each([
  ["own task of no resource", { id: ownTask }, true],
  ["another's task of no resource", { id: otherTask }, false],
  ["own task of another's resource", { id: ownTask, resourceId: otherServer }, false],
  ["another's task of the own resource", { id: otherTask, resourceId: ownServer }, true],
])("%s", (_, task, expected) => {
  expect(isCountedBy(shard, task)).toBe(expected);
  expect(isCountedBy({ index: 1, count: 2 }, task)).toBe(!expected);
  expect(isCountedBy(onlyShard, task)).toBe(true);
});

function watching() {
  const store = createTaskStore();
  const at = { at: newYear, runAt: newYear, nextTick: newYear };
  return {
    store,
    set: (...members: Parameters<typeof sources>[0][string]) => store.setSources(sources({ c: members })),
    see: (log: OperationLog) => store.apply({ type: "answered", key: `prod/${log.id}`, ...at, log }),
  };
}

/** What a view holds, and what it tells: `+` for one that comes, `-` for one that leaves, `=` for one that changes. */
function following(view: TaskView) {
  const told: string[] = [];
  view.subscribe((before, after) => {
    const sign = before ? (after ? "=" : "-") : "+";
    told.push(`${sign}${(after ?? before)?.taskId}`);
  });
  return { told: () => told.splice(0).join(" "), ids: () => [...view.records()].map(({ taskId }) => taskId) };
}

test("the only shard looks at the store itself", () => {
  const { store } = watching();
  expect([shownTasks(store, onlyShard), countedTasks(store, onlyShard)]).toEqual([store, store]);
});

describe("what is shown", () => {
  const here = member("a");
  const elsewhere = member("a", { origin: { ...origin, elsewhere: true } });

  test("is what no other shard polls; a task comes and goes with who polls it", () => {
    const { store, set, see } = watching();
    const view = shownTasks(store, shard);
    const { told, ids } = following(view);
    set(elsewhere);
    see(running("a"));
    expect([told(), ids(), view.size, view.get("prod/a")]).toEqual(["", [], 0, undefined]);
    set(here);
    expect([told(), ids(), view.size, view.get("prod/a")?.taskId]).toEqual(["+a", ["a"], 1, "a"]);
    see(ended("a"));
    expect(told()).toBe("=a");
    set(elsewhere);
    expect([told(), ids()]).toEqual(["-a", []]);
    set();
    expect([told(), store.size]).toEqual(["", 0]);
  });
});

describe("what is counted", () => {
  test("is all until it is known whose it is, then the own", () => {
    const { store, set, see } = watching();
    const { told, ids } = following(countedTasks(store, shard));
    set(member(ownTask), member(otherTask));
    expect([told(), ids()]).toEqual([`+${ownTask} +${otherTask}`, [ownTask, otherTask]]);
    see(running(ownTask, { resourceId: otherServer }));
    see(running(otherTask, { resourceId: ownServer }));
    expect([told(), ids()]).toEqual([`-${ownTask} =${otherTask}`, [otherTask]]);
    see(ended(ownTask, { resourceId: otherServer }));
    see(ended(otherTask, { resourceId: ownServer }));
    expect(told()).toBe(`=${otherTask}`);
  });

  test("ends with the subscription", () => {
    const { store, set } = watching();
    const told: unknown[] = [];
    countedTasks(store, shard).subscribe((...change) => told.push(change))();
    set(member(ownTask));
    expect(told).toEqual([]);
  });
});
