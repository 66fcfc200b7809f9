import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject } from "../../../src/base/json.ts";
import { micros } from "../../../src/base/micros.ts";
import { decodeShowOpLog } from "../../../src/cbr/answers/operation-log.ts";
import { parseTime } from "../../../src/cbr/answers/time.ts";
import { vendorExample, vendorProjectId } from "../../../src/simulator/tasks/sim-task.ts";
import type { OperationLog } from "../../../src/tasks/operation-log.ts";
import { afterAnswer, durationOf, isFinished } from "../../../src/tasks/rules.ts";
import { newYear } from "../../support/manual-clock.ts";

const id = "4827f2da-b008-4507-ab7d-42d0df5ed912";

/** 2026-06-01T12:00:00Z. */
const latest = micros(1_780_315_200_000_000);
const context = { latest, intern: (text: string) => text };

/** Decodes an operation log, with the paths of its unusable fields. */
function decoded(log: object): { log: OperationLog; invalid: readonly string[] } {
  const result = decodeShowOpLog({ operation_log: log }, id, context);
  if (!("log" in result)) throw new Error(result.unusable);
  return { log: result.log, invalid: result.invalidFields };
}

/** Puts `value` at a dotted path, in objects that are made on the way. @returns the object */
function at(path: string, value: unknown, object: Record<string, unknown> = {}): Record<string, unknown> {
  const [name = "", ...rest] = path.split(".");
  const inner = object[name];
  object[name] = rest.length > 0 ? at(rest.join("."), value, isObject(inner) ? { ...inner } : {}) : value;
  return object;
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
    resourceId: "1dab32fa-ebf2-415a-ab0b-eabe6353bc86",
    resourceName: "ECS-0001",
    resourceType: "OS::Nova::Server",
    backup: { id: "0e5d0ef6-7f0a-4890-b98c-cb12490e31c1", name: "manualbk_1234" },
  });
  expect(durationOf(log)).toBe(227_503_925);
});

function pathsOf(parts: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(parts).flatMap(([part, names]) => names.map((name) => (part ? `${part}.${name}` : name)));
}

const textPaths = pathsOf({
  "": ["operation_type", "provider_id", "policy_id", "checkpoint_id", "vault_id", "vault_name"],
  error_info: ["code", "message"],
  "extra_info.resource": ["id", "name", "type"],
  "extra_info.backup": ["backup_id", "backup_name", "app_consistency_error_code", "app_consistency_error_message"],
  "extra_info.restore": ["backup_id", "backup_name", "target_resource_id"],
  "extra_info.delete": ["backup_id", "backup_name"],
  "extra_info.replication": ["source_backup_id", "source_backup_name", "destination_project_id", "destination_region"],
});
const timePaths = ["created_at", "started_at", "updated_at", "ended_at"];
const countPaths = pathsOf({
  "extra_info.sync": ["sync_backup_num", "delete_backup_num", "err_sync_backup_num"],
  "extra_info.remove_resources": ["total_count", "fail_count"],
  "extra_info.vault_delete": ["total_count", "fail_count", "total_delete_count", "fail_delete_count"],
});
const partPaths = pathsOf({
  "": ["error_info", "extra_info"],
  extra_info: ["common", "resource", "backup", "sync", "restore", "delete", "replication"],
}).concat("extra_info.remove_resources", "extra_info.vault_delete");
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
      [path, "digits and a blank", "12 "],
      [path, "a blank and digits", " 12"],
      [path, "digits and a letter", "12x"],
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

const extra = (part: string, fields: object) => ({ extra_info: { [part]: fields } });

test.each<[object, Partial<OperationLog>]>([
  // What this version does not know is not invalid.
  [{ status: "paused" }, { status: "unknown" }],
  [{ status: "Success" }, { status: "unknown" }],
  [{ operation_type: "migrate_resources" }, { operationType: "migrate_resources" }],
  [{ hue: 7, extra_info: { new_part: { x: 1 } } }, {}],
  // Numbers may come in digits.
  [at(progress, "42"), { progress: 42 }],
  [at(progress, 0), { progress: 0 }],
  [at(progress, 99.5), { progress: 99.5 }],
  [extra("sync", { sync_backup_num: "7" }), { sync: { synced: 7 } }],
  [
    extra("sync", { sync_backup_num: 3, delete_backup_num: 0, err_sync_backup_num: 1 }),
    { sync: { synced: 3, deleted: 0, failed: 1 } },
  ],
  [extra("remove_resources", { total_count: 5, fail_count: 2 }), { removeResources: { total: 5, failed: 2 } }],
  // The vendor's pages spell these in both ways.
  [extra("vault_delete", { total_count: 5, fail_count: 2 }), { vaultDelete: { total: 5, failed: 2 } }],
  [extra("vault_delete", { total_delete_count: "5", fail_delete_count: 0 }), { vaultDelete: { total: 5, failed: 0 } }],
  [extra("vault_delete", { total_count: 4, total_delete_count: 5 }), { vaultDelete: { total: 4 } }],
  // A code of 0 is no error.
  [{ error_info: { code: "Backup.9", message: "no" } }, { error: { code: "Backup.9", message: "no" } }],
  [{ error_info: { code: 5, message: "" } }, { error: { code: "5" } }],
  [{ error_info: { code: "0", message: "" } }, {}],
  [{ error_info: { code: 0 } }, {}],
  [{ error_info: { code: "", message: "ok" } }, { error: { message: "ok" } }],
  [extra("backup", { app_consistency_status: "0", app_consistency_error_code: "0" }), { appConsistent: false }],
  [
    extra("backup", { app_consistency_error_code: "Agent.1", app_consistency_error_message: "off" }),
    { appConsistencyError: { code: "Agent.1", message: "off" } },
  ],
  ...[1, "1", true, "true"].map((yes): [object, object] => [at(consistency, yes), { appConsistent: true }]),
  ...[0, "0", false, "false"].map((no): [object, object] => [at(consistency, no), { appConsistent: false }]),
  [extra("replication", { source_backup_id: "b", destination_backup_id: "d" }), { replication: { id: "b" } }],
  [extra("restore", { backup_name: "b" }), { restore: { name: "b" } }],
  [extra("delete", { backup_id: "b" }), { delete: { id: "b" } }],
  // Names are of any script, well-formed, and no object's own.
  [extra("resource", { name: "服务器 🖥" }), { resourceName: "服务器 🖥" }],
  [{ vault_name: "x".repeat(1024) }, { vaultName: "x".repeat(1024) }],
  [{ vault_name: "a\ud800b" }, { vaultName: "a\ufffdb" }],
  [extra("resource", JSON.parse('{"__proto__": {"id": "x"}}')), {}],
  [{ id: id.toUpperCase() }, {}],
  [{}, {}],
])("%j is read as %j", (answer, part) => {
  expect(decoded(answer)).toEqual({ log: { id, status: "unknown", ...part }, invalid: [] });
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
        const result = decodeShowOpLog({ operation_log: { [path]: time.toISOString() } }, id, {
          ...context,
          latest: limit,
        });
        const isGood = time.getTime() >= Date.UTC(2000, 0, 1) && time <= last;
        expect("log" in result && result.invalidFields).toEqual(isGood ? [] : [path]);
        expect("log" in result && Object.keys(result.log)).toHaveLength(isGood ? 3 : 2);
      }),
    );
  });

  test.each<[string, string, string, readonly string[], number | undefined]>([
    ["ends as it starts lasted for nothing", "2026-01-01T00:00:00", "2026-01-01T00:00:00", [], 0],
    ["ends before it starts has no duration", "2026-01-01T00:00:01", "2026-01-01T00:00:00", ["ended_at"], undefined],
    ["ends too far away has none, either", "2026-01-01T00:00:00", "2226-01-01T00:00:00", ["ended_at"], undefined],
  ])("a task that %s", (_, started_at, ended_at, paths, duration) => {
    const { log, invalid } = decoded({ status: "success", started_at, ended_at });
    expect([invalid, durationOf(log)]).toEqual([paths, duration]);
    // An end before the start stays, for it may be right; one that is malformed is waited for.
    expect(log.endedAt).toBe(ended_at.startsWith("2226") ? undefined : parseTime(ended_at));
    expect(isFinished(afterAnswer(undefined, log, newYear))).toBe(log.endedAt !== undefined);
  });
});

test.each([
  ...[null, "x", 1, [], {}, { operation_log: null }, { operation_log: [] }, { operation_log: "{}" }].map(
    (answer): [unknown, string] => [answer, "the answer holds no operation_log object"],
  ),
  [{ id, status: "success" }, "the answer holds no operation_log object"],
  [undefined, "the answer is not JSON"],
  [{ operation_log: { id: "another" } }, "the answer is about another task"],
])("%j is no answer: %s", (answer, unusable) => {
  expect(decodeShowOpLog(answer, id, context)).toEqual({ unusable });
});

describe("an answer of any shape gives a task or the reason why it is none, and nothing throws", () => {
  /** Any value at every documented path. */
  const shaped = fc
    .array(fc.tuple(fc.constantFrom(...everyPath), fc.anything()), { maxLength: 12 })
    .map((fields) => ({ operation_log: fields.reduce((log, [path, value]) => at(path, value, log), {}) }));

  test.each([
    ["anything", fc.anything()],
    ["any JSON", fc.jsonValue()],
    ["anything as the operation log", fc.record({ operation_log: fc.anything() })],
    ["anything at documented places", shaped],
  ])("%s", (_, answers) => {
    fc.assert(
      fc.property(answers, (answer) => {
        const result = decodeShowOpLog(answer, id, context);
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
