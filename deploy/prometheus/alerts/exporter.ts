import type { Context } from "./context.ts";
import { last } from "./promql.ts";
import type { Group } from "./rule.ts";
import { ask, where } from "./texts.ts";

/** The exporters themselves, whatever their job is called, and the way of alerts. */
export function exporter({ scope, settings }: Context): Group {
  const { exporter: target, job } = scope;
  // A week: one that was down over a long weekend is still known.
  const known = "last_over_time(cbr_exporter_build_info[7d])";
  // As far back on both sides: where there are to be fewer, those that have gone say their number for as long as they count.
  const shards = "last_over_time(cbr_exporter_shards[5m])";
  const present = ask(settings, "group by (shard) (cbr_exporter_shards{%s})", "job");
  const total = ask(settings, "max(cbr_exporter_shards{%s})", "job");
  return {
    name: "cbr-exporter",
    rules: [
      {
        alert: "CBRExporterDown",
        // 3 minutes, and 2 of `for`: a restart of Prometheus then leaves no gap of 4, which ends an alert.
        expr: `group by (${target}) (max_over_time(up[3m]) == 0)
and on (${target}) ${known}`,
        for: "2m",
        severity: "critical",
        summary: "A CBR exporter cannot be scraped: {{ $labels.instance }}",
        description: [
          "For 5 minutes Prometheus has not reached {{ $labels.instance }} (job {{ $labels.job }}).",
          "{{ with query `count(cbr_exporter_build_info)` }}{{ . | first | value }} other exporters answer.{{ else }}No exporter answers: nothing is known of any CBR task.{{ end }}",
          "First: see whether it runs (curl http://{{ $labels.instance }}/-/healthy), and what its last lines of log say.",
        ],
      },
      {
        alert: "CBRExporterAbsent",
        expr: `absent_over_time(cbr_exporter_build_info[3m])
unless on () (up == 0 and on (${target}) ${known})`,
        for: "2m",
        severity: "critical",
        summary: "Prometheus has no CBR exporter",
        description: [
          "For 5 minutes no target has been a CBR exporter, and none is known that cannot be scraped.",
          "Nothing is known of any CBR task.",
          "First: look for the exporter on Prometheus's page of targets; its scrape configuration or service discovery has lost it.",
        ],
      },
      {
        alert: "CBRShardMissing",
        expr: `count by (${job}) (count by (${job}, shard) (${shards})) < max by (${job}) (${shards})`,
        // They need not all start, or learn of another number, at once.
        for: "3m",
        severity: "critical",
        summary: `A shard of the CBR exporters is missing: ${where(settings, "job")}`,
        description: [
          `For 8 minutes only {{ $value }}{{ with ${total} }} of {{ . | first | value }}{{ end }} shards of job {{ $labels.job }} have been there`,
          `{{- with ${present} }} ({{ range $n, $shard := . | sortByLabel "shard" }}{{ if $n }}, {{ end }}{{ $shard.Labels.shard }}{{ end }}){{ end }}:`,
          "nobody watches the tasks and resources of the others.",
          "First: see which of the shards does not run, and why; all must be started with the same --shard.count.",
        ],
      },
      {
        alert: "CBRExporterRestarting",
        expr: `sum by (${target}) (changes(process_start_time_seconds[30m])) > ${settings.thresholds.CBRExporterRestarting}
and on (${target}) ${last("cbr_exporter_build_info")}`,
        severity: "warning",
        summary: "A CBR exporter starts again and again: {{ $labels.instance }}",
        description: [
          "{{ $labels.instance }} (job {{ $labels.job }}) started {{ $value }} times in 30 minutes; each time it asks for all its tasks anew.",
          "First: its last lines of log before a start say why it ended; without any, look for its memory limit or its probes.",
        ],
      },
      {
        alert: "CBRConfigReloadFailed",
        expr: `group by (${target}) (${last("cbr_exporter_config_last_reload_successful")} == 0)`,
        for: "5m",
        severity: "warning",
        summary: "A CBR exporter cannot load its configuration: {{ $labels.instance }}",
        description: [
          "For 5 minutes {{ $labels.instance }} (job {{ $labels.job }}) has gone on with the configuration before, since the new one is wrong;",
          "the next start would fail.",
          "First: cbr-exporter --config.check tells every problem, and so does its log.",
        ],
      },
      {
        alert: "CBRStorageFailing",
        expr: `group by (${target}) (${last("cbr_exporter_storage_last_write_successful")} == 0)`,
        for: "5m",
        severity: "warning",
        summary: "A CBR exporter cannot store its facts: {{ $labels.instance }}",
        description: [
          "For 5 minutes {{ $labels.instance }} (job {{ $labels.job }}) has not been able to write to --storage.path;",
          "what it learns now would be lost by a restart.",
          "First: room and rights on that disk; the log says what the disk said.",
        ],
      },
      {
        alert: "CBRWatchdog",
        expr: "vector(1)",
        severity: "none",
        summary: "Alerts on CBR reach their receivers",
        description: [
          "This alert always fires, so that a service which expects it notices when Prometheus or Alertmanager does not work.",
          "Nothing is to be done while it comes.",
        ],
      },
    ],
  };
}
