import type { Context } from "./context.ts";
import { failedResources } from "./failed-resources.ts";
import { clock, ever, last, notWell, skew } from "./promql.ts";
import type { Alert, Group, Rule } from "./rule.ts";
import { seconds } from "./settings.ts";
import { type Fact, taskFacts, taskName } from "./texts.ts";

/** Operations whose failure loses no backup: it goes on to cost, that is all. */
const cleaning = "delete|vault_delete|remove_resource|sync";

/** Tasks that ended, but not well; told for a day after the end, or after its sight where nobody could look before. */
export function endedTasks({ scope, settings }: Context): Group {
  const { task } = scope;
  const window = seconds(settings.thresholds.ended);
  const age = "cbr:task_end_age_seconds";
  const recent = "cbr:task_ended_recently";
  const status = (name: string): string => `${recent}\nand on (${task}) ${notWell}{status="${name}"}`;
  const partly = `${last("cbr_task_failed_resources")} > 0 or ${last("cbr_task_sync_failed_backups")} > 0`;
  const inconsistent = last("cbr_task_app_consistency_error_info");
  const isCleaning = `on (${task}) ${last(`cbr_task_info{operation_type=~"${cleaning}"}`)}`;

  function ended(
    alert: Pick<Alert, "alert" | "expr" | "severity">,
    what: string,
    first: string,
    error: Fact = "error_info",
  ): Alert {
    return {
      ...alert,
      summary: `${what}: ${taskName(settings)}`,
      description: [`${taskFacts(settings, error, "info", "ended_timestamp_seconds", "progress_ratio")}.`, first],
      about: ["project", "task_id"],
    };
  }

  /** Whoever has to mend a backup is woken; who has to clear up is not. */
  function bySeverity(alert: string, expr: string, what: string, first: string): readonly Rule[] {
    return [
      ended({ alert, expr: `${expr}\nunless ${isCleaning}`, severity: "critical" }, what, first),
      ended({ alert, expr: `${expr}\nand ${isCleaning}`, severity: "warning" }, what, first),
    ];
  }

  return {
    name: "cbr-tasks",
    rules: [
      {
        record: skew,
        comment: "How far the cloud's clock is ahead of an exporter's; 0 where no answer has told it.",
        expr: `${last("cbr_api_clock_skew_seconds")}
or ${last("cbr_up")} - ${last("cbr_up")}`,
      },
      {
        record: notWell,
        comment:
          "Tasks that there may be something to say about when they have ended, however long ago; few, of all that are.",
        expr: `${ever(`cbr_task_status{status=~"failed|timeout|skipped"}`)} == 1
or ${partly}
or ${inconsistent}`,
      },
      {
        record: age,
        comment:
          "At each exporter, seconds since such a task ended, or was seen to have ended, whichever is later; where no time is known, since its status was first seen.",
        expr: `(${clock} - ignoring (project, task_id) group_right () ${last("cbr_task_finish_seen_timestamp_seconds")} < ${window} or
${clock} - ignoring (project, task_id) group_right () (
  ${last("cbr_task_ended_timestamp_seconds")} - ignoring (task_id) group_left () ${skew}
  or ${last("cbr_task_status_since_timestamp_seconds")}
) < ${window}) and on (${task}) ${notWell}`,
      },
      {
        record: recent,
        comment:
          "Of these, each task that no later success makes up for; one without resource or operation has no successor, one that is still polled for its end has none yet.",
        expr: `group by (${task}) (${age})
and max by (${task}) (
  ${last("cbr_task_superseded")}
  or 0 * ${last(`cbr_task_info{resource_id=""}`)} or 0 * ${last(`cbr_task_info{operation_type=""}`)} or 0 * cbr_task_poll_next_timestamp_seconds
) == 0`,
      },
      ...bySeverity(
        "CBRTaskFailed",
        status("failed"),
        "CBR task failed",
        "First: look up the error code, and mend the cause; then start the operation again.",
      ),
      ...bySeverity(
        "CBRTaskTimedOut",
        status("timeout"),
        "CBR task timed out",
        "First: see in the console whether something still goes on at the resource; then start the operation again.",
      ),
      ended(
        { alert: "CBRTaskSkipped", expr: status("skipped"), severity: "warning" },
        "CBR task was skipped",
        "First: see whether another task held the resource, or its server was in no state for it; then start it by hand.",
      ),
      ended(
        {
          alert: "CBRTaskPartlyFailed",
          expr: `${recent}
and on (${task}) ${ever(`cbr_task_status{status="success"}`)} == 1
and on (${task}) (${partly})`,
          severity: "warning",
        },
        "CBR task ended well, but not for all",
        "First: see in the console which resources or backups are left, and why.",
      ),
      ended(
        {
          alert: "CBRBackupNotAppConsistent",
          expr: `${recent}\nand on (${task}) ${inconsistent}`,
          severity: "warning",
        },
        "CBR backup is not application-consistent",
        "First: check the agent on the server, and its scripts; then start a backup by hand.",
        "app_consistency_error_info",
      ),
      ...failedResources({ scope, settings }, age),
    ],
  };
}
