import type { Context } from "./context.ts";
import { missingBackups } from "./missing-backups.ts";
import { ever, inventoryFresh, last, unlessDown, upInShard } from "./promql.ts";
import type { Group } from "./rule.ts";
import { seconds } from "./settings.ts";
import { ask, where } from "./texts.ts";
import { vaults } from "./vaults.ts";

/** What is to be backed up, and where to; told as long as the lists that say so come. Once a minute is enough. */
export function inventory({ scope, settings }: Context): Group {
  const { collector, shard } = scope;
  const { thresholds } = settings;
  const late = "cbr:inventory_late_seconds";
  const allowed = seconds(thresholds.CBRInventoryStale);
  const interval = "cbr_collector_interval_seconds";
  const errors = 'cbr_api_errors_total{operation=~"List(Vault|Policies|Backups|Protectable)",%s}';
  const lists = ask(
    settings,
    `min by (list) (${last("cbr_inventory_last_success_timestamp_seconds{%s}")})`,
    "project",
    "collector",
  );
  const name = `collector {{ $labels.collector }} of project ${where(settings, "project")}`;
  return {
    name: "cbr-inventory",
    interval: "1m",
    rules: [
      {
        record: late,
        comment:
          "Seconds since each list of an inventory was read, less three intervals of the schedule; since the configuration came into force where a collector of nothing else has never read all of its lists.",
        expr: `cbr_exporter_time_seconds - ignoring (project, collector, list) group_right () (
  cbr_inventory_last_success_timestamp_seconds
  or 0 * (${interval} unless cbr_collector_tasks unless cbr_collector_last_success_timestamp_seconds)
  + ignoring (project, collector) group_left () cbr_exporter_config_last_reload_success_timestamp_seconds
) - ignoring (list) group_left () 3 * max_over_time(${interval}[1h])`,
      },
      {
        record: inventoryFresh,
        comment:
          "Lists of a project that each exporter has read of late, at all of its collectors; none of one that is cut off while another of its shard is not.",
        expr: `max without (collector) (${late}{list!=""}) <= ${allowed}
unless ignoring (list, shard) (${upInShard} == 0 and on (${shard}) ${upInShard} == 1)`,
      },
      {
        alert: "CBRInventoryStale",
        // An exporter that is cut off has an alert of its own.
        expr: `max by (${collector}) (
  ${last(late)} and ignoring (collector, list) ${ever("cbr_up")} == 1
) > ${allowed}
${unlessDown(scope)}`,
        severity: "warning",
        summary: `What is known of vaults and backups is old: ${name}`,
        description: [
          `A list of ${name} has not been read for three intervals of its schedule and another {{ $value | humanizeDuration }}:`,
          "no alert is told that stands on it.",
          `{{ with ${lists} }}Last read:{{ range $n, $list := . | sortByLabel "list" }}{{ if $n }},{{ end }} {{ .Labels.list }} {{ .Value | humanizeTimestamp }}{{ end }}; another never was. {{ end }}`,
          `{{- with ${ask(settings, `sum by (operation, reason) (increase(${errors}[30m])) > 0`, "project")} }}Failed requests of 30 minutes:{{ range . | sortByLabel "operation" }} {{ .Labels.operation }} {{ .Labels.reason }} ({{ printf "%.0f" .Value }}){{ end }}. {{ end }}First: look up the reason in the runbook; until it is mended, look at vaults and backups in the console.`,
        ],
        about: ["project", "collector"],
      },
      ...missingBackups({ scope, settings }),
      ...vaults({ scope, settings }),
    ],
  };
}
