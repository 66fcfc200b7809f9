import { type AlertName, alertNames } from "./alert-table.ts";

/** One way to break an alert's expression: text of its rule, and what stands there instead. */
interface Break {
  readonly from: string;
  readonly to: string;
}

/** Three breaks of each alert, and the file whose cases have to notice them. */
interface Breaks {
  readonly file: string;
  readonly threshold: Break;
  readonly matcher: Break;
  readonly aggregation: Break;
}

const byTask: Break = { from: "max by (project, task_id) (\n", to: "(\n" };
const byTaskInLine: Break = { from: "max by (project, task_id) (max_over_time", to: "(max_over_time" };
/** A status is believed only where the last poll was good. */
const isFresh: Break = { from: "and ignoring (status) last_over_time(cbr_task_poll_success[9m]) == 1", to: "" };
const twice = (seconds: number): Break => ({ from: `${seconds} # threshold`, to: `${2 * seconds} # threshold` });

export const breaks: Readonly<Record<AlertName, Breaks>> = {
  CBRTaskFailed: {
    file: "finished.yaml",
    threshold: twice(86400),
    matcher: { from: 'status="failed"', to: 'status=~"failed|skipped"' },
    aggregation: byTask,
  },
  CBRTaskTimedOut: {
    file: "finished.yaml",
    threshold: twice(86400),
    matcher: { from: 'status="timeout"', to: 'status=~"timeout|failed"' },
    aggregation: byTask,
  },
  CBRTaskSkipped: {
    file: "finished.yaml",
    threshold: twice(86400),
    matcher: { from: 'status="skipped"', to: 'status="skip"' },
    aggregation: byTask,
  },
  CBRBackupNotAppConsistent: {
    file: "app-consistency.yaml",
    threshold: twice(86400),
    matcher: { from: "cbr_task_app_consistency_error_info", to: "cbr_task_app_consistent" },
    aggregation: byTaskInLine,
  },
  CBRTaskRunningTooLong: {
    file: "too-long.yaml",
    threshold: twice(86400),
    matcher: isFresh,
    aggregation: byTask,
  },
  CBRTaskWaitingTooLong: {
    file: "too-long.yaml",
    threshold: twice(21600),
    matcher: { from: 'status="waiting"} == 0', to: 'status="success"} == 1' },
    aggregation: byTask,
  },
  CBRTaskNotFound: {
    file: "not-found.yaml",
    threshold: { from: "== 0) # threshold", to: "== 1) # threshold" },
    matcher: { from: "cbr_task_found == 1 and cbr_task_poll_success == 1", to: "cbr_task_found == 1" },
    aggregation: { from: "max by (project, task_id) (last_over_time", to: "(last_over_time" },
  },
  CBRTaskStalled: {
    file: "stalled.yaml",
    threshold: twice(3600),
    matcher: isFresh,
    aggregation: byTask,
  },
  CBRTaskPollStale: {
    file: "poll-stale.yaml",
    threshold: twice(900),
    matcher: {
      from: "unless on (project, task_id) (cbr_task_poll_success == 1 unless cbr_task_poll_next",
      to: "unless on (project, task_id) (cbr_task_poll_success == 2 unless cbr_task_poll_next",
    },
    aggregation: {
      from: "max by (project, task_id) (cbr_task_poll_next_timestamp_seconds)",
      to: "cbr_task_poll_next_timestamp_seconds",
    },
  },
  CBRApiDown: {
    file: "api.yaml",
    threshold: { from: "for: 10m", to: "for: 5m" },
    matcher: { from: ") == 0", to: ") >= 0" },
    aggregation: { from: "max by (project) (cbr_up)", to: "cbr_up" },
  },
  CBRApiThrottled: {
    file: "api.yaml",
    threshold: { from: "for: 15m", to: "for: 5m" },
    matcher: { from: 'reason="throttled"', to: 'reason=~"throttled|server_error"' },
    aggregation: { from: "sum by (project) (\n", to: "(\n" },
  },
  CBRCredentialsExpiring: {
    file: "api.yaml",
    threshold: twice(7200),
    matcher: { from: 'method=~"token|token_file"', to: 'method!=""' },
    aggregation: { from: "min by (project) (\n", to: "(\n" },
  },
  CBRCollectorSkipping: {
    file: "exporter.yaml",
    threshold: { from: "\n          > sum", to: "\n          > 2 * sum" },
    matcher: { from: 'result!="skipped"', to: 'result="partial"' },
    aggregation: { from: "sum by (project, collector) (project_collector", to: "(project_collector" },
  },
  CBRExporterDown: {
    file: "exporter.yaml",
    threshold: { from: "for: 5m", to: "for: 1m" },
    matcher: { from: 'up{job="cbr"} == 1', to: 'up{job="cbr"}' },
    aggregation: { from: 'absent(up{job="cbr"} == 1)', to: 'up{job="cbr"} == 0' },
  },
};

/** Rules in which one alert is broken in one way. */
export interface Mutation {
  readonly alert: AlertName;
  readonly kind: "threshold" | "matcher" | "aggregation";
  readonly file: string;
  readonly rules: string;
}

/** @throws when a text to break does not stand in the alert's rule: the break would break nothing */
export function mutations(rules: string): readonly Mutation[] {
  return alertNames.flatMap((alert) =>
    (["threshold", "matcher", "aggregation"] as const).map((kind) => {
      const { file, [kind]: broken } = breaks[alert];
      const rule = ruleOf(alert, rules);
      if (!rule.includes(broken.from)) throw new Error(`${alert}, ${kind}: its rule has no ${broken.from}`);
      return { alert, kind, file, rules: rules.replace(rule, () => rule.replace(broken.from, () => broken.to)) };
    }),
  );
}

function ruleOf(alert: AlertName, rules: string): string {
  const [rule] = new RegExp(`^ +- alert: ${alert}$.*?^ +annotations:$`, "ms").exec(rules) ?? [];
  if (rule === undefined) throw new Error(`there is no alert ${alert}`);
  return rule;
}
