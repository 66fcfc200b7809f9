import type { Context } from "./context.ts";
import { clock, ever, last, reached, sinceForgotten, skew, unlessDown, upInShard } from "./promql.ts";
import type { Group } from "./rule.ts";
import { seconds } from "./settings.ts";
import { ask, reasons, where } from "./texts.ts";

/** Between the exporters and the cloud. */
export function api({ scope, settings }: Context): Group {
  const { project, shard, replica, exporter } = scope;
  const { thresholds } = settings;
  const projectName = `project ${where(settings, "project")}`;
  const errors = 'cbr_api_errors_total{reason!="not_found"}';
  const attempts = "cbr_api_request_duration_seconds_count";
  const offBy = last("cbr_api_clock_skew_seconds");
  const up = ever(upInShard);
  const shardsDown = ask(settings, `${reached}{%s} == 0 and on () max(cbr_exporter_shards) > 1`, "project");
  return {
    name: "cbr-api",
    rules: [
      {
        record: upInShard,
        comment:
          "Whether the cloud answers an exporter, with the shard that this one is; without, of one that does not say.",
        expr: `cbr_up * ignoring (project, shard) group_left (shard) group without () (cbr_exporter_shards)
or ignoring (shard) cbr_up`,
      },
      {
        record: reached,
        comment:
          "Of each shard, whether any replica has lately reached the cloud: 0 when one tried, and none did. No outage is shorter.",
        expr: `max by (${shard}) (max_over_time(${upInShard}[${thresholds.CBRApiDown}]))`,
      },
      {
        alert: "CBRApiDown",
        // Of a shard that is cut off, nobody else sees the tasks.
        expr: `group by (${project}) (${reached} == 0)`,
        for: "2m",
        severity: "critical",
        summary: `CBR's API does not answer for ${projectName}{{ range ${shardsDown} | sortByLabel "shard" }}, shard {{ .Labels.shard }}{{ end }}`,
        description: [
          `Requests of ${projectName} have brought nothing usable for ${thresholds.CBRApiDown}, or since the exporter started.`,
          ...reasons(settings),
          "All that is known of its tasks is old.",
          "First: run cbr-exporter --config.check-cloud, and look up the reason in the runbook.",
        ],
        about: ["project"],
      },
      {
        alert: "CBRApiErrors",
        // By replica: the retries of one that is cut off must not outweigh the others' good requests. And still: one bad
        // run of a slow schedule is no trouble that goes on.
        expr: `min by (${project}) (
  sum by (${replica}) (increase(${errors}[30m])) / sum by (${replica}) (increase(${attempts}[30m]))
) > ${thresholds.CBRApiErrors}
and on (${project}) sum by (${project}) (increase(${attempts}[30m])) >= 20
unless on (${project}) sum by (${project}) (increase(${errors}[10m])) == 0 ${unlessDown(scope)}`,
        for: "10m",
        severity: "warning",
        summary: `CBR's API often fails for ${projectName}`,
        description: [
          `In the last 30 minutes {{ $value | humanizePercentage }} of the requests of ${projectName} failed.`,
          ...reasons(settings),
          "First: look up the reason in the runbook; see whether all tasks are concerned.",
        ],
        about: ["project"],
      },
      {
        alert: "CBRApiThrottled",
        expr: `sum by (${project}) (increase(cbr_api_errors_total{reason="throttled"}[10m])) > 0`,
        for: thresholds.CBRApiThrottled,
        severity: "warning",
        summary: `CBR's API throttles ${projectName}`,
        description: [
          `For ${thresholds.CBRApiThrottled} the cloud has gone on refusing requests of ${projectName} with HTTP 429,`,
          `about {{ printf "%.0f" $value }} in the last 10 minutes. Its figures get older than the schedule says.`,
          "First: find who else calls the API with this account; lower rate_limit, or poll less often.",
        ],
        about: ["project"],
      },
      {
        alert: "CBRReplicaCutOff",
        expr: `group by (${replica}) (
  ${up} == 0 and on (${shard}) ${up} == 1
)`,
        for: sinceForgotten(thresholds.CBRReplicaCutOff),
        severity: "warning",
        summary: `One exporter does not reach the cloud: {{ $labels.instance }} (${projectName})`,
        description: [
          `For ${thresholds.CBRReplicaCutOff} the exporter {{ $labels.instance }} of job {{ $labels.job }} has had no usable answer`,
          `for ${projectName}, while another one has.`,
          ...reasons(settings, "job", "instance"),
          "First: compare its network, proxy, secrets and certificates with those of the others.",
        ],
        about: ["project"],
      },
      {
        alert: "CBRCredentialsExpiring",
        expr: `min by (${project}) (
  ${last(`cbr_auth_token_expiry_timestamp_seconds{method=~"token|token_file"}`)}
  - ignoring (method) group_left () ${skew} - ignoring (project, method) group_left () ${clock}
) < ${seconds(thresholds.CBRCredentialsExpiring)}`,
        severity: "warning",
        summary: `The token of ${projectName} {{ if gt $value 0.0 }}ends soon{{ else }}has ended{{ end }}`,
        description: [
          `The token of ${projectName} {{ if gt $value 0.0 }}ends in {{ $value | humanizeDuration }}{{ else }}has ended{{ end }};`,
          "nobody renews it but you.",
          "First: write a new token into the file of token_file; it is read again when it changes.",
        ],
        about: ["project"],
      },
      {
        alert: "CBRClockSkew",
        expr: `max by (${exporter}) (${offBy}) > ${seconds(thresholds.CBRClockSkew)}
or min by (${exporter}) (${offBy}) < -${seconds(thresholds.CBRClockSkew)}`,
        for: "15m",
        severity: "warning",
        summary: "The clock of an exporter's machine is wrong: {{ $labels.instance }}",
        description: [
          "The clock of {{ $labels.instance }} (job {{ $labels.job }}) is {{ $value | humanizeDuration }} behind the cloud's",
          "(ahead of it, where that is negative). Schedules run at the wrong time, and access keys are refused from 15 minutes on.",
          "First: see on that machine whether its time is synchronized (timedatectl).",
        ],
      },
    ],
  };
}
