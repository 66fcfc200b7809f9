import { setMaxListeners } from "node:events";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { Clock } from "../clock.ts";
import type { CollectorConfig, ProjectConfig } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { Micros } from "../tasks/micros.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { ProjectHealth } from "./project-health.ts";
import { type RunSummary, runOnce } from "./run.ts";
import type { Schedule } from "./schedule.ts";

export const runResults = ["success", "partial", "failed", "skipped"] as const;
export type RunResult = (typeof runResults)[number];

/** A collector as its metrics show it. */
export interface CollectorState {
  readonly project: string;
  readonly collector: string;
  readonly runs: Readonly<Record<RunResult, number>>;
  /** End of the last run. */
  readonly lastRunAt?: Micros;
  readonly lastSuccessAt?: Micros;
  readonly lastRunSeconds?: number;
  readonly nextRunAt: Micros;
  readonly tasks: number;
  /** Only for a collector with `task_files`. */
  readonly taskFilesOk?: boolean;
}

/** Polls its tasks by its schedule; runs never overlap. */
export interface Collector {
  readonly config: CollectorConfig;
  start(): void;
  nextTick(): Micros;
  state(): CollectorState;
  /** Starts no run any more. */
  stop(): void;
  /** Settles once no run is under way. */
  idle(): Promise<void>;
  /** Aborts the requests of the run under way. */
  abort(): void;
}

export interface CollectorOptions {
  readonly config: CollectorConfig;
  readonly project: Pick<ProjectConfig, "name" | "concurrency">;
  readonly api: Pick<ProjectApi, "showOperationLog">;
  readonly store: TaskStore;
  readonly health: ProjectHealth;
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly log: Log;
  /** Brings the lists of tasks up to date; called before each run. @returns whether this collector's files are good */
  readonly refreshTasks: () => Promise<boolean>;
}

export function createCollector(options: CollectorOptions): Collector {
  const { config, project, api, store, health, schedule, clock, log, refreshTasks } = options;
  const names = { project: project.name, collector: config.name };
  const runs: Record<RunResult, number> = { success: 0, partial: 0, failed: 0, skipped: 0 };
  const last: { lastRunAt?: Micros; lastSuccessAt?: Micros; lastRunSeconds?: number } = {};
  const aborting = new AbortController();
  // As many listeners as requests in flight; more than ten would print a warning.
  setMaxListeners(0, aborting.signal);
  let taskFilesOk = true;
  let running: Promise<void> | undefined;
  let missedTick = false;
  let stopped = false;

  const isOwn = (record: TaskRecord | undefined): record is TaskRecord =>
    record !== undefined && record.project === project.name && record.origin.collector === config.name;

  function* records() {
    for (const record of store.records()) if (isOwn(record)) yield record;
  }

  // Counted as they come and go: a scrape must not walk through all tasks for each collector.
  let tasks = [...records()].length;
  const unsubscribe = store.subscribe((before, after) => {
    tasks += Number(isOwn(after)) - Number(isOwn(before));
  });

  async function run(at: Micros): Promise<void> {
    const start = clock.monotonic();
    taskFilesOk = await refreshTasks();
    const summary = await runOnce({
      ...names,
      records: records(),
      api,
      concurrency: project.concurrency,
      store,
      clock,
      log,
      at,
      nextTick: () => schedule.next(),
      overdue: () => missedTick,
      onAnswer: () => health.answered(project.name),
      onSilence: () => health.gotNothing(project.name),
      signal: aborting.signal,
    });
    // A run that the program's end cut short is no judgement about the cloud.
    if (stopped && summary.notAsked > 0) return;
    if (summary.sent && summary.answered === 0) health.gotNothing(project.name);
    const result = resultOf(summary);
    runs[result] += 1;
    last.lastRunAt = clock.now();
    if (result === "success") last.lastSuccessAt = last.lastRunAt;
    last.lastRunSeconds = (clock.monotonic() - start) / 1000;
    const { due, answered, notFound, failed, notAsked } = summary;
    log[due > 0 ? "info" : "debug"]("Run finished", {
      ...names,
      result,
      due,
      answered,
      not_found: notFound,
      failed,
      not_asked: notAsked,
      seconds: Math.round(last.lastRunSeconds * 1000) / 1000,
    });
  }

  function onTick(at: Micros): void {
    if (stopped) return;
    if (running !== undefined) {
      missedTick = true;
      runs.skipped += 1;
      log.debug("Run skipped, the previous one is still going", names);
      return;
    }
    missedTick = false;
    running = run(at)
      .catch((error: unknown) => {
        runs.failed += 1;
        log.error("Run failed", { ...names, error: String(error) });
      })
      .finally(() => {
        running = undefined;
      });
  }

  return {
    config,
    start() {
      schedule.start(onTick);
      if (config.runOnStart) onTick(clock.now());
    },
    nextTick: () => schedule.next(),
    state() {
      const files = config.taskFiles.length > 0 ? { taskFilesOk } : {};
      return { ...names, runs: { ...runs }, ...last, nextRunAt: schedule.next(), tasks, ...files };
    },
    stop() {
      stopped = true;
      schedule.stop();
      unsubscribe();
    },
    async idle() {
      await running;
    },
    abort: () => aborting.abort(),
  };
}

function resultOf({ answered, failed, notAsked }: RunSummary): Exclude<RunResult, "skipped"> {
  if (failed + notAsked === 0) return "success";
  return answered > 0 ? "partial" : "failed";
}
