import { type OperationLog, statuses } from "../../tasks/operation-log.ts";
import { durationOf, statusOf } from "../../tasks/rules.ts";
import type { TaskRecord } from "../../tasks/task-record.ts";
import { type Family, gauge, info, type Labels, seconds, yesOrNo } from "./family.ts";

/** What all series of a task carry. */
export function taskLabels({ project, taskId }: TaskRecord): Labels {
  return { project, task_id: taskId };
}

/** What `cbr_task_info` shows of the cloud's answer. */
const answerLabels: Readonly<Record<string, (log: OperationLog) => string | undefined>> = {
  operation_type: ({ operationType }) => operationType,
  resource_id: ({ resourceId }) => resourceId,
  resource_name: ({ resourceName }) => resourceName,
  resource_type: ({ resourceType }) => resourceType,
  vault_id: ({ vaultId }) => vaultId,
  vault_name: ({ vaultName }) => vaultName,
  policy_id: ({ policyId }) => policyId,
  checkpoint_id: ({ checkpointId }) => checkpointId,
  provider_id: ({ providerId }) => providerId,
  backup_id: (log) => backupOf(log)?.id,
  backup_name: (log) => backupOf(log)?.name,
};

/** The backup that the task makes, restores, deletes or copies. */
function backupOf({ backup, restore, delete: deleted, replication }: OperationLog) {
  return backup ?? restore ?? deleted ?? replication;
}

/** All are gauges, so that their bytes are the same in the text format and in OpenMetrics. */
export const taskFamilies: readonly Family<TaskRecord>[] = [
  {
    name: "cbr_task_config_info",
    help: "Always 1. What the configuration says of the task: its collector, name and extra labels.",
    type: "gauge",
    labelNames: ["collector", "name"],
    hasExtraLabels: true,
    samples: ({ origin: { collector, name = "", labels } }) => [{ labels: { collector, name, ...labels }, value: 1 }],
  },
  {
    name: "cbr_task_info",
    help: "Always 1. What the cloud says of the task (API: operation_log and its extra_info). Absent before the first good answer.",
    type: "gauge",
    labelNames: Object.keys(answerLabels),
    samples: ({ facts }) => {
      const log = facts?.log;
      if (!log) return [];
      const pairs = Object.entries(answerLabels).map(([name, value]) => [name, value(log) ?? ""] as const);
      return [{ labels: Object.fromEntries(pairs), value: 1 }];
    },
  },
  {
    name: "cbr_task_status",
    help: "1 for the status the task has, 0 for the others (API: status). unknown: never answered yet, not found, or a status this version does not know.",
    type: "gauge",
    labelNames: ["status"],
    samples: (task) => {
      const current = statusOf(task);
      return statuses.map((status) => ({ labels: { status }, value: status === current ? 1 : 0 }));
    },
  },
  gauge(
    "cbr_task_found",
    "1 when the cloud's last definite answer was the task, 0 when it was that there is none (API: 404). Absent before the first.",
    ({ facts }) => yesOrNo(facts?.found),
  ),
  gauge(
    "cbr_task_progress_ratio",
    "How far the task is, from 0 to 1 (API: extra_info.common.progress, divided by 100).",
    ({ facts }) => (facts?.log?.progress !== undefined ? facts.log.progress / 100 : undefined),
  ),
  gauge(
    "cbr_task_duration_seconds",
    "How long the task ran, in seconds (API: ended_at minus started_at). Absent until both are known.",
    ({ facts }) => seconds(durationOf(facts?.log)),
  ),
  gauge(
    "cbr_task_created_timestamp_seconds",
    "When the task was created, in Unix seconds (API: created_at).",
    ({ facts }) => seconds(facts?.log?.createdAt),
  ),
  gauge(
    "cbr_task_started_timestamp_seconds",
    "When the task started, in Unix seconds (API: started_at).",
    ({ facts }) => seconds(facts?.log?.startedAt),
  ),
  gauge(
    "cbr_task_updated_timestamp_seconds",
    "When the task was last changed, in Unix seconds (API: updated_at).",
    ({ facts }) => seconds(facts?.log?.updatedAt),
  ),
  gauge("cbr_task_ended_timestamp_seconds", "When the task ended, in Unix seconds (API: ended_at).", ({ facts }) =>
    seconds(facts?.log?.endedAt),
  ),
  info(
    "cbr_task_error_info",
    "Always 1. The error of the task, only while it has one (API: error_info.code, neither empty nor 0).",
    "error_code",
    ({ facts }) => facts?.log?.error?.code,
  ),
  gauge(
    "cbr_task_app_consistent",
    "1 when the backup is application-consistent, else 0, which is normal for one that was not asked to be (API: extra_info.backup.app_consistency_status).",
    ({ facts }) => yesOrNo(facts?.log?.appConsistent),
  ),
  info(
    "cbr_task_app_consistency_error_info",
    "Always 1. Why the backup is not application-consistent, only while there is an error (API: extra_info.backup.app_consistency_error_code, neither empty nor 0).",
    "error_code",
    ({ facts }) => facts?.log?.appConsistencyError?.code,
  ),
  gauge(
    "cbr_task_resources",
    "Resources or backups that the task is to remove, a count (API: total_count of extra_info.remove_resources or .vault_delete).",
    ({ facts }) => (facts?.log?.removeResources ?? facts?.log?.vaultDelete)?.total,
  ),
  gauge(
    "cbr_task_failed_resources",
    "Resources or backups that the task could not remove, a count (API: fail_count of extra_info.remove_resources or .vault_delete).",
    ({ facts }) => (facts?.log?.removeResources ?? facts?.log?.vaultDelete)?.failed,
  ),
  gauge(
    "cbr_task_synced_backups",
    "Backups that the task synchronized, a count (API: extra_info.sync.sync_backup_num).",
    ({ facts }) => facts?.log?.sync?.synced,
  ),
  gauge(
    "cbr_task_sync_deleted_backups",
    "Backups that the synchronization deleted, a count (API: extra_info.sync.delete_backup_num).",
    ({ facts }) => facts?.log?.sync?.deleted,
  ),
  gauge(
    "cbr_task_sync_failed_backups",
    "Backups that could not be synchronized, a count (API: extra_info.sync.err_sync_backup_num).",
    ({ facts }) => facts?.log?.sync?.failed,
  ),
  gauge(
    "cbr_task_poll_success",
    "1 when the last poll of the task brought its facts, 0 when it did not, a 404 included. Absent before the first poll.",
    ({ poll }) => (poll.lastAt === undefined ? undefined : Number(poll.failure === undefined)),
  ),
  gauge(
    "cbr_task_poll_last_success_timestamp_seconds",
    "When a poll last brought the facts of the task, in Unix seconds.",
    ({ poll }) => seconds(poll.lastSuccessAt),
  ),
  info(
    "cbr_task_poll_error_info",
    "Always 1. Why the task is not fresh, only while its last poll failed; the reasons are those of cbr_api_errors_total.",
    "reason",
    ({ poll }) => poll.failure?.reason,
  ),
  gauge(
    "cbr_task_poll_failing_since_timestamp_seconds",
    "When the first of the failed polls since the last answer ended, in Unix seconds, those included that the login kept from being sent. Absent after an answer, a 404 too.",
    ({ poll }) => seconds(poll.failingSince),
  ),
  gauge(
    "cbr_task_status_since_timestamp_seconds",
    "When an answer first showed the status that the task has now, in Unix seconds.",
    ({ facts }) => seconds(facts?.statusSince),
  ),
  gauge(
    "cbr_task_progress_rose_timestamp_seconds",
    "When an answer last showed the progress above its highest so far, or first showed the task running, in Unix seconds. Only while running.",
    (task) => (statusOf(task) === "running" ? seconds(task.facts?.climb?.roseAt) : undefined),
  ),
  gauge(
    "cbr_task_finish_seen_timestamp_seconds",
    "When an answer first showed a final status of a task that had been seen unfinished, or that listings have found since the first, in Unix seconds.",
    ({ facts }) => seconds(facts?.finishSeenAt),
  ),
  gauge(
    "cbr_task_superseded",
    "1 once a later task of the same project, resource and operation has succeeded, else 0. Only of finished tasks; absent until the first runs have ended.",
    ({ superseded }) => yesOrNo(superseded),
  ),
  gauge(
    "cbr_task_poll_next_timestamp_seconds",
    "When the next poll of the task is owed, in Unix seconds; stays in the past until it is polled. Absent once the task is finished.",
    ({ poll }) => seconds(poll.nextAt),
  ),
];

/**
 * All label names of a task's series. Those of `cbr_resource_info`, with which queries join them, are among them: an extra
 * label of such a name would stand twice.
 */
export const taskLabelNames: ReadonlySet<string> = new Set([
  ...["project", "task_id"],
  ...taskFamilies.flatMap(({ labelNames }) => labelNames),
]);

/** One of each family, and one of each status. */
export const mostTaskSeries = taskFamilies.length - 1 + statuses.length;
