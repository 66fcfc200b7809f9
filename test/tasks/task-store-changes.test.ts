import { expect, test } from "vitest";
import { fromMillis, later, type Micros, micros } from "../../src/base/micros.ts";
import type { TaskRecord } from "../../src/tasks/task-record.ts";
import { createTaskStore, type TaskStore } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { ended, member, running } from "../support/task-records.ts";

const at = (seconds: number): Micros => later(newYear, fromMillis(seconds * 1000));
const poll = { key: "prod/a", at: at(1), runAt: at(0), nextTick: at(30) } as const;

/** A store with task `a`, and what it told its subscriber from the start. */
function watched() {
  const store = createTaskStore();
  const told: (readonly [TaskRecord | undefined, TaskRecord | undefined])[] = [];
  store.subscribe((...change) => told.push(change));
  store.setSources(new Map([["c", { members: [member("a")], rank: 0 }]]));
  return { store, told };
}

const taskOf = (store: TaskStore): TaskRecord | undefined => store.get("prod/a");

test("who subscribes from the start is told of the first task, and of nothing before it", () => {
  const { store, told } = watched();
  expect(told).toEqual([[undefined, taskOf(store)]]);
});

test("a poll that is owed at another time changes that time alone", () => {
  const { store } = watched();
  store.apply({ type: "failed", ...poll, failure: { reason: "timeout", message: "slow" } });
  const before = taskOf(store);
  store.apply({ type: "owed", key: "prod/a", nextAt: at(90) });
  expect(taskOf(store)).toEqual({ ...before, poll: { ...before?.poll, nextAt: at(90) } });
});

test("a finished task owes no poll", () => {
  const { store } = watched();
  store.apply({ type: "answered", ...poll, log: ended("a") });
  const before = taskOf(store);
  store.apply({ type: "owed", key: "prod/a", nextAt: at(90) });
  expect(taskOf(store)).toBe(before);
});

test("the same verdict on being superseded is no change", () => {
  const { store, told } = watched();
  for (const superseded of [false, false, true, true]) store.apply({ type: "superseded", key: "prod/a", superseded });
  expect(told.map(([, after]) => after?.superseded)).toEqual([undefined, false, true]);
});

test("a clock that is set back leaves times that do not lie ahead, to the very moment", () => {
  const { store, told } = watched();
  store.apply({ type: "answered", ...poll, at: at(0), log: running("a", { progress: 10 }) });
  store.apply({
    type: "failed",
    ...poll,
    at: at(5),
    nextTick: at(10),
    failure: { reason: "timeout", message: "slow" },
  });
  const before = taskOf(store);
  const told0 = told.length;
  const back = { now: at(10), step: micros(1), nextTick: () => at(40) };
  store.clockSetBack(back);
  expect(taskOf(store)).toBe(before);
  expect(told).toHaveLength(told0);
  // A microsecond more, and the next poll lies ahead.
  store.clockSetBack({ ...back, now: micros(at(10) - 1) });
  expect(taskOf(store)).toEqual({ ...before, poll: { ...before?.poll, nextAt: at(40) } });
});

test("who looks at a source's tasks while they come one by one sees those that are there", () => {
  const store = createTaskStore();
  const seen: string[] = [];
  store.subscribe(() => seen.push([...store.of("c")].map(({ taskId }) => taskId).join(" ")));
  store.setSources(new Map([["c", { members: [member("a"), member("b")], rank: 0 }]]));
  expect(seen).toEqual(["a", "a b"]);
});
