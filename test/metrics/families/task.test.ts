import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import { mostTaskSeries, taskFamilies, taskLabelNames, taskLabels } from "../../../src/metrics/families/task.ts";
import { recordsText } from "../../../src/metrics/family-text.ts";
import type { OperationLog, Status } from "../../../src/tasks/operation-log.ts";
import type { TaskRecord } from "../../../src/tasks/task-record.ts";
import { answered, noon, record, sampleLines } from "../support.ts";

/** The contract's task families, in its order, with their labels on top of `project` and `task_id`. */
const contract: readonly (readonly [string, readonly string[]])[] = [
  ["cbr_task_config_info", ["collector", "name"]],
  [
    "cbr_task_info",
    [
      ...["operation_type", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"],
      ...["policy_id", "checkpoint_id", "provider_id", "backup_id", "backup_name"],
    ],
  ],
  ["cbr_task_status", ["status"]],
  ["cbr_task_found", []],
  ["cbr_task_progress_ratio", []],
  ["cbr_task_duration_seconds", []],
  ["cbr_task_created_timestamp_seconds", []],
  ["cbr_task_started_timestamp_seconds", []],
  ["cbr_task_updated_timestamp_seconds", []],
  ["cbr_task_ended_timestamp_seconds", []],
  ["cbr_task_error_info", ["error_code"]],
  ["cbr_task_app_consistent", []],
  ["cbr_task_app_consistency_error_info", ["error_code"]],
  ["cbr_task_resources", []],
  ["cbr_task_failed_resources", []],
  ["cbr_task_synced_backups", []],
  ["cbr_task_sync_deleted_backups", []],
  ["cbr_task_sync_failed_backups", []],
  ["cbr_task_poll_success", []],
  ["cbr_task_poll_last_success_timestamp_seconds", []],
  ["cbr_task_poll_error_info", ["reason"]],
  ["cbr_task_poll_failing_since_timestamp_seconds", []],
  ["cbr_task_status_since_timestamp_seconds", []],
  ["cbr_task_progress_rose_timestamp_seconds", []],
  ["cbr_task_finish_seen_timestamp_seconds", []],
  ["cbr_task_superseded", []],
  ["cbr_task_poll_next_timestamp_seconds", []],
];

test("the families are those of the contract, with its labels", () => {
  expect(taskFamilies.map(({ name, labelNames }) => [name, labelNames])).toEqual(contract);
  const withMore = taskFamilies.filter(({ hasExtraLabels }) => hasExtraLabels);
  expect(withMore.map(({ name }) => name)).toEqual(["cbr_task_config_info"]);
});

test("the label names are those of the task families and of cbr_resource_info", () => {
  const ofTasks = ["project", "task_id", ...contract.flatMap(([, labelNames]) => labelNames)];
  const ofResources = ["project", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"];
  expect(taskLabelNames).toEqual(new Set([...ofTasks, ...ofResources]));
});

test("no task of an eventful day has more series than the most", () => {
  const scrape = readFileSync(new URL("../../fixtures/eventful-day.prom", import.meta.url), "utf8");
  const series = new Map<string, number>();
  for (const [, id = ""] of scrape.matchAll(/^cbr_task_\w+\{.*task_id="([^"]*)"/gm)) {
    series.set(id, (series.get(id) ?? 0) + 1);
  }
  const most = Math.max(...series.values());
  expect(most).toBeLessThanOrEqual(mostTaskSeries);
  expect(most).toBeGreaterThan(mostTaskSeries / 2);
});

/** The task's lines of one family, without what all of them begin with. */
function linesOf(name: string, task: TaskRecord): readonly string[] {
  const family = taskFamilies.filter((f) => f.name === name);
  const text = recordsText([task], family, taskLabels, "text");
  return sampleLines(text).map((line) => line.replace(`${name}{project="prod",task_id="t1"`, ""));
}

const failure = { reason: "timeout", message: "no whole answer within 10 s" } as const;
const start = micros(1_558_621_896_007_230);
const end = micros(1_558_622_123_511_155);

function info(id: string, name: string): string {
  const empty = [
    ...["operation_type", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"],
    ...["policy_id", "checkpoint_id", "provider_id"],
  ];
  return `,${empty.map((label) => `${label}=""`).join(",")},backup_id="${id}",backup_name="${name}"} 1`;
}

/** What the cloud said of a task whose progress rose, and what is seen of its end. */
const climbing = (is: Status): TaskRecord =>
  record({
    facts: {
      log: { id: "t1", status: is },
      found: true,
      finalPolls: 0,
      statusSince: start,
      climb: { roseAt: noon },
      finishSeenAt: noon,
    },
  });

const everything: Partial<OperationLog> = {
  operationType: "backup",
  resourceId: "r",
  resourceName: "ECS-0001",
  resourceType: "OS::Nova::Server",
  vaultId: "v",
  vaultName: "vault",
  policyId: "p",
  checkpointId: "c",
  providerId: "q",
  backup: { id: "b", name: "manualbk_1234" },
  restore: { id: "other", name: "other" },
};

/** Cases beside those of the golden files, which show each family, and where it is absent. */
test.each<[string, string, TaskRecord, readonly string[]]>([
  [
    "cbr_task_info",
    "all there",
    answered(everything),
    [
      ',operation_type="backup",resource_id="r",resource_name="ECS-0001",resource_type="OS::Nova::Server",vault_id="v",vault_name="vault",policy_id="p",checkpoint_id="c",provider_id="q",backup_id="b",backup_name="manualbk_1234"} 1',
    ],
  ],
  ["cbr_task_info", "what is not known is empty", answered({}), [info("", "")]],
  ["cbr_task_info", "the backup of a restore", answered({ restore: { id: "b" } }), [info("b", "")]],
  ["cbr_task_info", "of a deletion", answered({ delete: { name: "n" } }), [info("", "n")]],
  ["cbr_task_info", "of a replication", answered({ replication: { id: "b", name: "n" } }), [info("b", "n")]],
  ["cbr_task_info", "not found any more", answered({ backup: { id: "b" } }, false), [info("b", "")]],
  ["cbr_task_progress_ratio", "none yet", answered({ progress: 0 }), ["} 0"]],
  ["cbr_task_progress_ratio", "all", answered({ progress: 100 }), ["} 1"]],
  ["cbr_task_duration_seconds", "without a start", answered({ endedAt: end }), []],
  ["cbr_task_duration_seconds", "negative", answered({ startedAt: end, endedAt: start }), []],
  [
    "cbr_task_duration_seconds",
    "a microsecond",
    answered({ startedAt: end, endedAt: micros(end + 1) }),
    ["} 0.000001"],
  ],
  ["cbr_task_created_timestamp_seconds", "1970 is a time", answered({ createdAt: micros(0) }), ["} 0"]],
  ["cbr_task_started_timestamp_seconds", "1970 is a time", answered({ startedAt: micros(0) }), ["} 0"]],
  ["cbr_task_updated_timestamp_seconds", "1970 is a time", answered({ updatedAt: micros(0) }), ["} 0"]],
  ["cbr_task_ended_timestamp_seconds", "to the microsecond", answered({ endedAt: start }), ["} 1558621896.00723"]],
  ["cbr_task_error_info", "without a code", answered({ error: { message: "fine" } }), []],
  ["cbr_task_app_consistency_error_info", "no code", answered({ appConsistencyError: { message: "ok" } }), []],
  ["cbr_task_resources", "the other count alone", answered({ vaultDelete: { failed: 1 } }), []],
  ["cbr_task_failed_resources", "the other count alone", answered({ vaultDelete: { total: 1 } }), []],
  ["cbr_task_synced_backups", "another count alone", answered({ sync: { failed: 1 } }), []],
  ["cbr_task_sync_deleted_backups", "another count alone", answered({ sync: { synced: 1 } }), []],
  ["cbr_task_sync_failed_backups", "another count alone", answered({ sync: { synced: 1 } }), []],
  ["cbr_task_progress_rose_timestamp_seconds", "while running", climbing("running"), ["} 1795521600"]],
  ["cbr_task_progress_rose_timestamp_seconds", "once it has ended", climbing("success"), []],
  ["cbr_task_finish_seen_timestamp_seconds", "not seen", answered({ status: "success" }), []],
  ["cbr_task_finish_seen_timestamp_seconds", "seen", climbing("success"), ["} 1795521600"]],
  ["cbr_task_superseded", "not judged", record({ finished: true }), []],
  ["cbr_task_superseded", "superseded", record({ superseded: true }), ["} 1"]],
  ["cbr_task_superseded", "not", record({ superseded: false }), ["} 0"]],
])("%s: %s", (name, _, task, lines) => expect(linesOf(name, task)).toEqual(lines));

test("label sets never change during a task's life, but for those of the info metrics", () => {
  const life = [
    record(),
    record({ poll: { lastAt: noon, failure } }),
    answered({ status: "waiting" }),
    answered({ status: "running", progress: 40, startedAt: start, sync: { synced: 1 } }),
    answered({ status: "failed", error: { code: "1" }, startedAt: start, endedAt: end }, false),
    { ...answered({ status: "success", startedAt: start, endedAt: end }), finished: true },
  ];
  for (const family of taskFamilies) {
    const sets = life.map((task) => family.samples(task).map(({ labels = {} }) => labels));
    for (const set of sets.flat()) {
      expect(Object.keys(set)).toEqual(family.labelNames);
    }
    if (family.name.endsWith("_info")) continue;
    const [first, ...others] = sets.filter((set) => set.length > 0).map((set) => JSON.stringify(set));
    expect(new Set(others)).toEqual(new Set(others.length > 0 ? [first] : []));
  }
});
