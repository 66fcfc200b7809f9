import type { Context } from "./context.ts";
import { clock, last, notWell, resourceFailedAge, resourceFailedEnd, skew } from "./promql.ts";
import type { Rule } from "./rule.ts";
import { seconds } from "./settings.ts";
import { ask, nameOf, where } from "./texts.ts";

/** Operations that leave a second copy of the data, or the first; the two names of one are the vendor's. */
const backups = "backup|replication|copy";

/**
 * Resources whose tasks are found by listing, and whose newest backup went wrong: told where the task has no series of its
 * own, or no more.
 *
 * @param age the seconds since tasks ended that did not end well, recorded
 */
export function failedResources({ scope, settings }: Context, age: string): readonly Rule[] {
  const { task, resource, project } = scope;
  const window = seconds(settings.thresholds.ended);
  const failed = "cbr:resource_failed";
  const ended = last("cbr_resource_last_ended_timestamp_seconds");
  const ofBackup = `${resource}, operation_type`;
  const since = (time: string): string =>
    `${clock} - ignoring (project, resource_id, operation_type) group_right () ${time} < ${window}`;
  return [
    {
      record: failed,
      comment:
        "Resources whose newest backup or replication failed or timed out, at each exporter; few, of all that there are.",
      expr: `${last(`cbr_resource_last_status{operation_type=~"${backups}",status=~"failed|timeout"}`)} == 1`,
    },
    {
      record: resourceFailedEnd,
      comment: "When that ended.",
      expr: `${ended} and ignoring (status) ${failed}`,
    },
    {
      record: resourceFailedAge,
      comment:
        "Seconds since then, or since its end was seen where that was later; no other exporter knows a newer backup.",
      expr: `(${since(`(${resourceFailedEnd} - ignoring (resource_id, operation_type) group_left () ${skew})`)}
or ${since(`(${last("cbr_resource_last_finish_seen_timestamp_seconds")} and ${resourceFailedEnd})`)})
and on (${ofBackup}) max by (${ofBackup}) (${resourceFailedEnd}) == max by (${ofBackup}) (${ended} and on (${ofBackup}) ${failed})`,
    },
    {
      alert: "CBRResourceLastFailed",
      // A failed task that has series of its own is told with all that is known of it, and then once.
      expr: `group by (${resource}) (${resourceFailedAge} and on (${project}) ${last("cbr_discovery_pages_total")})
unless on (${resource}) (
  ${last(`cbr_task_info{operation_type=~"${backups}"}`)} and on (${task}) ${age} and on (${task}) ${notWell}{status=~"failed|timeout"}
  unless on (${task}) ${last("cbr_task_superseded")} == 1
)`,
      severity: "critical",
      summary: `The last backup failed: ${nameOf(settings, "resource")}`,
      description: [
        `Resource {{ $labels.resource_id }} of project ${where(settings, "project")}{{ range ${ask(
          settings,
          `max by (__name__, vault_name, operation_type, status) (${last(`{__name__=~"cbr_resource_(info|last_(status|ended_timestamp_seconds|success_timestamp_seconds))",operation_type=~"(${backups})?",%s}`)}) > 0`,
          "project",
          "resource_id",
        )} | sortByLabel "__name__" }}{{ if match "_info$" .Labels.__name__ }}{{ with .Labels.vault_name }}, vault {{ . }}{{ end }}`,
        `{{- else if match "_status$" .Labels.__name__ }}, last {{ .Labels.operation_type }}: {{ .Labels.status }}`,
        `{{- else }}, {{ .Labels.operation_type }} {{ .Labels.__name__ | reReplaceAll "cbr_resource_|_timestamp_seconds" "" | reReplaceAll "_" " " }} {{ .Value | humanizeTimestamp }}{{ end }}{{ end }}.`,
        "First: look for the task in the console, by the resource and the time; mend the cause, and start a backup by hand.",
      ],
    },
  ];
}
