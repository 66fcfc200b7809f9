import { Counter, Gauge, type Registry } from "prom-client";
import type { CollectorState } from "../collect/collector.ts";
import type { ProjectState } from "../collect/project-health.ts";
import type { Micros } from "../tasks/micros.ts";

/** A project's login, with the end of its credential where that is known. */
export interface LoginState {
  readonly project: string;
  /** The key under `auth`. */
  readonly method: string;
  readonly expiresAt: Micros | undefined;
}

export interface States {
  readonly projects: () => readonly ProjectState[];
  readonly collectors: () => readonly CollectorState[];
  readonly logins: () => readonly LoginState[];
}

/** Registers the metrics of projects and collectors; each collection shows those of the moment. */
export function registerStateMetrics(registry: Registry, { projects, collectors, logins }: States): void {
  const registers = [registry];

  function projectGauge(name: string, help: string, value: (state: ProjectState) => number | undefined): void {
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
    "1 when the cloud answers for this project (a 404 is an answer), 0 when the last run that asked got no usable answer, or has stopped getting any.",
    ({ up }) => (up === undefined ? undefined : Number(up)),
  );
  projectGauge(
    "cbr_api_last_request_timestamp_seconds",
    "When the last request to the cloud ended, in Unix seconds: how old cbr_up is.",
    ({ lastRequestAt }) => seconds(lastRequestAt),
  );

  new Gauge({
    name: "cbr_auth_token_expiry_timestamp_seconds",
    help: "When the credential of the project's login ends, in Unix seconds, where that is known (API: expires_at). Only token and token_file are not renewed by the exporter.",
    labelNames: ["project", "method"],
    registers,
    collect() {
      this.reset();
      for (const { project, method, expiresAt } of logins()) {
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
    "cbr_collector_last_run_duration_seconds",
    "How long the last run took, in seconds.",
    (state) => state.lastRunSeconds,
  );
  collectorGauge(
    "cbr_collector_tasks",
    "Tasks that the collector watches, finished ones included, a count.",
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
