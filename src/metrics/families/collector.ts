import type { Micros } from "../../base/micros.ts";
import type { CollectorState } from "../../collect/collector.ts";
import type { ListState } from "../../collect/list-states.ts";
import { type Family, gauge, type Labels, seconds, yesOrNo } from "./family.ts";

/** What all series of a collector carry. */
export function collectorLabels({ project, collector }: CollectorState): Labels {
  return { project, collector };
}

export const collectorFamilies: readonly Family<CollectorState, "gauge" | "counter">[] = [
  {
    name: "cbr_collector_runs_total",
    help: "Runs of the collector: success (every poll answered, or none was due), partial, failed (none answered), skipped (the previous run was still going).",
    type: "counter",
    labelNames: ["result"],
    samples: ({ runs }) => Object.entries(runs).map(([result, value]) => ({ labels: { result }, value })),
  },
  gauge("cbr_collector_last_run_timestamp_seconds", "When the last run ended, in Unix seconds.", ({ lastRunAt }) =>
    seconds(lastRunAt),
  ),
  gauge(
    "cbr_collector_last_success_timestamp_seconds",
    "When the last run ended in which every poll was answered, in Unix seconds.",
    ({ lastSuccessAt }) => seconds(lastSuccessAt),
  ),
  gauge("cbr_collector_next_run_timestamp_seconds", "When the next run is due, in Unix seconds.", ({ nextRunAt }) =>
    seconds(nextRunAt),
  ),
  gauge(
    "cbr_collector_interval_seconds",
    "How far apart the schedule's last tick and its next one are, in seconds.",
    ({ interval }) => seconds(interval),
  ),
  gauge(
    "cbr_collector_last_run_duration_seconds",
    "How long the last run took, in seconds.",
    ({ lastRunSeconds }) => lastRunSeconds,
  ),
  gauge(
    "cbr_collector_tasks",
    "Tasks that the collector watches, finished ones included, a count. Absent for a collector that is to have none.",
    ({ tasks }) => tasks,
  ),
  gauge(
    "cbr_collector_task_files_last_read_successful",
    "1 when all task files of the collector were good at the last look, else 0. Absent without task_files.",
    ({ taskFilesOk }) => yesOrNo(taskFilesOk),
  ),
  counter(
    "cbr_discovery_pages_total",
    "Pages of listings that came (API: ListOpLogs). Absent without discover.",
    ({ discovery }) => discovery?.pages,
  ),
  counter(
    "cbr_discovery_tasks_dropped_total",
    "Finished tasks, the oldest, that max_tasks left without series of their own. Absent without discover.",
    ({ discovery }) => discovery?.dropped,
  ),
  gauge(
    "cbr_discovery_window_start_timestamp_seconds",
    "What the last listing looked back to, in Unix seconds. Absent without discover.",
    ({ discovery }) => seconds(discovery?.windowStart),
  ),
  {
    name: "cbr_inventory_last_success_timestamp_seconds",
    help: "When the list was last read to its end, in Unix seconds (API: ListVault, ListPolicies, ListBackups, ListProtectable): how old what is said of vaults, policies and restore points is. Absent without inventory.",
    type: "gauge",
    labelNames: ["list"],
    samples: ofLists(({ readAt }) => readAt),
  },
  {
    name: "cbr_inventory_failing_since_timestamp_seconds",
    help: "When the first of the tries ended that have failed to read the list since it was last read to its end, in Unix seconds. Absent while it can be read, and without inventory.",
    type: "gauge",
    labelNames: ["list"],
    samples: ofLists(({ failingSince }) => failingSince),
  },
];

function ofLists(time: (state: ListState) => Micros | undefined): Family<CollectorState>["samples"] {
  return ({ inventory = [] }) =>
    [...inventory].flatMap(([list, state]) => {
      const value = seconds(time(state));
      return value === undefined ? [] : [{ labels: { list }, value }];
    });
}

function counter(
  name: string,
  help: string,
  value: (state: CollectorState) => number | undefined,
): Family<CollectorState, "counter"> {
  return { ...gauge(name, help, value), type: "counter" };
}
