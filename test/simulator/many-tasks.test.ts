import { expect, test } from "vitest";
import { manyTasks } from "../../src/simulator/many-tasks.ts";

const moment = { beganMs: Date.UTC(2026, 10, 24), elapsedMs: 1000, projectId: "p" };

test("ten thousand tasks have ids of their own and all states, the same ones for the same seed", () => {
  const tasks = manyTasks(10_000, 3);
  expect(new Set(tasks.map((task) => task.id)).size).toBe(10_000);
  const counts: Record<string, number> = {};
  for (const task of tasks) {
    const status = String(task.body(moment)["status"]);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  expect(Object.keys(counts).sort()).toEqual(["failed", "running", "skipped", "success", "timeout", "waiting"]);
  expect(counts["running"]).toBeGreaterThan(1000);
  expect(manyTasks(1, 3)[0]?.body(moment)).toEqual(tasks[0]?.body(moment));
  expect(manyTasks(1)[0]?.id).not.toBe(tasks[0]?.id);
});

test("each operation type carries its own part of extra_info", () => {
  for (const task of manyTasks(16)) {
    const part = { replication: "replication", restore: "restore", delete: "delete" }[task.operationType] ?? "backup";
    expect(task.body(moment)["extra_info"]).toHaveProperty(part);
  }
});
