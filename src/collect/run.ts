import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { fromMillis, later, type Micros } from "../base/micros.ts";
import { Stopped } from "../base/waits.ts";
import { ApiError, Held } from "../cbr/api-error.ts";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { FailureReason } from "../tasks/failure-reason.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { hasFailedPolls, planRun } from "./plan.ts";
import type { ListKey, ProjectHealth } from "./project-health.ts";
import { createRunReport } from "./run-report.ts";

export interface RunOptions {
  readonly collector: string;
  readonly project: string;
  /** Read once the list has been. */
  readonly records: Iterable<TaskRecord>;
  /** Asked for first; its tasks need not be asked for by themselves. */
  readonly list?: RunList | undefined;
  /** Tasks to ask for as well, before those of the plan; more may come while the run is under way. It takes them out. */
  readonly added: Set<TaskKey>;
  readonly api: Pick<ProjectApi, "showOperationLog">;
  readonly concurrency: number;
  readonly store: TaskStore;
  readonly health: Pick<ProjectHealth, "watchRun">;
  readonly clock: Clock;
  readonly log: Log;
  /** The tick for which this run is made. */
  readonly at: Micros;
  readonly nextTick: () => Micros;
  /** Whether another tick has come since the run began. */
  readonly overdue: () => boolean;
  readonly signal: AbortSignal;
}

/** A list that a run asks for: one poll of all the tasks that it shows. */
export interface RunList {
  readonly key: ListKey;
  /** @throws {ApiError} | {Held} | {Stopped} */
  read(run: { readonly at: Micros; readonly nextTick: () => Micros; readonly signal: AbortSignal }): Promise<void>;
  /** Unfinished tasks that it should have shown. */
  tasks(): Iterable<TaskRecord>;
  /** What it failed with the last time, which is told once. */
  readonly last: { reason?: string | undefined };
}

/** How a run went, in tasks; a list counts as one. */
export interface RunSummary {
  readonly due: number;
  /** 404s included. */
  readonly answered: number;
  readonly notFound: number;
  readonly failed: number;
  /** Left for the next run: the project was held back, the run overdue, or the program is stopping. */
  readonly notAsked: number;
  /** Those that are worth asking for again soon. */
  readonly askAgain: readonly TaskKey[];
  /** Whether the list is. */
  readonly listAgain: boolean;
}

/** Reasons that may pass by themselves, or by somebody's help, long before the next tick. */
const passing: ReadonlySet<FailureReason> = new Set([
  "network",
  "timeout",
  "tls",
  "server_error",
  "throttled",
  "unauthorized",
  "forbidden",
]);

/** Asks once for each task that is due; failures of tasks end up in the store, none is thrown. */
export async function runOnce(options: RunOptions): Promise<RunSummary> {
  const { project, collector, list, added, store, clock, overdue, signal } = options;
  let plan: readonly TaskRecord[] = [];
  const counts = { answered: 0, notFound: 0, failed: 0 };
  /** Asked for, without having been sent. */
  let heldBack = 0;
  const askAgain: TaskKey[] = [];
  let listAgain = false;
  const watch = options.health.watchRun(project, []);
  const report = createRunReport(options.log, { project, collector }, list?.last);
  const start = clock.monotonic();
  let failedOnesSince: number | undefined;
  let position = 0;
  let ended: "held" | "stopped" | undefined;

  /** Whether a task is still this collector's: a reload, or a task file, may have taken it away in mid-run. */
  const isOwn = ({ key }: TaskRecord): boolean => store.get(key)?.origin.collector === collector;

  /**
   * Tasks that failed last time may delay the next run by as long as the others took, no longer: what hangs for some
   * ids must not make the rest stale, and what failed once must not wait for ever behind many that are well.
   */
  function isTooLate(record: TaskRecord): boolean {
    if (!hasFailedPolls(record)) return false;
    const now = clock.monotonic();
    failedOnesSince ??= now;
    return overdue() && now - failedOnesSince > failedOnesSince - start;
  }

  function nextAdded(): TaskRecord | undefined {
    for (const key of added) {
      added.delete(key);
      const record = store.get(key);
      if (record && isOwn(record)) return record;
    }
    return undefined;
  }

  function next(): TaskRecord | undefined {
    if (ended) return undefined;
    const record = nextAdded();
    if (record) {
      watch.add(record.key);
      return record;
    }
    for (let planned = plan[position]; planned && !isTooLate(planned); planned = plan[position]) {
      position += 1;
      if (isOwn(planned)) return planned;
    }
    return undefined;
  }

  async function readList(run: RunList): Promise<void> {
    watch.add(run.key);
    const outcome = await pollList(options, run);
    report.recordList(outcome);
    switch (outcome.result) {
      case "held":
      case "stopped":
        ended = outcome.result;
        heldBack += 1;
        listAgain = ended === "held";
        break;
      case "failed":
        counts.failed += 1;
        listAgain = outcome.mayPass;
        watch.recordFailure(outcome.failure, run.key);
        break;
      case "answered":
        counts.answered += 1;
        watch.recordAnswer(run.key);
    }
  }

  async function work(): Promise<void> {
    for (let record = next(); record; record = next()) {
      const outcome = await poll(options, record);
      switch (outcome.result) {
        case "held":
          ended = "held";
          heldBack += 1;
          askAgain.push(record.key);
          break;
        case "stopped":
          ended = "stopped";
          heldBack += 1;
          break;
        case "failed":
          report.recordFailure(record, outcome.failure);
          if (outcome.failure.reason === "not_found") {
            counts.notFound += 1;
            counts.answered += 1;
            watch.recordAnswer(record.key);
            break;
          }
          counts.failed += 1;
          if (outcome.mayPass) askAgain.push(record.key);
          watch.recordFailure(outcome.failure);
          break;
        case "answered":
          counts.answered += 1;
          watch.recordAnswer(record.key);
          report.recordAnswer(record);
      }
    }
  }

  try {
    if (list) await readList(list);
    plan = planRun(options.records, options.at);
    for (const { key } of plan) watch.add(key);
    await Promise.all(Array.from({ length: options.concurrency }, work));
    if (ended !== "stopped" && !signal.aborted) watch.end();
  } finally {
    watch.cancel();
  }
  report.write();
  const left = plan.slice(position).filter(isOwn);
  if (ended === "held") {
    for (let record = nextAdded(); record; record = nextAdded()) left.push(record);
    askAgain.push(...left.map(({ key }) => key));
  }
  const notAsked = heldBack + left.length;
  return { due: counts.answered + counts.failed + notAsked, ...counts, notAsked, askAgain, listAgain };
}

interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

type Outcome =
  | { readonly result: "answered" | "held" | "stopped" }
  | { readonly result: "failed"; readonly failure: Failure; readonly mayPass: boolean; readonly retryAfterMs?: number };

/** What came of a request that has thrown. */
function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted || error instanceof Stopped) return { result: "stopped" };
  if (error instanceof Held) return { result: "held" };
  if (!(error instanceof ApiError)) {
    const failure = { reason: "bad_body" as const, message: `internal error: ${(error as Error).message}` };
    return { result: "failed", failure, mayPass: false };
  }
  const { reason, message, retryAfterMs, sent } = error;
  // What was not sent failed by its login, which may be mended whatever its reason is called.
  const mayPass = passing.has(reason) || !sent;
  return {
    result: "failed",
    failure: { reason, message },
    mayPass,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function polledNow({ clock, at: runAt, nextTick }: RunOptions) {
  return { at: clock.now(), runAt, nextTick: nextTick() };
}

async function poll(options: RunOptions, { key, taskId }: TaskRecord): Promise<Outcome> {
  const { api, store, signal } = options;
  try {
    const log = await api.showOperationLog(taskId, signal);
    // What comes after the end may be of a project whose facts have just been forgotten.
    if (signal.aborted) return { result: "stopped" };
    store.apply({ type: "answered", key, ...polledNow(options), log });
    return { result: "answered" };
  } catch (error) {
    const outcome = outcomeOf(error, signal);
    if (outcome.result !== "failed") return outcome;
    const { failure, retryAfterMs } = outcome;
    const polled = { key, ...polledNow(options) };
    if (failure.reason === "not_found") store.apply({ type: "not_found", ...polled, message: failure.message });
    else {
      const retry = retryAfterMs === undefined ? {} : { retryAt: later(polled.at, fromMillis(retryAfterMs)) };
      store.apply({ type: "failed", ...polled, ...retry, failure });
    }
    return outcome;
  }
}

/** A list that does not come is a failed poll of all its tasks. */
async function pollList(options: RunOptions, { read, tasks }: RunList): Promise<Outcome> {
  const { at, nextTick, signal, store } = options;
  try {
    await read({ at, nextTick, signal });
    return { result: signal.aborted ? "stopped" : "answered" };
  } catch (error) {
    const outcome = outcomeOf(error, signal);
    if (outcome.result !== "failed") return outcome;
    for (const { key } of [...tasks()]) {
      store.apply({ type: "failed", key, ...polledNow(options), failure: outcome.failure });
    }
    return outcome;
  }
}
