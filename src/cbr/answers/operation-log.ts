import { defined } from "../../base/json.ts";
import type { Micros } from "../../base/micros.ts";
import { type OperationLog, type Status, statuses, type TaskId } from "../../tasks/operation-log.ts";
import { Fields, isObject } from "./fields.ts";

/** An answer of ShowOpLog: the task with the dotted paths of the fields that could not be used, or why it is none. */
export type Decoded =
  | { readonly log: OperationLog; readonly invalidFields: readonly string[] }
  | { readonly unusable: string };

const known: ReadonlySet<string> = new Set(statuses);

/**
 * Decodes the JSON of an answer, once, at the edge. Total: any value of any shape gives a result, none throws.
 *
 * @param answer the parsed body, `{"operation_log": {…}}`
 * @param asked the id that was asked for; an answer about another task is unusable
 * @param latest no time of a task is later, by the cloud's clock; one that is counts as malformed
 */
export function decodeShowOpLog(answer: unknown, asked: TaskId, latest: Micros): Decoded {
  const object = isObject(answer) ? answer["operation_log"] : undefined;
  if (!isObject(object)) return { unusable: "the answer holds no operation_log object" };
  return decodeOperationLog(object, asked, latest);
}

function decodeOperationLog(object: Readonly<Record<string, unknown>>, asked: TaskId, latest: Micros): Decoded {
  const invalidFields: string[] = [];
  const log = new Fields(object, "", { latest, invalid: (path) => invalidFields.push(path) });
  const id = log.text("id");
  if (id !== undefined && id.toLowerCase() !== asked.toLowerCase())
    return { unusable: "the answer is about another task" };

  const extra = log.part("extra_info");
  const [common, resource, backup, sync] = ["common", "resource", "backup", "sync"].map((name) => extra.part(name)) as [
    Fields,
    Fields,
    Fields,
    Fields,
  ];
  const [restore, deletion, replication] = ["restore", "delete", "replication"].map((name) => extra.part(name)) as [
    Fields,
    Fields,
    Fields,
  ];
  const [removal, vaultDelete] = [extra.part("remove_resources"), extra.part("vault_delete")];
  const startedAt = log.time("started_at");
  const endedAt = log.time("ended_at");
  // The duration is left out then (see `durationOf`); both times stay, for each may be right.
  if (startedAt !== undefined && endedAt !== undefined && endedAt < startedAt) log.reject("ended_at");

  return {
    invalidFields,
    log: defined({
      id: asked,
      status: statusOf(log.text("status")),
      operationType: log.text("operation_type"),
      createdAt: log.time("created_at"),
      startedAt,
      updatedAt: log.time("updated_at"),
      endedAt,
      providerId: log.text("provider_id"),
      policyId: log.text("policy_id"),
      checkpointId: log.text("checkpoint_id"),
      vaultId: log.text("vault_id"),
      vaultName: log.text("vault_name"),
      error: log.part("error_info").error("code", "message"),
      progress: common.percent("progress"),
      requestId: common.text("request_id"),
      resourceId: resource.text("id"),
      resourceName: resource.text("name"),
      resourceType: resource.text("type"),
      backup: backup.backup("backup_id", "backup_name"),
      restore: restore.backup("backup_id", "backup_name"),
      delete: deletion.backup("backup_id", "backup_name"),
      replication: replication.backup("source_backup_id", "source_backup_name"),
      destination: someOf({
        projectId: replication.text("destination_project_id"),
        region: replication.text("destination_region"),
      }),
      restoreTargetId: restore.text("target_resource_id"),
      appConsistent: backup.flag("app_consistency_status"),
      appConsistencyError: backup.error("app_consistency_error_code", "app_consistency_error_message"),
      sync: someOf({
        synced: sync.count("sync_backup_num"),
        deleted: sync.count("delete_backup_num"),
        failed: sync.count("err_sync_backup_num"),
      }),
      removeResources: someOf({ total: removal.count("total_count"), failed: removal.count("fail_count") }),
      vaultDelete: someOf({
        total: vaultDelete.count("total_count") ?? vaultDelete.count("total_delete_count"),
        failed: vaultDelete.count("fail_count") ?? vaultDelete.count("fail_delete_count"),
      }),
    }),
  };
}

function statusOf(text: string | undefined): Status {
  return text !== undefined && known.has(text) ? (text as Status) : "unknown";
}

/** The object without what is not known; undefined when nothing is. */
function someOf<T extends object>(part: T): ReturnType<typeof defined<T>> | undefined {
  const known = defined(part);
  return Object.keys(known).length > 0 ? known : undefined;
}
