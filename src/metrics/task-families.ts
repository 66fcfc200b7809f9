import type { Micros } from "../base/micros.ts";
import { statuses } from "../tasks/operation-log.ts";
import { durationOf, statusOf } from "../tasks/rules.ts";
import type { TaskRecord } from "../tasks/task-record.ts";

/** One series of a family, of one task: labels on top of `project` and `task_id`, in the order in which they stand. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric about single tasks. It looks at one task, never at the store: a changed task costs that task's text alone. */
export interface TaskFamily {
  readonly name: string;
  /** Value, unit and API field; without `"` and `\`, so that both formats write it alike. */
  readonly help: string;
  /** Labels on top of `project` and `task_id`; `extra labels` stands for those that the configuration adds. */
  readonly labelNames: readonly string[];
  samples(task: TaskRecord): readonly Sample[];
}

/** All are gauges, so that their bytes are the same in the text format and in OpenMetrics. */
export const taskFamilies: readonly TaskFamily[] = [
  {
    name: "cbr_task_config_info",
    help: "Always 1. What the configuration says of the task: its collector, name and extra labels.",
    labelNames: ["collector", "name", "extra labels"],
    samples: ({ origin: { collector, name = "", labels } }) => [{ labels: { collector, name, ...labels }, value: 1 }],
  },
  {
    name: "cbr_task_info",
    help: "Always 1. What the cloud says of the task (API: operation_log and its extra_info). Absent before the first good answer.",
    labelNames: [
      "operation_type",
      "resource_id",
      "resource_name",
      "resource_type",
      "vault_id",
      "vault_name",
      "policy_id",
      "checkpoint_id",
      "provider_id",
      "backup_id",
      "backup_name",
    ],
    samples: ({ facts }) => {
      const log = facts?.log;
      if (!log) return [];
      const backup = log.backup ?? log.restore ?? log.delete ?? log.replication;
      const labels = {
        operation_type: log.operationType ?? "",
        resource_id: log.resourceId ?? "",
        resource_name: log.resourceName ?? "",
        resource_type: log.resourceType ?? "",
        vault_id: log.vaultId ?? "",
        vault_name: log.vaultName ?? "",
        policy_id: log.policyId ?? "",
        checkpoint_id: log.checkpointId ?? "",
        provider_id: log.providerId ?? "",
        backup_id: backup?.id ?? "",
        backup_name: backup?.name ?? "",
      };
      return [{ labels, value: 1 }];
    },
  },
  {
    name: "cbr_task_status",
    help: "1 for the status the task has, 0 for the others (API: status). unknown: never answered yet, not found, or a status this version does not know.",
    labelNames: ["status"],
    samples: (task) => {
      const current = statusOf(task);
      return statuses.map((status) => ({ labels: { status }, value: status === current ? 1 : 0 }));
    },
  },
  gauge(
    "cbr_task_found",
    "1 when the cloud's last definite answer was the task, 0 when it was that there is none (API: 404). Absent before the first.",
    ({ facts }) => facts && Number(facts.found),
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
  codeInfo(
    "cbr_task_error_info",
    "Always 1. The error of the task, only while it has one (API: error_info.code, neither empty nor 0).",
    ({ facts }) => facts?.log?.error?.code,
  ),
  gauge(
    "cbr_task_app_consistent",
    "1 when the backup is application-consistent, else 0, which is normal for one that was not asked to be (API: extra_info.backup.app_consistency_status).",
    ({ facts }) => (facts?.log?.appConsistent === undefined ? undefined : Number(facts.log.appConsistent)),
  ),
  codeInfo(
    "cbr_task_app_consistency_error_info",
    "Always 1. Why the backup is not application-consistent, only while there is an error (API: extra_info.backup.app_consistency_error_code, neither empty nor 0).",
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
  {
    name: "cbr_task_poll_error_info",
    help: "Always 1. Why the task is not fresh, only while its last poll failed; the reasons are those of cbr_api_errors_total.",
    labelNames: ["reason"],
    samples: ({ poll }) => (poll.failure ? [{ labels: { reason: poll.failure.reason }, value: 1 }] : []),
  },
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
    "When an answer first showed a final status of a task that had been seen unfinished, in Unix seconds.",
    ({ facts }) => seconds(facts?.finishSeenAt),
  ),
  gauge(
    "cbr_task_superseded",
    "1 once a later task of the same project, resource and operation has succeeded, else 0. Only of finished tasks; absent until the first runs have ended.",
    ({ superseded }) => (superseded === undefined ? undefined : Number(superseded)),
  ),
  gauge(
    "cbr_task_poll_next_timestamp_seconds",
    "When the next poll of the task is owed, in Unix seconds; stays in the past until it is polled. Absent once the task is finished.",
    ({ poll }) => seconds(poll.nextAt),
  ),
];

function gauge(name: string, help: string, value: (task: TaskRecord) => number | undefined): TaskFamily {
  return {
    name,
    help,
    labelNames: [],
    samples: (task) => {
      const known = value(task);
      return known === undefined ? [] : [{ value: known }];
    },
  };
}

function codeInfo(name: string, help: string, code: (task: TaskRecord) => string | undefined): TaskFamily {
  return {
    name,
    help,
    labelNames: ["error_code"],
    samples: (task) => {
      const error_code = code(task);
      return error_code === undefined ? [] : [{ labels: { error_code }, value: 1 }];
    },
  };
}

/** Division rounds once, so that the shortest text of the result has exactly the microseconds of the API. */
function seconds(time: Micros | undefined): number | undefined {
  return time === undefined ? undefined : time / 1e6;
}
