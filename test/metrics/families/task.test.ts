import { describe, expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import { taskFamilies, taskLabelNames, taskLabels } from "../../../src/metrics/families/task.ts";
import { recordsText } from "../../../src/metrics/family-text.ts";
import { type Status, statuses } from "../../../src/tasks/operation-log.ts";
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

/** The task's lines of one family, without what all of them begin with. */
function linesOf(name: string, task: TaskRecord): readonly string[] {
  const family = taskFamilies.filter((f) => f.name === name);
  const text = recordsText([task], family, taskLabels, "text");
  return sampleLines(text).map((line) => line.replace(`${name}{project="prod",task_id="t1"`, ""));
}

const failure = { reason: "timeout", message: "no whole answer within 10 s" } as const;
/** A task of which only 404s came. */
const only404s = record({ facts: { found: false, finalPolls: 0, statusSince: noon } });
const start = micros(1_558_621_896_007_230);
const end = micros(1_558_622_123_511_155);

describe.each<[string, readonly (readonly [string, TaskRecord, readonly string[]])[]]>([
  [
    "cbr_task_config_info",
    [
      ["from the configuration alone", record(), [',collector="nightly",name=""} 1']],
      [
        "name and extra labels",
        record({ origin: { collector: "c", name: 'a "b"', labels: { team: "x", zone: "" } } }),
        [',collector="c",name="a \\"b\\"",team="x",zone=""} 1'],
      ],
    ],
  ],
  [
    "cbr_task_info",
    [
      ["absent before the first good answer", record(), []],
      [
        "all there",
        answered({
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
        }),
        [
          ',operation_type="backup",resource_id="r",resource_name="ECS-0001",resource_type="OS::Nova::Server",vault_id="v",vault_name="vault",policy_id="p",checkpoint_id="c",provider_id="q",backup_id="b",backup_name="manualbk_1234"} 1',
        ],
      ],
      ["what is not known is empty", answered({}), [info("", "")]],
      ["the backup of a restore", answered({ restore: { id: "b" } }), [info("b", "")]],
      ["of a deletion", answered({ delete: { name: "n" } }), [info("", "n")]],
      ["of a replication", answered({ replication: { id: "b", name: "n" } }), [info("b", "n")]],
      ["a task that is not found keeps it", answered({ backup: { id: "b" } }, false), [info("b", "")]],
    ],
  ],
  [
    "cbr_task_status",
    [
      ["never answered", record(), status("unknown")],
      ["not found", answered({ status: "success" }, false), status("unknown")],
      ...statuses.map((is) => [is, answered({ status: is }), status(is)] as const),
    ],
  ],
  [
    "cbr_task_found",
    [
      ["absent before the first answer", record({ poll: { lastAt: noon, failure } }), []],
      ["found", answered({}), ["} 1"]],
      ["not found", answered({}, false), ["} 0"]],
    ],
  ],
  [
    "cbr_task_progress_ratio",
    [
      ["absent", answered({}), []],
      ["none yet", answered({ progress: 0 }), ["} 0"]],
      ["a third", answered({ progress: 33 }), ["} 0.33"]],
      ["all", answered({ progress: 100 }), ["} 1"]],
    ],
  ],
  [
    "cbr_task_duration_seconds",
    [
      ["absent before the end", answered({ startedAt: start }), []],
      ["absent without a start", answered({ endedAt: end }), []],
      ["absent when it would be negative", answered({ startedAt: end, endedAt: start }), []],
      ["the vendor's example", answered({ startedAt: start, endedAt: end }), ["} 227.503925"]],
      ["nothing", answered({ startedAt: end, endedAt: end }), ["} 0"]],
      ["a microsecond", answered({ startedAt: end, endedAt: micros(end + 1) }), ["} 0.000001"]],
    ],
  ],
  ["cbr_task_created_timestamp_seconds", times("createdAt")],
  ["cbr_task_started_timestamp_seconds", times("startedAt")],
  ["cbr_task_updated_timestamp_seconds", times("updatedAt")],
  ["cbr_task_ended_timestamp_seconds", times("endedAt")],
  [
    "cbr_task_error_info",
    [
      ["absent without an error", answered({}), []],
      ["absent without a code", answered({ error: { message: "fine" } }), []],
      [
        "the code, never the message",
        answered({ error: { code: "BackupService.6500", message: "m" } }),
        [',error_code="BackupService.6500"} 1'],
      ],
    ],
  ],
  [
    "cbr_task_app_consistent",
    [
      ["absent", answered({}), []],
      ["not", answered({ appConsistent: false }), ["} 0"]],
      ["consistent", answered({ appConsistent: true }), ["} 1"]],
    ],
  ],
  [
    "cbr_task_app_consistency_error_info",
    [
      ["absent", answered({ appConsistent: false }), []],
      ["absent without a code", answered({ appConsistencyError: { message: "ok" } }), []],
      ["the code", answered({ appConsistencyError: { code: "6040" } }), [',error_code="6040"} 1']],
    ],
  ],
  ["cbr_task_resources", counts("total")],
  ["cbr_task_failed_resources", counts("failed")],
  ["cbr_task_synced_backups", syncs("synced")],
  ["cbr_task_sync_deleted_backups", syncs("deleted")],
  ["cbr_task_sync_failed_backups", syncs("failed")],
  [
    "cbr_task_poll_success",
    [
      ["absent before the first poll", record(), []],
      ["good", record({ poll: { lastAt: noon } }), ["} 1"]],
      ["bad", record({ poll: { lastAt: noon, failure } }), ["} 0"]],
      ["a 404", record({ poll: { lastAt: noon, failure: { reason: "not_found", message: "" } } }), ["} 0"]],
    ],
  ],
  [
    "cbr_task_poll_last_success_timestamp_seconds",
    [
      ["absent", record({ poll: { lastAt: noon, failure } }), []],
      ["a time", record({ poll: { lastSuccessAt: micros(noon + 1) } }), ["} 1795521600.000001"]],
    ],
  ],
  [
    "cbr_task_poll_error_info",
    [
      ["absent", record({ poll: { lastAt: noon } }), []],
      ["the reason, never the message", record({ poll: { lastAt: noon, failure } }), [',reason="timeout"} 1']],
    ],
  ],
  [
    "cbr_task_poll_failing_since_timestamp_seconds",
    [
      ["absent", record({ poll: { lastAt: noon, failure } }), []],
      ["a time", record({ poll: { failingSince: noon } }), ["} 1795521600"]],
    ],
  ],
  [
    "cbr_task_status_since_timestamp_seconds",
    [
      ["absent before the first answer", record(), []],
      ["a time", answered({}), ["} 1795521600"]],
      ["of a task that was never there", only404s, ["} 1795521600"]],
    ],
  ],
  [
    "cbr_task_progress_rose_timestamp_seconds",
    [
      ["absent before the first answer", record(), []],
      ["absent before it ran", answered({ status: "running" }), []],
      ["while running", climbing("running"), ["} 1795521600"]],
      ["absent once it has ended", climbing("success"), []],
    ],
  ],
  [
    "cbr_task_finish_seen_timestamp_seconds",
    [
      ["absent", answered({ status: "success" }), []],
      ["absent before the first answer", record(), []],
      [
        "a time",
        record({ facts: { found: true, finalPolls: 0, statusSince: start, finishSeenAt: noon } }),
        ["} 1795521600"],
      ],
    ],
  ],
  [
    "cbr_task_superseded",
    [
      ["absent until it is judged", record({ finished: true }), []],
      ["superseded", record({ superseded: true }), ["} 1"]],
      ["not", record({ superseded: false }), ["} 0"]],
    ],
  ],
  [
    "cbr_task_poll_next_timestamp_seconds",
    [
      ["absent once finished", record({ finished: true }), []],
      ["a time", record({ poll: { nextAt: noon } }), ["} 1795521600"]],
    ],
  ],
])("%s", (name, cases) => {
  test.each(cases)("%s", (_, task, lines) => expect(linesOf(name, task)).toEqual(lines));
});

test("while only 404s came, there is nothing that the task itself would say", () => {
  const lines = recordsText([only404s], taskFamilies, taskLabels, "text");
  const names = sampleLines(lines).map((line) => line.slice(0, line.indexOf("{")));
  expect([...new Set(names)]).toEqual([
    ...["cbr_task_config_info", "cbr_task_status", "cbr_task_found", "cbr_task_status_since_timestamp_seconds"],
  ]);
});

function climbing(is: Status): TaskRecord {
  const climb = { roseAt: noon };
  return record({ facts: { log: { id: "t1", status: is }, found: true, finalPolls: 0, statusSince: start, climb } });
}

function info(id: string, name: string): string {
  const empty = [
    ...["operation_type", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"],
    ...["policy_id", "checkpoint_id", "provider_id"],
  ];
  return `,${empty.map((label) => `${label}=""`).join(",")},backup_id="${id}",backup_name="${name}"} 1`;
}

function status(is: Status): readonly string[] {
  return ["success", "skipped", "failed", "running", "timeout", "waiting", "unknown"].map(
    (name) => `,status="${name}"} ${name === is ? 1 : 0}`,
  );
}

type Cases = readonly (readonly [string, TaskRecord, readonly string[]])[];

function times(field: "createdAt" | "startedAt" | "updatedAt" | "endedAt"): Cases {
  return [
    ["absent", answered({}), []],
    ["in Unix seconds, to the microsecond", answered({ [field]: start }), ["} 1558621896.00723"]],
    ["1970 is a time", answered({ [field]: micros(0) }), ["} 0"]],
  ];
}

function counts(field: "total" | "failed"): Cases {
  return [
    ["absent", answered({}), []],
    ["of a removal of resources", answered({ removeResources: { [field]: 3 } }), ["} 3"]],
    ["of a vault's deletion", answered({ vaultDelete: { [field]: 0 } }), ["} 0"]],
    [
      "the other count alone gives none",
      answered({ vaultDelete: field === "total" ? { failed: 1 } : { total: 1 } }),
      [],
    ],
  ];
}

function syncs(field: "synced" | "deleted" | "failed"): Cases {
  return [
    ["absent", answered({}), []],
    ["absent beside another count", answered({ sync: field === "synced" ? { failed: 1 } : { synced: 1 } }), []],
    ["a count", answered({ sync: { [field]: 7 } }), ["} 7"]],
  ];
}

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
