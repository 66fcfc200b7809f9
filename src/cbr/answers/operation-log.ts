import { defined, objectAt } from "../../base/json.ts";
import { type OperationLog, type Status, statuses, type TaskId } from "../../tasks/operation-log.ts";
import {
  backupAt,
  countAt,
  errorAt,
  flagAt,
  oneOfAt,
  type Part,
  partAt,
  percentAt,
  sharedTextAt,
  someOf,
  textAt,
  timeAt,
} from "./fields.ts";
import { type AnswerContext, decodePage, type ListShape, type Page } from "./page.ts";

/** An answer of ShowOpLog with the dotted paths of the fields that could not be used, or why it is none. */
export type Decoded =
  | { readonly log: OperationLog; readonly invalidFields: readonly string[] }
  | { readonly unusable: string };

const knownStatuses: ReadonlySet<Status> = new Set(statuses);

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
  const invalidFields: string[] = [];
  const part: Part = { object, path: "", ...context, reportInvalid: (path) => invalidFields.push(path) };
  const id = textAt(part, "id");
  if (id !== undefined && id.toLowerCase() !== asked.toLowerCase()) {
    return { unusable: "the answer is about another task" };
  }
  return { log: readLog(part, asked), invalidFields };
}

/** ListOpLogs: `{"operation_logs": [{…}]}`. */
const listShape: ListShape<OperationLog> = { name: "operation_logs", of: "tasks", read: readLog };

/** Decodes a page of ListOpLogs, or tells why it is none. */
export function decodeListOpLogs(answer: unknown, context: AnswerContext): Page<OperationLog> | { unusable: string } {
  return decodePage(answer, listShape, context);
}

function readLog(log: Part, id: TaskId): OperationLog {
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

  return defined({
    id,
    status: oneOfAt(log, "status", knownStatuses),
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
  });
}
