import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { hasFailedPolls, isAskedBy, planRun } from "../../src/collect/plan.ts";
import type { TaskRecord } from "../../src/tasks/task-record.ts";
import { newYear } from "../support/manual-clock.ts";
import { origin, record } from "../support/task-records.ts";

const ago = (seconds: number) => micros(newYear - seconds * 1e6);
const timeout = { reason: "timeout", message: "slow" } as const;
const missing = { reason: "not_found", message: "gone" } as const;

test.each<[string, readonly TaskRecord[], string]>([
  ["nothing of nothing", [], ""],
  ["a new task", [record("a")], "a"],
  ["never a finished one", [record("a", { finished: true, poll: {} }), record("b")], "b"],
  ["not while its pause lasts", [record("a", { poll: { pause: { until: micros(newYear + 1) } } })], ""],
  ["from the moment its pause ends", [record("a", { poll: { pause: { until: newYear } } })], "a"],
  [
    "though its next poll is owed later: it is this run's turn",
    [record("a", { poll: { nextAt: micros(newYear + 9) } })],
    "a",
  ],
  [
    "the longest unasked first, the new ones before all",
    [record("a", { poll: { lastAt: ago(10) } }), record("b", { poll: { lastAt: ago(30) } }), record("c")],
    "c b a",
  ],
  [
    "the failed ones last, among them the longest unasked first",
    [
      record("a", { poll: { lastAt: ago(90), failingSince: ago(90), failure: timeout } }),
      record("b", { poll: { lastAt: ago(99), failingSince: ago(99), failure: timeout } }),
      record("c", { poll: { lastAt: ago(10) } }),
    ],
    "c b a",
  ],
  [
    "a task that is not found among the others",
    [record("a", { poll: { lastAt: ago(90), failure: missing } }), record("b", { poll: { lastAt: ago(10) } })],
    "a b",
  ],
  ["equals in the order of the configuration", [record("b"), record("a"), record("c")], "b a c"],
])("a run asks for %s", (_, records, order) => {
  expect(
    planRun(records, newYear)
      .map(({ taskId }) => taskId)
      .join(" "),
  ).toBe(order);
});

test.each<[string, Partial<TaskRecord["poll"]>, boolean]>([
  ["a failure", { failure: timeout, failingSince: newYear }, true],
  ["a 404", { failure: missing }, false],
  ["nothing", {}, false],
])("after %s polls fail: %s", (_, poll, is) => {
  expect(hasFailedPolls(record("a", { poll }))).toBe(is);
});

test.each<[string, TaskRecord | undefined, boolean]>([
  ["its own", record("a"), true],
  ["another one's", record("a", { origin: { ...origin, collector: "daily" } }), false],
  ["its own, polled by another shard", record("a", { origin: { ...origin, elsewhere: true } }), false],
  ["what has left", undefined, false],
])("of a collector's tasks, %s", (_, task, expected) => expect(isAskedBy("weekend", task)).toBe(expected));
