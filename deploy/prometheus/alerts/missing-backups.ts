import type { Context } from "./context.ts";
import { endedRecently, last, notWell, resourceFailedAge, resourceFailedEnd, whileFresh } from "./promql.ts";
import type { Rule } from "./rule.ts";
import { ask, nameOf, where } from "./texts.ts";

/** Resources of which there is no restore point though one was due. Dues and restore points are times of the cloud, and compared with each other alone. */
export function missingBackups({ scope, settings }: Context): readonly Rule[] {
  const { resource, task, vault, project } = scope;
  const due = "cbr:resource_due_timestamp_seconds";
  const point = "cbr:resource_restore_point_timestamp_seconds";
  const failed = "cbr:resource_backup_failed_timestamp_seconds";
  const newest = (series: string): string => `max by (${resource}) (${series})`;
  const itsVault = `on (${vault}) ${last("cbr_resource_info{%s}")}`;
  return [
    {
      record: due,
      comment:
        "When a restore point was last due, at each exporter; as of the oldest of the three lists, so that none is missing because a list did not come.",
      expr: `cbr_resource_restore_point_due_timestamp_seconds
${whileFresh(["resource_id"], "vaults", "policies", "backups")}`,
    },
    {
      record: point,
      comment: "The newest restore point of each resource, at each exporter.",
      expr: `cbr_resource_last_restore_point_timestamp_seconds{image_type="backup"}
${whileFresh(["resource_id", "image_type"], "backups")}`,
    },
    {
      record: failed,
      comment:
        "When a resource's backups ended of which CBRTaskFailed, CBRTaskTimedOut or CBRResourceLastFailed tells: for as long as it does.",
      expr: `max by (${resource}) (
  ${resourceFailedEnd}{operation_type="backup"} and ${resourceFailedAge} and on (${project}) ${last("cbr_discovery_pages_total")}
  or max by (${task}, resource_id) (${last('cbr_task_info{operation_type="backup"}')}) * on (${task}) group_left () max by (${task}) (
    ${last("cbr_task_ended_timestamp_seconds")} and on (${task}) ${endedRecently} and on (${task}) ${notWell}{status=~"failed|timeout"}
))`,
    },
    {
      alert: "CBRBackupMissing",
      // Where a backup failed since it was due, that is told already.
      expr: `${newest(last(due))}
unless ${newest(`${last(point)} or ${failed}`)} >= ${newest(last(due))}`,
      severity: "critical",
      summary: `A backup is missing: ${nameOf(settings, "resource")}`,
      description: [
        `Resource {{ $labels.resource_id }} of project ${where(settings, "project")}{{ range ${ask(
          settings,
          `max by (__name__, vault_name, status) (${last('{__name__=~"cbr_resource_(info|last_restore_point_timestamp_seconds|last_status|protect_status)",image_type=~"(backup)?",operation_type=~"(backup)?",%s}')}) != 0`,
          "project",
          "resource_id",
        )} | sortByLabel "__name__" }}{{ if match "_info$" .Labels.__name__ }}{{ with .Labels.vault_name }}, vault {{ . }}{{ end }}`,
        `{{- else if match "_seconds$" .Labels.__name__ }}, last restore point {{ .Value | humanizeTimestamp }}`,
        `{{- else }}, {{ if match "_last_" .Labels.__name__ }}last backup{{ else }}protection{{ end }} {{ .Labels.status }}{{ end }}{{ end }}.`,
        "A restore point was due at {{ $value | humanizeTimestamp }}, and none has come since.",
        `{{ with ${ask(
          settings,
          `max by (status) (${last('cbr_vault_status{status!="available"}')} == 1 and ${itsVault}) or max(${last("cbr_vault_used_bytes")} / ${last("cbr_vault_size_bytes")} and ${itsVault})`,
          "project",
          "resource_id",
        )} }}Its vault is{{ range $n, $fact := . | sortByLabel "status" }}{{ if $n }},{{ end }} {{ with .Labels.status }}in status {{ . }}{{ else }}{{ .Value | humanizePercentage }} full{{ end }}{{ end }}. {{ end }}First: start a backup by hand; then see in the console why the policy made none.`,
      ],
      about: ["project"],
    },
  ];
}
