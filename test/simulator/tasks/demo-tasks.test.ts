import { expect, test } from "vitest";
import { demoIds, demoPlan } from "../../../src/simulator/tasks/demo-plan.ts";
import { demoTasks } from "../../../src/simulator/tasks/demo-tasks.ts";
import { manyTasks } from "../../../src/simulator/tasks/many-tasks.ts";

const beganMs = Date.UTC(2026, 10, 24, 12);

function bodyAt(id: string, seconds: number, seed = 1): Record<string, never> {
  const task = demoTasks(seed).find((candidate) => candidate.id === id);
  return task?.body({ beganMs, elapsedMs: seconds * 1000, projectId: "p" }) as Record<string, never>;
}

test.each([
  ["movingBackup", "waiting", "running", "running", "success"],
  ["inconsistentBackup", "success", "success", "success", "success"],
  ["longBackup", "running", "running", "running", "running"],
  ["waitingBackup", "waiting", "waiting", "waiting", "waiting"],
  ["skippedBackup", "skipped", "skipped", "skipped", "skipped"],
  ["restore", "waiting", "running", "success", "success"],
  ["failingReplication", "waiting", "running", "failed", "failed"],
  ["copy", "waiting", "running", "timeout", "timeout"],
  ["sync", "waiting", "running", "running", "success"],
  ["delete", "success", "success", "success", "success"],
  ["vaultDelete", "failed", "failed", "failed", "failed"],
  ["removeResource", "waiting", "running", "running", "success"],
  ["paused", "paused", "paused", "paused", "paused"],
] as const)("the life of %s: %s, after 10 s %s, after 30 s %s, after 5 min %s", (name, ...expected) => {
  for (const seed of [1, 2, 3, 99]) {
    const statuses = [0, 10, 30, 300].map((seconds) => String(bodyAt(demoIds[name], seconds, seed)["status"]));
    expect(statuses).toEqual(expected);
  }
});

test("every operation type is there, and one that the vendor's page does not know", () => {
  expect([...new Set(demoTasks().map(({ id }) => String(bodyAt(id, 0)["operation_type"])))].sort()).toEqual([
    "backup",
    "copy",
    "delete",
    "migrate_resources",
    "remove_resource",
    "replication",
    "restore",
    "sync",
    "vault_delete",
  ]);
});

test("the same seed gives the same tasks", () => {
  for (const { id } of demoTasks()) expect(bodyAt(id, 12, 7)).toEqual(bodyAt(id, 12, 7));
  expect(bodyAt(demoIds.movingBackup, 60, 1)).not.toEqual(bodyAt(demoIds.movingBackup, 60, 2));
});

test.each([
  ["movingBackup", { backup: { app_consistency_status: "1", app_consistency_error_code: "0" } }],
  ["inconsistentBackup", { backup: { app_consistency_status: "0", app_consistency_error_code: "BackupService.4002" } }],
  ["restore", { restore: { target_resource_name: "決済サーバー01" } }],
  ["failingReplication", { replication: { source_region: "ap-southeast-1", destination_region: "ap-southeast-3" } }],
  ["copy", { backup: { backup_name: "manualbk_home" } }],
  ["sync", { sync: { sync_backup_num: 12, delete_backup_num: 3, err_sync_backup_num: 1 } }],
  ["delete", { delete: { backup_name: "manualbk_before-upgrade" } }],
  ["vaultDelete", { vault_delete: { fail_count: 2, total_count: 5 } }],
  ["removeResource", { remove_resources: { fail_count: 1, total_count: 3 } }],
] as const)("extra_info of %s once it has ended", (name, parts) => {
  expect(bodyAt(demoIds[name], 300)["extra_info"]).toMatchObject(parts);
});

test("two tasks write their times in the other documented spellings", () => {
  expect(bodyAt(demoIds.delete, 0)["ended_at"]).toMatch(/\.\d{3}\+00:00$/);
  expect(bodyAt(demoIds.vaultDelete, 0)["ended_at"]).toMatch(/:\d\dZ$/);
  expect(bodyAt(demoIds.skippedBackup, 0)["ended_at"]).toMatch(/\.\d{6}$/);
});

test("the plan polls every demo task once, and one that the cloud does not know", () => {
  const planned = demoPlan.flatMap(({ tasks = [] }) => tasks.map(({ id }) => id));
  expect(planned.sort()).toEqual([...demoTasks().map(({ id }) => id), demoIds.unknown].sort());
});

test("ten thousand generated tasks have ids of their own and all states, the same ones for the same seed", () => {
  const moment = { beganMs, elapsedMs: 1000, projectId: "p" };
  const tasks = manyTasks(10_000, 3);
  expect(new Set(tasks.map((task) => task.id)).size).toBe(10_000);
  const statuses = new Set(tasks.map((task) => task.body(moment)["status"]));
  expect([...statuses].sort()).toEqual(["failed", "running", "skipped", "success", "timeout", "waiting"]);
  expect(manyTasks(1, 3)[0]?.body(moment)).toEqual(tasks[0]?.body(moment));
  expect(manyTasks(1)[0]?.id).not.toBe(tasks[0]?.id);
});
