import type { Context } from "./context.ts";
import { missingBackups } from "./missing-backups.ts";
import { clock, ever, inventoryFresh, last, unlessDown, upInShard } from "./promql.ts";
import type { Group } from "./rule.ts";
import { seconds } from "./settings.ts";
import { ask, where } from "./texts.ts";
import { vaults } from "./vaults.ts";

/** What is to be backed up, and where to; told as long as the lists that say so come. Once a minute is enough. */
export function inventory({ scope, settings }: Context): Group {
  const { collector, shard } = scope;
  const { thresholds } = settings;
  const allowed = seconds(thresholds.CBRInventoryStale);
  const interval = "cbr_collector_interval_seconds";
  const errors = 'cbr_api_errors_total{operation=~"List(Vault|Policies|Backups|Protectable)",%s}';
  const age = (of: string): string => `ignoring (project, collector, list) group_right () ${of}`;
  const intervals = (count: number): string =>
    `ignoring (list) group_left () ${count} * max_over_time(${interval}[1h])`;
  const failing = last("cbr_inventory_failing_since_timestamp_seconds");
  const lists = ask(
    settings,
    `min by (list) (${last("cbr_inventory_failing_since_timestamp_seconds{%s}")})`,
    "project",
    "collector",
  );
  const name = `collector {{ $labels.collector }} of project ${where(settings, "project")}`;
  return {
    name: "cbr-inventory",
    interval: "1m",
    rules: [
      {
        record: inventoryFresh,
        comment:
          "Lists of a project that each exporter has read within three intervals of the schedule and half an hour, at all of its collectors; none of one that is cut off while another of its shard is not.",
        expr: `max without (collector) (
  cbr_exporter_time_seconds - ${age("cbr_inventory_last_success_timestamp_seconds")} - ${intervals(3)}
) <= ${allowed}
unless ignoring (list, shard) (${upInShard} == 0 and on (${shard}) ${upInShard} == 1)`,
      },
      {
        alert: "CBRInventoryStale",
        // The first failure comes an interval after the last success. An exporter that is cut off has an alert of its own.
        expr: `max by (${collector}) (
  ${clock} - ${age(failing)} - ${intervals(2)}
  and ignoring (collector, list) ${ever("cbr_up")} == 1
) > ${allowed}
${unlessDown(scope)}`,
        severity: "warning",
        summary: `What is known of vaults and backups is old: ${name}`,
        description: [
          `For two intervals of its schedule and another {{ $value | humanizeDuration }} ${name} has not been able to read`,
          `{{- with ${lists} }}{{ range $n, $list := . | sortByLabel "list" }}{{ if $n }},{{ end }} {{ .Labels.list }} (since {{ .Value | humanizeTimestamp }}){{ end }}{{ else }} a list{{ end }}: alerts that stand on that are silent.`,
          `{{ with ${ask(settings, `sum by (operation, reason) (increase(${errors}[30m])) > 0`, "project")} }}Failed requests of 30 minutes:{{ range . | sortByLabel "operation" }} {{ .Labels.operation }} {{ .Labels.reason }} ({{ printf "%.0f" .Value }}){{ end }}. {{ end }}First: look up the reason in the runbook; until it is mended, look at vaults and backups in the console.`,
        ],
        about: ["project", "collector"],
      },
      ...missingBackups({ scope, settings }),
      ...vaults({ scope, settings }),
    ],
  };
}
