import type { Context } from "./context.ts";
import { clock, ever, last, memory, skew, unlessDown } from "./promql.ts";
import type { Alert, Group } from "./rule.ts";
import { seconds } from "./settings.ts";
import { taskFacts, taskName } from "./texts.ts";

/** Tasks that do not get on, and tasks of which nothing new is known. Once a minute is enough, and cheaper. */
export function unfinishedTasks({ scope, settings }: Context): Group {
  const { task } = scope;
  const { thresholds } = settings;
  const polled = "cbr:task_unfinished_polled_timestamp_seconds";
  const seen = (status: string): string => last(`${polled}{status="${status}"}`);
  const onCloudsClock = (status: string): string =>
    `(${seen(status)} + ignoring (task_id, status) group_left () ${skew})`;
  const failing =
    "cbr_exporter_time_seconds - ignoring (project, task_id) group_right () cbr_task_poll_failing_since_timestamp_seconds";
  const good = `${last("cbr_task_poll_success")} == 1`;

  function unfinished(alert: Pick<Alert, "alert" | "expr">, what: string, text: readonly string[]): Alert {
    const summary = `${what}: ${taskName(settings)}`;
    return { ...alert, severity: "warning", summary, description: text, about: ["project", "task_id"] };
  }

  return {
    name: "cbr-tasks-since",
    interval: "1m",
    rules: [
      {
        record: polled,
        comment:
          "When each exporter last saw an unfinished task in this status; none of a replica whose polls fail while another's do not.",
        expr: `(cbr_task_status{status=~"running|waiting|unknown"} == 1) * ignoring (status) group_left () (
  cbr_task_poll_last_success_timestamp_seconds
  unless (cbr_task_poll_failing_since_timestamp_seconds and on (${task}) ${good})
)`,
      },
      unfinished(
        {
          alert: "CBRTaskRunningTooLong",
          expr: `max by (${task}) (
  ${onCloudsClock("running")} - ignoring (status) ${last("cbr_task_started_timestamp_seconds")}
  or ${onCloudsClock("running")} - ignoring (status) ${last("cbr_task_created_timestamp_seconds")}
  or ${seen("running")} - ignoring (status) ${last("cbr_task_status_since_timestamp_seconds")}
) > ${seconds(thresholds.CBRTaskRunningTooLong)}`,
        },
        "CBR task runs for too long",
        [
          `${taskFacts(settings, "info", "started_timestamp_seconds", "progress_ratio")}.`,
          "At the last good poll it had been running for {{ $value | humanizeDuration }}.",
          "First: see whether its progress still rises, and how long it will take at that pace.",
        ],
      ),
      unfinished(
        {
          alert: "CBRTaskWaitingTooLong",
          expr: `max by (${task}) (
  ${onCloudsClock("waiting")} - ignoring (status) ${last("cbr_task_created_timestamp_seconds")}
  or ${seen("waiting")} - ignoring (status) ${last("cbr_task_status_since_timestamp_seconds")}
) > ${seconds(thresholds.CBRTaskWaitingTooLong)}`,
        },
        "CBR task waits for too long",
        [
          `${taskFacts(settings, "info", "created_timestamp_seconds")}.`,
          "At the last good poll it had been waiting for {{ $value | humanizeDuration }}.",
          "First: see what else runs in the project, and whether another task holds the resource.",
        ],
      ),
      unfinished(
        {
          alert: "CBRTaskStalled",
          expr: `max by (${task}) (
  ${seen("running")} - ignoring (status) ${last("cbr_task_progress_rose_timestamp_seconds")}
) >= ${seconds(thresholds.CBRTaskStalled)}`,
        },
        "CBR task makes no progress",
        [
          `${taskFacts(settings, "info", "started_timestamp_seconds", "progress_ratio", "progress_rose_timestamp_seconds")}.`,
          "At the last good poll its progress had not risen for {{ $value | humanizeDuration }}.",
          "First: look at the resource and its agent in the console.",
        ],
      ),
      unfinished(
        {
          alert: "CBRTaskStatusUnknown",
          // Not what is frozen because its polls fail; that they failed for a moment changes nothing.
          expr: `max by (${task}) (
  ${clock} - ignoring (project, task_id) group_right () (${last("cbr_task_status_since_timestamp_seconds")} and ignoring (status) ${seen("unknown")})
  unless ${failing} > ${seconds(memory)}
) >= ${seconds(thresholds.CBRTaskStatusUnknown)}`,
        },
        "CBR task has a status that the exporter does not know",
        [
          `${taskFacts(settings, "info", "status_since_timestamp_seconds", "progress_ratio")}.`,
          "The cloud has reported that status for {{ $value | humanizeDuration }}: nothing of this list judges the task.",
          "First: look at the task in the console, then for a newer version of the exporter.",
        ],
      ),
      unfinished(
        {
          alert: "CBRTaskNotFound",
          expr: `group by (${task}) (${last("cbr_task_found")} == 0)
unless on (${task}) ${good}`,
        },
        "CBR task is not found",
        [
          `${taskFacts(settings, "config_info", "status_since_timestamp_seconds")}.`,
          "The cloud says that there is no such task.",
          "First: check the id, and whether it belongs to this project and region; correct the configuration, or take it out.",
        ],
      ),
      unfinished(
        {
          alert: "CBRTaskPollStale",
          // An exporter that is cut off says nothing of tasks: another may have seen them finish, and have let them go.
          expr: `min by (${task}) (
  ${clock} - ignoring (project, task_id) group_right () ${last("cbr_task_poll_failing_since_timestamp_seconds")} and ignoring (task_id) ${ever("cbr_up")} == 1
) >= ${seconds(thresholds.CBRTaskPollStale)}
unless on (${task}) (${good} or ${last(`cbr_task_poll_error_info{reason="not_found"}`)})
${unlessDown(scope)}`,
        },
        "What is known of a CBR task is old",
        [
          `${taskFacts(settings, "info", "poll_error_info", "poll_failing_since_timestamp_seconds", "poll_last_success_timestamp_seconds")}.`,
          "Its polls have failed for {{ $value | humanizeDuration }}, though the cloud answers for its project.",
          "First: look up the reason in the runbook; until it is mended, look at the task in the console.",
        ],
      ),
    ],
  };
}
