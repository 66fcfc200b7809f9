import { last } from "./promql.ts";
import type { Settings } from "./settings.ts";

// Templates of Prometheus for annotations. Names come by queries in them: joined into an expression, two replicas or a
// rename would make two alerts of one. Each query costs, so that an annotation has two of them at most.

/**
 * A query about the alert's own series; `%s` in it stands for their labels.
 *
 * @param by the labels of the alert that choose them
 */
export function ask({ labels }: Settings, query: string, ...by: readonly string[]): string {
  const names = [...labels, ...by];
  const matchers = names.map((name) => `${name}=%q`).join(",");
  const values = names.map((name) => `$labels.${name}`).join(" ");
  const count = query.split("%s").length - 1;
  return `printf \`${query.replaceAll("%s", matchers)}\` ${Array(count).fill(values).join(" ")} | query`;
}

/** A label of the alert, with those that tell it from its namesakes. */
export function where({ labels }: Settings, label: string): string {
  const more = labels.map((name) => `{{ with $labels.${name} }}, ${name} {{ . }}{{ end }}`);
  return [`{{ $labels.${label} }}`, ...more].join("");
}

/** The task by the name that its reader knows: the configuration's, else the resource's, else its id. */
export function taskName(settings: Settings): string {
  const names = last('{__name__=~"cbr_task_(config_)?info",%s}');
  const query = ask(settings, `group by (name, resource_name) (${names})`, "project", "task_id");
  return `{{ $name := $labels.task_id }}{{ range ${query} | sortByLabel "name" }}{{ with or .Labels.name .Labels.resource_name }}{{ $name = . }}{{ end }}{{ end }}{{ $name }} (project ${where(settings, "project")})`;
}

/** A resource or vault by its name, else its id. */
export function nameOf(settings: Settings, what: "resource" | "vault"): string {
  const [id, name] = [`${what}_id`, `${what}_name`];
  const query = ask(settings, `group by (${name}) (${last(`cbr_${what}_info{%s}`)})`, "project", id);
  return `{{ $name := $labels.${id} }}{{ range ${query} }}{{ with .Labels.${name} }}{{ $name = . }}{{ end }}{{ end }}{{ $name }} (project ${where(settings, "project")})`;
}

/** What the labels of a task's info metrics say. */
const labelsSay = {
  collector: "{{ with .Labels.collector }}, collector {{ . }}{{ end }}",
  error_code: "{{ with .Labels.error_code }}, error code {{ . }}{{ end }}",
  operation_type: "{{ with .Labels.operation_type }}, operation {{ . }}{{ end }}",
  resource: "{{ with or .Labels.resource_name .Labels.resource_id }}, resource {{ . }}{{ end }}",
  vault_name: "{{ with .Labels.vault_name }}, vault {{ . }}{{ end }}",
  reason: "{{ with .Labels.reason }}, last poll failed: {{ . }}{{ end }}",
} as const;

/** The info metrics that texts tell of, without `cbr_task_`, each with what its labels say. */
const infosSay = {
  config_info: [labelsSay.collector],
  info: [labelsSay.operation_type, labelsSay.resource, labelsSay.vault_name],
  error_info: [labelsSay.error_code],
  app_consistency_error_info: [labelsSay.error_code],
  poll_error_info: [labelsSay.reason],
} as const;

/** A metric of a task without `cbr_task_`: an info metric, a time, or the progress. */
export type Fact = keyof typeof infosSay | `${string}_timestamp_seconds` | "progress_ratio";

/** The start of a sentence: the task with what these metrics say of it. One query for all, as each costs. */
export function taskFacts(settings: Settings, ...facts: readonly Fact[]): string {
  const texts = facts.flatMap((fact) => infosSay[fact as keyof typeof infosSay] ?? []);
  const labels = ["__name__", ...new Set(texts.flatMap((text) => text.match(/(?<=\.Labels\.)\w+/g) ?? []))];
  const series = last(`{__name__=~"cbr_task_(${facts.join("|")})",%s}`);
  const query = ask(settings, `max by (${labels.join(", ")}) (${series})`, "project", "task_id");
  return [
    `Task {{ $labels.task_id }} of project ${where(settings, "project")}{{ range ${query} | sortByLabel "__name__" }}`,
    `{{ if match "_ratio$" .Labels.__name__ }}, progress {{ .Value | humanizePercentage }}`,
    `{{ else if match "_seconds$" .Labels.__name__ }}`,
    `, {{ .Labels.__name__ | reReplaceAll "cbr_task_|_timestamp_seconds" "" | reReplaceAll "_" " " }} {{ .Value | humanizeTimestamp }}`,
    `{{ else }}${texts.join("")}{{ end }}{{ end }}`,
  ].join("");
}

/** Why requests of the project fail: by what tasks say, those included that the login kept from being asked, and by call. */
export function reasons(settings: Settings, ...more: readonly string[]): readonly string[] {
  const labels = ["project", ...more];
  const polls = ask(
    settings,
    "count by (reason) (cbr_task_poll_error_info{%s}) or min(cbr_task_poll_failing_since_timestamp_seconds{%s})",
    ...labels,
  );
  const calls = ask(settings, "sum by (operation, reason) (increase(cbr_api_errors_total{%s}[30m])) > 0", ...labels);
  return [
    `{{ with ${polls} }}Polls fail:{{ range . | sortByLabel "reason" }}{{ if .Labels.reason }} {{ .Labels.reason }} ({{ .Value }} task{{ if ne .Value 1.0 }}s{{ end }}){{ else }} since {{ .Value | humanizeTimestamp }}{{ end }}{{ end }}. {{ end }}`,
    `{{- with ${calls} }}Failed requests of 30 minutes:{{ range . | sortByLabel "operation" }} {{ .Labels.operation }} {{ .Labels.reason }} ({{ printf "%.0f" .Value }}){{ end }}.{{ end }}`,
  ];
}
