import type { Clock } from "../base/clock.ts";
import { defined } from "../base/json.ts";
import type { Log } from "../base/log.ts";
import { type Micros, since } from "../base/micros.ts";
import type { Shard } from "../base/shard.ts";
import { Stopped, untilAborted } from "../base/waits.ts";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { CollectorConfig } from "../config/config.ts";
import type { Estate } from "../estate/estate.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { type CollectorListsOptions, type CollectorMemory, createCollectorLists } from "./collector-lists.ts";
import type { DiscoveryState } from "./discovery.ts";
import type { InventoryState } from "./inventory.ts";
import { discoveredBy } from "./members.ts";
import { createOwedPolls, type RunKind } from "./owed-polls.ts";
import type { ProjectHealth } from "./project-health.ts";
import { type RunSummary, runOnce } from "./run.ts";
import { createRunQueue } from "./run-queue.ts";
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
  /** Only for a collector with `discover`. */
  readonly discovery?: DiscoveryState;
  /** Only for a collector with `inventory`: how each of its lists fares. */
  readonly inventory?: InventoryState;
}

/** What a reload may change while a collector goes on. */
export interface CollectorSettings {
  readonly config: CollectorConfig;
  /** Requests in flight, of its project. */
  readonly concurrency: number;
  /** What its listings came to before, where it begins to list. */
  readonly listedBefore?: CollectorMemory | undefined;
}

/** Polls its tasks by its schedule; runs never overlap. Its tasks are those that the store has of it. */
export interface Collector {
  readonly config: CollectorConfig;
  /** @param atOnce whether to run now, without waiting for the first tick */
  start(atOnce: boolean): void;
  /** Goes on with other settings, its counters and the run under way included. @param schedule only if it is another */
  update(settings: CollectorSettings, schedule?: Schedule): void;
  /** The store has other tasks of it than before. @param added those to ask for now: in the run under way, or alone */
  tasksChanged(added: Iterable<TaskKey>): void;
  /** Lists now, where the last update wants another listing. */
  listAnew(): void;
  nextTick(): Micros;
  /** Times that lie ahead after the clock was set back become now. */
  clockSetBack(now: Micros): void;
  state(): CollectorState;
  memory(): CollectorMemory;
  /** Nothing is to be said of its lists any more. @param hasSuccessor what they showed stays known */
  forget(hasSuccessor: boolean): void;
  /** Starts no run any more. */
  stop(): void;
  /** Settles once no run is under way. */
  idle(): Promise<void>;
  /** Aborts the requests of the run under way. */
  abort(): void;
}

export interface CollectorOptions extends CollectorSettings {
  readonly api: CollectorListsOptions["api"] & Pick<ProjectApi, "showOperationLog" | "pausedMs">;
  readonly store: TaskStore;
  readonly estate: Estate;
  readonly shard: Shard;
  readonly health: Pick<ProjectHealth, "watchRun" | "forgetList">;
  readonly schedule: Schedule;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  readonly log: Log;
  /** Brings the lists of tasks up to date; called before each run. @returns whether this collector's files are good */
  readonly refreshTasks: () => Promise<boolean>;
  /** Watches these tasks, and no others, beside those that are listed. */
  readonly setFound: (ids: readonly TaskId[]) => void;
  /** Told of what a listing shows of tasks that other shards count. */
  readonly onElsewhere: (logs: readonly OperationLog[]) => void;
  /** Its predecessor of the same project and name, whose counters and times it takes over. */
  readonly before?: CollectorState | undefined;
}

export function createCollector(options: CollectorOptions): Collector {
  const { api, store, health, clock, log, refreshTasks, before } = options;
  let { config, concurrency, schedule } = options;
  const names = { project: config.project, collector: config.name };
  const runs: Record<RunResult, number> = { success: 0, partial: 0, failed: 0, skipped: 0, ...before?.runs };
  const { lastRunAt, lastSuccessAt, lastRunSeconds } = before ?? {};
  const last = { ...defined({ lastRunAt, lastSuccessAt, lastRunSeconds }) };
  const aborting = new AbortController();
  const records = store.of(config.name);
  const found = store.of(discoveredBy(config.name));
  const lists = createCollectorLists({ ...options, ...names, before: options.listedBefore });
  const owed = createOwedPolls({
    collector: config.name,
    unfinished: () => [...records.unfinished(), ...found.unfinished()],
    store,
    clock,
    random: options.random,
    nextTick: () => schedule.next(),
    pausedMs: () => api.pausedMs(),
    onDue: () => queue.makeUp(),
  });
  /** What came by a reload and is to be asked for at once. */
  const added = new Set<TaskKey>();
  let taskFilesOk = true;
  let stopped = false;
  const queue = createRunQueue({
    clock,
    run,
    hasAdded: () => added.size > 0 || lists.isDueAtOnce(),
    onSkipped() {
      runs.skipped += 1;
      log.debug("Run skipped, the previous one is still going", names);
    },
  });

  function recordsFor(kind: RunKind, isListed: boolean): Iterable<TaskRecord> {
    const left = kind === "make-up" ? owed.left() : [];
    if (kind !== "tick") return new Set([...left, ...(isListed ? lists.unshown() : [])]);
    // Those that came while the task files were looked at are among them.
    added.clear();
    return [...records.unfinished(), ...lists.unshown()];
  }

  async function ask(at: Micros, kind: RunKind): Promise<void> {
    const start = clock.monotonic();
    taskFilesOk = await untilAborted(refreshTasks(), aborting.signal);
    const due = lists.due(kind, owed.listsLeft());
    const summary = await runOnce({
      ...names,
      list: due.tasks,
      otherLists: due.others,
      onListsRead: lists.settle,
      records: () => recordsFor(kind, due.tasks !== undefined),
      added,
      api,
      concurrency,
      store,
      health,
      clock,
      log,
      at,
      nextTick: () => schedule.next(),
      overdue: queue.isOverdue,
      signal: aborting.signal,
    });
    // A run that the program's end cut short is no judgement about the cloud.
    if (stopped && summary.notAsked > 0) return;
    const result = resultOf(summary);
    runs[result] += 1;
    last.lastRunAt = clock.now();
    if (result === "success") last.lastSuccessAt = last.lastRunAt;
    last.lastRunSeconds = (clock.monotonic() - start) / 1000;
    const { answered, notFound, failed, notAsked } = summary;
    log[summary.due > 0 ? "info" : "debug"]("Run finished", {
      ...names,
      ...(kind === "make-up" && { make_up: true }),
      result,
      due: summary.due,
      answered,
      not_found: notFound,
      failed,
      not_asked: notAsked,
      seconds: Math.round(last.lastRunSeconds * 1000) / 1000,
    });
    owed.runEnded(kind, summary, queue.isMakeUpToFollow());
  }

  async function run(at: Micros, kind: RunKind): Promise<void> {
    if (kind !== "added") owed.cancelMakeUp();
    try {
      await ask(at, kind);
    } catch (error) {
      added.clear();
      lists.giveUp();
      if (error instanceof Stopped) return;
      runs.failed += 1;
      log.error("Run failed", { ...names, error: String(error) });
    }
  }

  return {
    get config() {
      return config;
    },
    start(atOnce) {
      schedule.start(queue.tick);
      if (atOnce) queue.tick(clock.now(), false);
    },
    update(settings, another) {
      ({ config, concurrency } = settings);
      lists.update(config, settings.listedBefore);
      // They were all read for it.
      taskFilesOk = true;
      if (!another) return;
      schedule.stop();
      schedule = another;
      schedule.start(queue.tick);
      owed.scheduleChanged(!queue.isRunning());
    },
    tasksChanged(keys) {
      owed.tasksChanged();
      for (const key of keys) added.add(key);
      queue.added();
    },
    listAnew() {
      lists.listAnew();
      queue.added();
    },
    nextTick: () => schedule.next(),
    clockSetBack(now) {
      for (const name of ["lastRunAt", "lastSuccessAt"] as const) {
        const time = last[name];
        if (time !== undefined && time > now) last[name] = now;
      }
      lists.inventory?.clockSetBack(now);
      owed.clockSetBack();
    },
    state() {
      const next = schedule.next();
      const { discovery, inventory } = lists;
      // A collector that is to have no task at all says nothing about their number.
      const isEmptyOnPurpose = config.tasks.length === 0 && config.taskFiles.length === 0 && !discovery;
      return {
        ...names,
        runs: { ...runs },
        ...last,
        nextRunAt: next,
        interval: since(schedule.previous(), next),
        ...(!isEmptyOnPurpose && { tasks: records.size + found.size }),
        ...(config.taskFiles.length > 0 && { taskFilesOk }),
        ...(discovery && { discovery: discovery.state() }),
        ...(inventory && { inventory: inventory.state() }),
      };
    },
    memory: lists.memory,
    forget: lists.forget,
    stop() {
      stopped = true;
      queue.stop();
      schedule.stop();
      owed.stop();
    },
    idle: queue.idle,
    abort: () => aborting.abort(),
  };
}

function resultOf({ answered, failed, notAsked }: RunSummary): Exclude<RunResult, "skipped"> {
  if (failed + notAsked === 0) return "success";
  return answered > 0 ? "partial" : "failed";
}
