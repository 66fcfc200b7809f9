import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import { decodeShowOpLog } from "../../../src/cbr/answers/operation-log.ts";
import { vendorExample, vendorProjectId } from "../../../src/simulator/tasks/sim-task.ts";
import type { OperationLog } from "../../../src/tasks/operation-log.ts";
import { afterAnswer, durationOf, isFinished } from "../../../src/tasks/rules.ts";
import { newYear } from "../../support/manual-clock.ts";

const id = "4827f2da-b008-4507-ab7d-42d0df5ed912";

/** 2026-06-01T12:00:00Z. */
const latest = micros(1_780_315_200_000_000);

/** Decodes an operation log, with the paths of its unusable fields. */
function decoded(log: object): { log: OperationLog; invalid: readonly string[] } {
  const result = decodeShowOpLog({ operation_log: log }, id, latest);
  if (!("log" in result)) throw new Error(result.unusable);
  return { log: result.log, invalid: result.invalidFields };
}

/** An object that holds `value` at a dotted path. */
function at(path: string, value: unknown): Record<string, unknown> {
  const [name = "", ...rest] = path.split(".");
  return { [name]: rest.length > 0 ? at(rest.join("."), value) : value };
}

test("the vendor's example, field by field", () => {
  const { log, invalid } = decoded(vendorExample.body({ beganMs: 0, elapsedMs: 0, projectId: vendorProjectId }));
  expect(invalid).toEqual([]);
  expect(log).toEqual({
    id,
    status: "success",
    operationType: "backup",
    createdAt: 1_558_621_896_039_365,
    startedAt: 1_558_621_896_007_230,
    updatedAt: 1_558_622_123_584_418,
    endedAt: 1_558_622_123_511_155,
    providerId: "0daac4c5-6707-4851-97ba-169e36266b66",
    checkpointId: "b432511f-d889-428f-8b0e-5f47c524c6b6",
    progress: 100,
    requestId: "req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc",
    resourceId: "1dab32fa-ebf2-415a-ab0b-eabe6353bc86",
    resourceName: "ECS-0001",
    resourceType: "OS::Nova::Server",
    backup: { id: "0e5d0ef6-7f0a-4890-b98c-cb12490e31c1", name: "manualbk_1234" },
  });
  expect(durationOf(log)).toBe(227_503_925);
});

const textPaths = [
  "operation_type",
  "provider_id",
  "policy_id",
  "checkpoint_id",
  "vault_id",
  "vault_name",
  "error_info.code",
  "error_info.message",
  "extra_info.common.request_id",
  "extra_info.resource.id",
  "extra_info.resource.name",
  "extra_info.resource.type",
  "extra_info.backup.backup_id",
  "extra_info.backup.backup_name",
  "extra_info.backup.app_consistency_error_code",
  "extra_info.backup.app_consistency_error_message",
  "extra_info.restore.backup_id",
  "extra_info.restore.backup_name",
  "extra_info.delete.backup_id",
  "extra_info.delete.backup_name",
  "extra_info.replication.source_backup_id",
  "extra_info.replication.source_backup_name",
  "extra_info.replication.destination_project_id",
  "extra_info.replication.destination_region",
  "extra_info.restore.target_resource_id",
];
const timePaths = ["created_at", "started_at", "updated_at", "ended_at"];
const countPaths = [
  "extra_info.sync.sync_backup_num",
  "extra_info.sync.delete_backup_num",
  "extra_info.sync.err_sync_backup_num",
  "extra_info.remove_resources.total_count",
  "extra_info.remove_resources.fail_count",
  "extra_info.vault_delete.total_count",
  "extra_info.vault_delete.fail_count",
  "extra_info.vault_delete.total_delete_count",
  "extra_info.vault_delete.fail_delete_count",
];
const partPaths = [
  "error_info",
  "extra_info",
  "extra_info.common",
  "extra_info.resource",
  "extra_info.backup",
  "extra_info.sync",
  "extra_info.restore",
  "extra_info.delete",
  "extra_info.replication",
  "extra_info.remove_resources",
  "extra_info.vault_delete",
];
const progress = "extra_info.common.progress";
const consistency = "extra_info.backup.app_consistency_status";
const everyPath = ["id", "status", ...textPaths, ...timePaths, ...countPaths, ...partPaths, progress, consistency];

describe.each(everyPath)("%s", (path) => {
  test.each([[null], [""], [undefined]])("is simply not there when it is %j", (value) => {
    expect(decoded(at(path, value))).toEqual({ log: { id, status: "unknown" }, invalid: [] });
  });
});

describe("a value that cannot be used leaves out its own field alone, and is counted by its path", () => {
  const malformed: [string, string, unknown][] = [
    ...textPaths.flatMap((path): [string, string, unknown][] => [
      [path, "a boolean", true],
      [path, "a list", ["x"]],
      [path, "an object", { x: 1 }],
      [path, "a text of 1025 characters", "x".repeat(1025)],
    ]),
    ...timePaths.flatMap((path): [string, string, unknown][] => [
      [path, "no time", "yesterday"],
      [path, "a number", 1_558_621_896],
      [path, "a list of one", ["2026-01-01T00:00:00"]],
      [path, "an object", {}],
      [path, "the last moment before the year 2000", "1999-12-31T23:59:59.999999"],
      [path, "the year 2000 in the east alone", "2000-01-01T07:59:59+08:00"],
      [path, "a microsecond after the latest", "2026-06-01T12:00:00.000001"],
      [path, "a machine's own beginning", "1970-01-01T00:00:00Z"],
      [path, "a year far away", "2200-01-01T00:00:00"],
    ]),
    ...[...countPaths, progress].flatMap((path): [string, string, unknown][] => [
      [path, "below 0", -1],
      [path, "no digits", "many"],
      [path, "digits with a sign", "-1"],
      [path, "a boolean", true],
      [path, "a list", [1]],
    ]),
    ...countPaths.flatMap((path): [string, string, unknown][] => [
      [path, "a fraction", 1.5],
      [path, "more than can be held exactly", 2 ** 53],
    ]),
    [progress, "over 100", 101],
    [progress, "over 100 in digits", "101"],
    [consistency, "neither yes nor no", "2"],
    [consistency, "a number of neither", 2],
    ["status", "a number", 3],
    ["id", "a number", 3],
    ["error_info.code", "a fraction", 1.5],
    ...partPaths.flatMap((path): [string, string, unknown][] => [
      [path, "a text", "none"],
      [path, "a list", []],
      [path, "a number", 0],
    ]),
  ];

  test.each(malformed)("%s: %s", (path, _, value) => {
    const sibling = path.startsWith("extra_info") || path === "vault_name" ? {} : { vault_name: "v" };
    const { log, invalid } = decoded({ ...sibling, ...at(path, value) });
    expect(invalid).toEqual([path]);
    expect(log).toEqual({ id, status: "unknown", ...("vault_name" in sibling && { vaultName: "v" }) });
  });
});

describe("readings", () => {
  test.each<[string, object, Partial<OperationLog>]>([
    ["a status this version does not know is not invalid", { status: "paused" }, { status: "unknown" }],
    ["a status is spelt exactly", { status: "Success" }, { status: "unknown" }],
    [
      "a new operation type is any text",
      { operation_type: "migrate_resources" },
      { operationType: "migrate_resources" },
    ],
    ["progress in digits", at(progress, "42"), { progress: 42 }],
    ["progress 0", at(progress, 0), { progress: 0 }],
    ["progress with a fraction", at(progress, 99.5), { progress: 99.5 }],
    ["counts in digits", at("extra_info.sync.sync_backup_num", "7"), { sync: { synced: 7 } }],
    [
      "all counts of a sync",
      at("extra_info.sync", { sync_backup_num: 3, delete_backup_num: 0, err_sync_backup_num: 1 }),
      { sync: { synced: 3, deleted: 0, failed: 1 } },
    ],
    [
      "remove_resources",
      at("extra_info.remove_resources", { total_count: 5, fail_count: 2, resources: [{}] }),
      { removeResources: { total: 5, failed: 2 } },
    ],
    [
      "vault_delete",
      at("extra_info.vault_delete", { total_count: 5, fail_count: 2 }),
      { vaultDelete: { total: 5, failed: 2 } },
    ],
    [
      "vault_delete in its other spelling",
      at("extra_info.vault_delete", { total_delete_count: "5", fail_delete_count: 0 }),
      { vaultDelete: { total: 5, failed: 0 } },
    ],
    [
      "vault_delete in both spellings",
      at("extra_info.vault_delete", { total_count: 4, total_delete_count: 5 }),
      { vaultDelete: { total: 4 } },
    ],
    [
      "an error",
      { error_info: { code: "BackupService.9", message: "no" } },
      { error: { code: "BackupService.9", message: "no" } },
    ],
    ["an error whose code is a number", { error_info: { code: 5, message: "" } }, { error: { code: "5" } }],
    ["no error: code 0", { error_info: { code: "0", message: "" } }, {}],
    ["no error: the number 0", { error_info: { code: 0 } }, {}],
    ["no error, but words", { error_info: { code: "", message: "ok" } }, { error: { message: "ok" } }],
    [
      "an ordinary backup's consistency",
      at("extra_info.backup", {
        app_consistency_status: "0",
        app_consistency_error_code: "0",
        app_consistency_error_message: "",
      }),
      { appConsistent: false },
    ],
    [
      "a failed consistency",
      at("extra_info.backup", {
        app_consistency_status: "0",
        app_consistency_error_code: "Agent.1",
        app_consistency_error_message: "off",
      }),
      { appConsistent: false, appConsistencyError: { code: "Agent.1", message: "off" } },
    ],
    ["consistency 1", at(consistency, "1"), { appConsistent: true }],
    ["consistency as the number 1", at(consistency, 1), { appConsistent: true }],
    ["consistency as the number 0", at(consistency, 0), { appConsistent: false }],
    ["consistency true", at(consistency, true), { appConsistent: true }],
    ["consistency false", at(consistency, false), { appConsistent: false }],
    ['consistency "true"', at(consistency, "true"), { appConsistent: true }],
    ['consistency "false"', at(consistency, "false"), { appConsistent: false }],
    [
      "a replication's source",
      at("extra_info.replication", { source_backup_id: "b", destination_backup_id: "d" }),
      { replication: { id: "b" } },
    ],
    ["a restore's backup", at("extra_info.restore.backup_name", "b"), { restore: { name: "b" } }],
    ["a deleted backup", at("extra_info.delete.backup_id", "b"), { delete: { id: "b" } }],
    ["a name of any script", at("extra_info.resource.name", "服务器 🖥"), { resourceName: "服务器 🖥" }],
    ["a name of 1024 characters", { vault_name: "x".repeat(1024) }, { vaultName: "x".repeat(1024) }],
    ["half a character, which UTF-8 cannot say", { vault_name: "a\ud800b" }, { vaultName: "a\ufffdb" }],
    ["fields that nobody knows", { hue: 7, extra_info: { new_part: { x: 1 } } }, {}],
    ["names that every object inherits", { extra_info: { resource: JSON.parse('{"__proto__": {"id": "x"}}') } }, {}],
    ["the id in capitals", { id: id.toUpperCase() }, {}],
  ])("%s", (_, answer, part) => {
    expect(decoded(answer)).toEqual({ log: { id, status: "unknown", ...part }, invalid: [] });
  });
});

test("a task that ends before it starts keeps both times, has no duration, and counts as an unusable ended_at", () => {
  const { log, invalid } = decoded({ started_at: "2026-01-01T00:00:01", ended_at: "2026-01-01T00:00:00" });
  expect(invalid).toEqual(["ended_at"]);
  expect([log.startedAt, log.endedAt]).toEqual([1_767_225_601_000_000, 1_767_225_600_000_000]);
  expect(durationOf(log)).toBeUndefined();
});

describe("times", () => {
  test.each([
    ["2000-01-01T00:00:00", 946_684_800_000_000],
    ["1999-12-31T16:00:00-08:00", 946_684_800_000_000],
    ["2026-06-01T12:00:00.0000009", latest],
    ["2026-06-01T20:00:00+08:00", latest],
  ])("%s is just good", (text, time) => {
    const { log, invalid } = decoded(Object.fromEntries(timePaths.map((path) => [path, text])));
    expect(invalid).toEqual([]);
    expect([log.createdAt, log.startedAt, log.updatedAt, log.endedAt]).toEqual([time, time, time, time]);
  });

  test("one is taken exactly when it lies from the year 2000 to the latest that may be", () => {
    const moment = fc.date({ min: new Date("1900-01-01"), max: new Date("2250-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(moment, moment, fc.constantFrom(...timePaths), (time, last, path) => {
        const limit = micros(last.getTime() * 1000);
        const result = decodeShowOpLog({ operation_log: { [path]: time.toISOString() } }, id, limit);
        const isGood = time.getTime() >= Date.UTC(2000, 0, 1) && time <= last;
        expect("log" in result && result.invalidFields).toEqual(isGood ? [] : [path]);
        expect("log" in result && Object.keys(result.log)).toHaveLength(isGood ? 3 : 2);
      }),
    );
  });

  test("an end that is malformed counts as missing: there is no duration, and it is waited for", () => {
    const { log, invalid } = decoded({
      status: "success",
      started_at: "2026-01-01T00:00:00",
      ended_at: "2226-01-01T00:00:00",
    });
    expect(invalid).toEqual(["ended_at"]);
    expect(durationOf(log)).toBeUndefined();
    expect(isFinished(afterAnswer(undefined, log, newYear))).toBe(false);
  });
});

test("a task that ends as it starts lasted for nothing", () => {
  const { log, invalid } = decoded({ started_at: "2026-01-01T00:00:00", ended_at: "2026-01-01T00:00:00" });
  expect([durationOf(log), invalid]).toEqual([0, []]);
});

test.each([
  ["null", null],
  ["a text", "x"],
  ["a number", 1],
  ["a list", []],
  ["an empty object", {}],
  ["no operation log", { operation_log: null }],
  ["a list for the operation log", { operation_log: [] }],
  ["a text for the operation log", { operation_log: "{}" }],
  ["an operation log at the top", { id, status: "success" }],
])("%s is no answer", (_, answer) => {
  expect(decodeShowOpLog(answer, id, latest)).toEqual({ unusable: "the answer holds no operation_log object" });
});

test("what is not JSON is no answer", () => {
  expect(decodeShowOpLog(undefined, id, latest)).toEqual({ unusable: "the answer is not JSON" });
});

test("an answer about another task is none", () => {
  expect(decodeShowOpLog({ operation_log: { id: "another" } }, id, latest)).toEqual({
    unusable: "the answer is about another task",
  });
});

test("an empty operation log is an answer of which nothing is known", () => {
  expect(decoded({})).toEqual({ log: { id, status: "unknown" }, invalid: [] });
});

describe("an answer of any shape gives a task or the reason why it is none, and nothing throws", () => {
  /** Any value at every documented path. */
  const shaped = fc
    .array(fc.tuple(fc.constantFrom(...everyPath), fc.anything()), { maxLength: 12 })
    .map((fields) => ({ operation_log: fields.reduce((log, [path, value]) => merged(log, at(path, value)), {}) }));

  test.each([
    ["anything", fc.anything()],
    ["any JSON", fc.jsonValue()],
    ["anything as the operation log", fc.record({ operation_log: fc.anything() })],
    ["anything at documented places", shaped],
  ])("%s", (_, answers) => {
    fc.assert(
      fc.property(answers, (answer) => {
        const result = decodeShowOpLog(answer, id, latest);
        if ("unusable" in result) {
          expect(result.unusable).not.toBe("");
          return;
        }
        expect(result.log.id).toBe(id);
        expect(Object.isFrozen(result.log)).toBe(true);
        for (const field of result.invalidFields) expect(everyPath).toContain(field);
        for (const value of Object.values(result.log))
          expect(value).not.toSatisfy((v) => v === null || v === "" || v === undefined);
      }),
    );
  });
});

function merged(a: object, b: object): object {
  const both: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = both[key];
    both[key] = isPlain(old) && isPlain(value) ? merged(old, value) : value;
  }
  return both;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

test.each(["12 ", " 12", "12x"])("a count must be digits alone: %j", (total_count) => {
  const { invalid } = decoded({ status: "running", extra_info: { remove_resources: { total_count } } });
  expect(invalid).toEqual(["extra_info.remove_resources.total_count"]);
});
