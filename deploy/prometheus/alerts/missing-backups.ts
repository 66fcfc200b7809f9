import type { Context } from "./context.ts";
import { inventoryFresh, last, resourceFailedAge, resourceFailedEnd, whileFresh } from "./promql.ts";
import type { Rule } from "./rule.ts";
import { ask, nameOf, where } from "./texts.ts";

/** Resources of which there is no restore point though one was due. Dues and restore points are times of the cloud, and compared with each other alone. */
export function missingBackups({ scope, settings }: Context): readonly Rule[] {
  const { resource, vault } = scope;
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
      comment: "The newest restore point of each resource, at each exporter; not what one believes that is cut off.",
      expr: `cbr_resource_last_restore_point_timestamp_seconds{image_type="backup"}
and ignoring (resource_id, image_type, list) ${inventoryFresh}`,
    },
    {
      record: failed,
      comment: "When a resource's newest backup ended, where it failed within the day, which is told.",
      expr: `${resourceFailedEnd}{operation_type="backup"} and ${resourceFailedAge}`,
    },
    {
      alert: "CBRBackupMissing",
      // Where a backup failed since it was due, that is told already; when that ends, the next night's may be under way.
      expr: `${newest(last(due))}
> ${newest(`${last(point)} or last_over_time(${failed}[6h]) or ${last(due)} - Inf`)}`,
      severity: "critical",
      summary: `A backup is missing: ${nameOf(settings, "resource")}`,
      description: [
        `Resource {{ $labels.resource_id }} of project ${where(settings, "project")}{{ range ${ask(
          settings,
          `max by (__name__, vault_name, status) (${last(`{__name__=~"cbr_resource_(info|last_status|protect_status)|${point}",operation_type=~"(backup)?",%s}`)}) != 0`,
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
