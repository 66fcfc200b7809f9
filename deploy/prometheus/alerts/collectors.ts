import type { Context } from "./context.ts";
import { clock, last, unlessDown } from "./promql.ts";
import type { Alert, Group } from "./rule.ts";
import { seconds } from "./settings.ts";
import { ask, where } from "./texts.ts";

/** Whether collectors do what they are configured for. */
export function collectors({ scope, settings }: Context): Group {
  const { collector } = scope;
  const { thresholds } = settings;
  const name = `{{ $labels.collector }} of project ${where(settings, "project")}`;
  const interval = "cbr_collector_interval_seconds";
  const warning = { severity: "warning", about: ["project", "collector"] } as const satisfies Partial<Alert>;
  return {
    name: "cbr-collectors",
    rules: [
      {
        ...warning,
        alert: "CBRCollectorBehind",
        // A clock that is set forward makes every run look old, until the next one.
        for: "5m",
        // Before its first run it counts from the configuration's coming into force, which is the start or a reload.
        expr: `max by (${collector}) (${clock} - ignoring (project, collector) group_right () (
  ${last("cbr_collector_last_run_timestamp_seconds")} or 0 * ${last(interval)}
  + ignoring (project, collector) group_left () ${last("cbr_exporter_config_last_reload_success_timestamp_seconds")}
) - 3 * max_over_time(${interval}[1h])) > ${seconds(thresholds.CBRCollectorBehind)}
${unlessDown(scope)}`,
        summary: `Collector ${name} does not get its runs done`,
        description: [
          `No run of collector ${name} has ended for three intervals of its schedule and another {{ $value | humanizeDuration }}`,
          `{{- with ${ask(settings, "max(cbr_collector_last_run_duration_seconds{%s})", "project", "collector")} }}; its last run took {{ . | first | value | humanizeDuration }}{{ end }}`,
          `{{- with ${ask(settings, "max(cbr_collector_tasks{%s})", "project", "collector")} }}, it watches {{ . | first | value }} tasks{{ end }}.`,
          "First: look for polls that hang, in cbr_task_poll_error_info and in the log; compare the tasks with rate_limit.",
        ],
      },
      {
        ...warning,
        alert: "CBRCollectorEmpty",
        // One that finds its tasks by itself may well have none for a day.
        expr: `max by (${collector}) (${last("cbr_collector_tasks")}) == 0
unless on (${collector}) ${last("cbr_discovery_pages_total")}`,
        for: thresholds.CBRCollectorEmpty,
        summary: `Collector ${name} has no task to watch`,
        description: [
          `Collector ${name} has had no task for ${thresholds.CBRCollectorEmpty}: nothing can fail there, and nothing can be told.`,
          "First: look at its tasks and task_files; where it is to have none, write tasks: [] and nothing else.",
        ],
      },
      {
        ...warning,
        alert: "CBRTaskFilesBroken",
        expr: `min by (${collector}) (${last("cbr_collector_task_files_last_read_successful")}) == 0`,
        for: thresholds.CBRTaskFilesBroken,
        summary: `Task files of collector ${name} cannot be used`,
        description: [
          `For ${thresholds.CBRTaskFilesBroken} a task file of collector ${name} has been missing or wrong; its last good content stays`,
          `{{- with ${ask(settings, "cbr_collector_task_files_last_read_successful{%s} == 0", "project", "collector")} }}, at{{ range . }} {{ .Labels.instance }}{{ end }}{{ end }}.`,
          "First: the exporter's log says which file, where in it, and what to do.",
        ],
      },
    ],
  };
}
