import { defined, isObject, type JsonObject, listAt, objectAt } from "../../base/json.ts";
import type { Micros } from "../../base/micros.ts";
import { isId } from "../../base/patterns.ts";
import { type OperationLog, type Status, statuses, type TaskId } from "../../tasks/operation-log.ts";
import {
  backupAt,
  countAt,
  errorAt,
  flagAt,
  type Part,
  partAt,
  percentAt,
  sharedTextAt,
  someOf,
  textAt,
  timeAt,
} from "./fields.ts";

/** A task with the dotted paths of the fields that could not be used. */
interface DecodedLog {
  readonly log: OperationLog;
  readonly invalidFields: readonly string[];
}

/** An answer of ShowOpLog, or why it is none. */
export type Decoded = DecodedLog | { readonly unusable: string };

/** What answers are read with. */
export interface AnswerContext {
  /** No time of a task is later, by the cloud's clock; one that is counts as malformed. */
  readonly latest: Micros;
  /** Gives equal texts as one and the same string. */
  readonly intern: (text: string) => string;
}

/** A page of ListOpLogs, or why it is none. */
export type DecodedPage =
  | {
      readonly logs: readonly OperationLog[];
      readonly invalidFields: readonly string[];
      /** Records that came, those without a usable id included. */
      readonly received: number;
    }
  | { readonly unusable: string };

const knownStatuses: ReadonlySet<string> = new Set(statuses);

/**
 * Decodes an answer of ShowOpLog, once, at the edge. Total: any value of any shape gives a result, none throws.
 *
 * @param answer the parsed body, `{"operation_log": {…}}`; undefined for one that is not JSON
 * @param asked the id that was asked for; an answer about another task is unusable
 */
export function decodeShowOpLog(answer: unknown, asked: TaskId, context: AnswerContext): Decoded {
  if (answer === undefined) return { unusable: "the answer is not JSON" };
  const object = objectAt(answer, "operation_log");
  if (!object) return { unusable: "the answer holds no operation_log object" };
  return decodeLog(object, context, (id) =>
    id !== undefined && id.toLowerCase() !== asked.toLowerCase()
      ? { unusable: "the answer is about another task" }
      : asked,
  );
}

/**
 * Decodes a page of ListOpLogs, as {@link decodeShowOpLog} does; a record without a usable id is left out.
 * @param answer the parsed body, `{"operation_logs": [{…}]}`
 */
export function decodeListOpLogs(answer: unknown, context: AnswerContext): DecodedPage {
  const records = listAt(answer, "operation_logs");
  if (!records)
    return { unusable: answer === undefined ? "the answer is not JSON" : "the answer holds no list of tasks" };
  const logs: OperationLog[] = [];
  const invalidFields: string[] = [];
  for (const record of records) {
    const decoded = isObject(record)
      ? decodeLog(record, context, (id) => (id !== undefined && isId(id) ? id : { unusable: "it has no id" }))
      : { unusable: "it is no object" };
    if ("log" in decoded) logs.push(decoded.log);
    invalidFields.push(...("log" in decoded ? decoded.invalidFields : ["id"]));
  }
  return { logs, invalidFields, received: records.length };
}

/** @param idOf the task's id, from what the record says, or why the record is of no use */
function decodeLog(
  object: JsonObject,
  context: AnswerContext,
  idOf: (id: string | undefined) => TaskId | { readonly unusable: string },
): Decoded {
  const invalidFields: string[] = [];
  const log: Part = { object, path: "", ...context, reportInvalid: (path) => invalidFields.push(path) };
  const id = idOf(textAt(log, "id"));
  if (typeof id !== "string") return id;

  const extra = partAt(log, "extra_info");
  const common = partAt(extra, "common");
  const resource = partAt(extra, "resource");
  const backup = partAt(extra, "backup");
  const sync = partAt(extra, "sync");
  const restore = partAt(extra, "restore");
  const deletion = partAt(extra, "delete");
  const replication = partAt(extra, "replication");
  const removal = partAt(extra, "remove_resources");
  const vaultDelete = partAt(extra, "vault_delete");
  const startedAt = timeAt(log, "started_at");
  const endedAt = timeAt(log, "ended_at");
  // The duration is left out then (see `durationOf`); both times stay, for each may be right.
  if (startedAt !== undefined && endedAt !== undefined && endedAt < startedAt) log.reportInvalid("ended_at");

  return {
    invalidFields,
    log: defined({
      id,
      status: statusOf(textAt(log, "status")),
      operationType: sharedTextAt(log, "operation_type"),
      createdAt: timeAt(log, "created_at"),
      startedAt,
      updatedAt: timeAt(log, "updated_at"),
      endedAt,
      providerId: sharedTextAt(log, "provider_id"),
      policyId: sharedTextAt(log, "policy_id"),
      checkpointId: textAt(log, "checkpoint_id"),
      vaultId: sharedTextAt(log, "vault_id"),
      vaultName: sharedTextAt(log, "vault_name"),
      error: errorAt(partAt(log, "error_info"), "code", "message"),
      progress: percentAt(common, "progress"),
      resourceId: textAt(resource, "id"),
      resourceName: textAt(resource, "name"),
      resourceType: sharedTextAt(resource, "type"),
      backup: backupAt(backup, "backup_id", "backup_name"),
      restore: backupAt(restore, "backup_id", "backup_name"),
      delete: backupAt(deletion, "backup_id", "backup_name"),
      replication: backupAt(replication, "source_backup_id", "source_backup_name"),
      destination: someOf({
        projectId: sharedTextAt(replication, "destination_project_id"),
        region: sharedTextAt(replication, "destination_region"),
      }),
      restoreTargetId: textAt(restore, "target_resource_id"),
      appConsistent: flagAt(backup, "app_consistency_status"),
      appConsistencyError: errorAt(backup, "app_consistency_error_code", "app_consistency_error_message"),
      sync: someOf({
        synced: countAt(sync, "sync_backup_num"),
        deleted: countAt(sync, "delete_backup_num"),
        failed: countAt(sync, "err_sync_backup_num"),
      }),
      removeResources: someOf({ total: countAt(removal, "total_count"), failed: countAt(removal, "fail_count") }),
      // The vendor's pages spell these names in both ways.
      vaultDelete: someOf({
        total: countAt(vaultDelete, "total_count") ?? countAt(vaultDelete, "total_delete_count"),
        failed: countAt(vaultDelete, "fail_count") ?? countAt(vaultDelete, "fail_delete_count"),
      }),
    }),
  };
}

function statusOf(text: string | undefined): Status {
  return knownStatuses.has(text ?? "") ? (text as Status) : "unknown";
}
