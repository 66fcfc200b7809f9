import { Counter, Gauge, type Registry } from "prom-client";
import type { Micros } from "../base/micros.ts";
import type { CollectorState } from "../collect/collector.ts";
import type { ProjectSummary } from "../collect/project-health.ts";

export interface States {
  readonly projects: () => readonly ProjectSummary[];
  readonly collectors: () => readonly CollectorState[];
}

/** Registers the metrics of projects and collectors; each collection shows those of the moment. */
export function registerStateMetrics(registry: Registry, { projects, collectors }: States): void {
  const registers = [registry];

  function projectGauge(name: string, help: string, value: (state: ProjectSummary) => number | undefined): void {
    new Gauge({
      name,
      help,
      labelNames: ["project"],
      registers,
      collect() {
        this.reset();
        for (const state of projects()) {
          const known = value(state);
          if (known !== undefined) this.set({ project: state.project }, known);
        }
      },
    });
  }

  function collectorGauge(name: string, help: string, value: (state: CollectorState) => number | undefined): void {
    new Gauge({
      name,
      help,
      labelNames: ["project", "collector"],
      registers,
      collect() {
        this.reset();
        for (const state of collectors()) {
          const known = value(state);
          if (known !== undefined) this.set({ project: state.project, collector: state.collector }, known);
        }
      },
    });
  }

  projectGauge(
    "cbr_up",
    "1 when the cloud answers for this project (a 404 is an answer), 0 when a run ended, or was silent for a minute, without a usable answer to what had been answered before; also when the login failed.",
    ({ up }) => (up === undefined ? undefined : Number(up)),
  );
  projectGauge(
    "cbr_api_last_request_timestamp_seconds",
    "When the last request to the cloud ended, in Unix seconds: how old cbr_up is.",
    ({ lastRequestAt }) => seconds(lastRequestAt),
  );

  projectGauge(
    "cbr_api_clock_skew_seconds",
    "How far the cloud's clock is ahead of this machine's, in seconds, from the header Date of its answers, which tells whole seconds.",
    ({ skewMs }) => (skewMs === undefined ? undefined : skewMs / 1000),
  );

  new Gauge({
    name: "cbr_auth_token_expiry_timestamp_seconds",
    help: "When the credential of the project's login ends, in Unix seconds, where that is known (API: expires_at). Only token and token_file are not renewed by the exporter.",
    labelNames: ["project", "method"],
    registers,
    collect() {
      this.reset();
      for (const { project, method, expiresAt } of projects()) {
        const known = seconds(expiresAt);
        if (known !== undefined) this.set({ project, method }, known);
      }
    },
  });

  new Counter({
    name: "cbr_collector_runs_total",
    help: "Runs of the collector: success (every poll answered, or none was due), partial, failed (none answered), skipped (the previous run was still going).",
    labelNames: ["project", "collector", "result"],
    registers,
    collect() {
      this.reset();
      for (const { project, collector, runs } of collectors()) {
        for (const [result, count] of Object.entries(runs)) this.inc({ project, collector, result }, count);
      }
    },
  });
  collectorGauge("cbr_collector_last_run_timestamp_seconds", "When the last run ended, in Unix seconds.", (state) =>
    seconds(state.lastRunAt),
  );
  collectorGauge(
    "cbr_collector_last_success_timestamp_seconds",
    "When the last run ended in which every poll was answered, in Unix seconds.",
    (state) => seconds(state.lastSuccessAt),
  );
  collectorGauge("cbr_collector_next_run_timestamp_seconds", "When the next run is due, in Unix seconds.", (state) =>
    seconds(state.nextRunAt),
  );
  collectorGauge(
    "cbr_collector_interval_seconds",
    "How far apart the schedule's last tick and its next one are, in seconds.",
    (state) => seconds(state.interval),
  );
  collectorGauge(
    "cbr_collector_last_run_duration_seconds",
    "How long the last run took, in seconds.",
    (state) => state.lastRunSeconds,
  );
  collectorGauge(
    "cbr_collector_tasks",
    "Tasks that the collector watches, finished ones included, a count. Absent for a collector that is to have none.",
    (state) => state.tasks,
  );
  collectorGauge(
    "cbr_collector_task_files_last_read_successful",
    "1 when all task files of the collector were good at the last look, else 0. Absent without task_files.",
    ({ taskFilesOk }) => (taskFilesOk === undefined ? undefined : Number(taskFilesOk)),
  );
}

function seconds(time: Micros | undefined): number | undefined {
  return time === undefined ? undefined : time / 1e6;
}
