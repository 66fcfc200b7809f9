import { setMaxListeners } from "node:events";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { type Micros, since } from "../base/micros.ts";
import { Stopped, untilAborted } from "../base/waits.ts";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { CollectorConfig, ProjectConfig } from "../config/config.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { createMakeUp } from "./make-up.ts";
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
  /** From the schedule's last tick to its next. */
  readonly interval: Micros;
  /** Absent for a collector that is to have none. */
  readonly tasks?: number;
  /** Only for a collector with `task_files`. */
  readonly taskFilesOk?: boolean;
}

/** Polls its tasks by its schedule; runs never overlap. */
export interface Collector {
  readonly config: CollectorConfig;
  /** @param atOnce whether to run now, without waiting for the first tick */
  start(atOnce: boolean): void;
  nextTick(): Micros;
  /** Times that lie ahead after the clock was set back become now. */
  clockSetBack(now: Micros): void;
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
  readonly api: Pick<ProjectApi, "showOperationLog" | "pausedMs">;
  readonly store: TaskStore;
  readonly health: Pick<ProjectHealth, "watchRun">;
  readonly schedule: Schedule;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
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
  const makeUp = createMakeUp({ clock, random: options.random, onDue: () => begin(clock.now(), "make-up") });
  /** What the make-up run is to ask for. */
  let askAgain: ReadonlySet<TaskKey> = new Set();
  let taskFilesOk = true;
  let running: Promise<void> | undefined;
  let runningFor: "tick" | "make-up" = "tick";
  /** The tick that is to follow the run under way at once: it came in a make-up run, or where the clock jumped. */
  let tickToFollow: Micros | undefined;
  let missedTick = false;
  let stopped = false;

  const isOwn = (record: TaskRecord | undefined): record is TaskRecord =>
    record !== undefined && record.project === project.name && record.origin.collector === config.name;

  function* records() {
    for (const record of store.records()) if (isOwn(record)) yield record;
  }

  function* leftRecords(keys: ReadonlySet<TaskKey>) {
    for (const key of keys) {
      const record = store.get(key);
      if (isOwn(record)) yield record;
    }
  }

  // Counted as they come and go: a scrape must not walk through all tasks for each collector.
  let tasks = [...records()].length;
  const unsubscribe = store.subscribe((before, after) => {
    tasks += Number(isOwn(after)) - Number(isOwn(before));
  });

  async function run(at: Micros, kind: "tick" | "make-up"): Promise<void> {
    const start = clock.monotonic();
    taskFilesOk = await untilAborted(refreshTasks(), aborting.signal);
    const asked = kind === "tick" ? records() : leftRecords(askAgain);
    const summary = await runOnce({
      ...names,
      records: asked,
      api,
      concurrency: project.concurrency,
      store,
      health,
      clock,
      log,
      at,
      nextTick: () => schedule.next(),
      overdue: () => missedTick || tickToFollow !== undefined,
      signal: aborting.signal,
    });
    // A run that the program's end cut short is no judgement about the cloud.
    if (stopped && summary.notAsked > 0) return;
    const result = resultOf(summary);
    runs[result] += 1;
    last.lastRunAt = clock.now();
    if (result === "success") last.lastSuccessAt = last.lastRunAt;
    last.lastRunSeconds = (clock.monotonic() - start) / 1000;
    const { due, answered, notFound, failed, notAsked } = summary;
    log[due > 0 ? "info" : "debug"]("Run finished", {
      ...names,
      ...(kind === "make-up" && { make_up: true }),
      result,
      due,
      answered,
      not_found: notFound,
      failed,
      not_asked: notAsked,
      seconds: Math.round(last.lastRunSeconds * 1000) / 1000,
    });
    planMakeUp(summary.askAgain, kind);
  }

  function planMakeUp(left: readonly TaskKey[], kind: "tick" | "make-up"): void {
    const isPaused = ({ poll }: TaskRecord): boolean => poll.failingSince !== undefined && poll.pause !== undefined;
    // A make-up run passes over what a server asked to leave alone for longer; that is still to be asked for.
    const paused = kind === "make-up" ? [...leftRecords(askAgain)].filter(isPaused).map(({ key }) => key) : [];
    askAgain = new Set([...left, ...paused]);
    if (askAgain.size === 0 || stopped) {
      makeUp.reset();
      return;
    }
    const pauses = [...leftRecords(askAgain)].map(({ poll }) => since(clock.now(), poll.pause?.until ?? clock.now()));
    makeUp.plan(Math.max(Math.min(...pauses) / 1000, api.pausedMs()), schedule.next());
    oweMakeUp();
  }

  /** The next polls of what failed are owed at the make-up run; what was not asked for stays overdue. */
  function oweMakeUp(): void {
    const nextAt = makeUp.at();
    if (nextAt === undefined) return;
    for (const { key, poll } of leftRecords(askAgain)) {
      const isOverdue = poll.nextAt !== undefined && poll.nextAt <= clock.now();
      const isPaused = poll.pause !== undefined && poll.pause.until > nextAt;
      if (!isOverdue && !isPaused) store.apply({ type: "owed", key, nextAt });
    }
  }

  function begin(at: Micros, kind: "tick" | "make-up"): void {
    if (stopped) return;
    makeUp.cancel();
    missedTick = false;
    runningFor = kind;
    running = run(at, kind)
      .catch((error: unknown) => {
        if (error instanceof Stopped) return;
        runs.failed += 1;
        log.error("Run failed", { ...names, error: String(error) });
      })
      .finally(() => {
        running = undefined;
        const tick = tickToFollow;
        tickToFollow = undefined;
        if (tick !== undefined) begin(tick, "tick");
      });
  }

  function onTick(at: Micros, passedOver: boolean): void {
    if (stopped) return;
    if (running === undefined) begin(at, "tick");
    else if (passedOver || (runningFor === "make-up" && tickToFollow === undefined)) tickToFollow = at;
    else {
      missedTick = true;
      runs.skipped += 1;
      log.debug("Run skipped, the previous one is still going", names);
    }
  }

  /** A collector that is to have no task at all says nothing about their number. */
  const isEmptyOnPurpose = config.tasks.length === 0 && config.taskFiles.length === 0;

  return {
    config,
    start(atOnce) {
      schedule.start(onTick);
      if (atOnce) begin(clock.now(), "tick");
    },
    nextTick: () => schedule.next(),
    clockSetBack(now) {
      for (const name of ["lastRunAt", "lastSuccessAt"] as const) {
        const time = last[name];
        if (time !== undefined && time > now) last[name] = now;
      }
      oweMakeUp();
    },
    state() {
      const next = schedule.next();
      return {
        ...names,
        runs: { ...runs },
        ...last,
        nextRunAt: next,
        interval: since(schedule.previous(), next),
        ...(!isEmptyOnPurpose && { tasks }),
        ...(config.taskFiles.length > 0 && { taskFilesOk }),
      };
    },
    stop() {
      stopped = true;
      schedule.stop();
      makeUp.cancel();
      unsubscribe();
    },
    async idle() {
      while (running !== undefined) await running;
    },
    abort: () => aborting.abort(),
  };
}

function resultOf({ answered, failed, notAsked }: RunSummary): Exclude<RunResult, "skipped"> {
  if (failed + notAsked === 0) return "success";
  return answered > 0 ? "partial" : "failed";
}
