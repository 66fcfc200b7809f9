import { ApiError, Held, Stopped } from "../cbr/api-error.ts";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { fromMillis, later, type Micros } from "../tasks/micros.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { planRun, troubled } from "./plan.ts";
import { createSilence } from "./silence.ts";

export interface RunOptions {
  readonly collector: string;
  readonly project: string;
  readonly records: Iterable<TaskRecord>;
  readonly api: Pick<ProjectApi, "showOperationLog">;
  readonly concurrency: number;
  readonly store: TaskStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The tick for which this run is made. */
  readonly at: Micros;
  readonly nextTick: () => Micros;
  /** Whether another tick has come since the run began. */
  readonly overdue: () => boolean;
  readonly onAnswer: () => void;
  /** The cloud has stopped answering in the middle of the run. */
  readonly onSilence: () => void;
  readonly signal: AbortSignal;
}

/** How a run went, in tasks. */
export interface RunSummary {
  readonly due: number;
  /** 404s included. */
  readonly answered: number;
  readonly notFound: number;
  readonly failed: number;
  /** Left for the next run: the project was held back, the run overdue, or the program is stopping. */
  readonly notAsked: number;
  /** Whether any request went out. */
  readonly sent: boolean;
}

/** Asks once for each task that is due; failures of tasks end up in the store, none is thrown. */
export async function runOnce(options: RunOptions): Promise<RunSummary> {
  const { clock, overdue } = options;
  const due = planRun(options.records, options.at);
  const counts = { answered: 0, notFound: 0, failed: 0, sent: false };
  const start = clock.monotonic();
  const silence = createSilence(clock, options.concurrency);
  let troubledSince: number | undefined;
  let position = 0;
  let ended = false;

  /**
   * Tasks that failed last time may delay the next run by as long as the others took, no longer: what hangs for some
   * ids must not make the rest stale, and what failed once must not wait for ever behind many that are well.
   */
  function isTooLate(record: TaskRecord): boolean {
    if (!troubled(record)) return false;
    const now = clock.monotonic();
    troubledSince ??= now;
    return overdue() && now - troubledSince > troubledSince - start;
  }

  async function work(): Promise<void> {
    for (let record = due[position]; record && !ended && !isTooLate(record); record = due[position]) {
      position += 1;
      const outcome = await poll(options, record);
      if (outcome.sent) counts.sent = true;
      if (outcome.result === "ended") ended = true;
      else if (outcome.result === "failed") {
        counts.failed += 1;
        if (outcome.sent && !troubled(record) && silence.fell()) options.onSilence();
      } else {
        counts.answered += 1;
        silence.answered();
        if (outcome.result === "not_found") counts.notFound += 1;
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(options.concurrency, due.length) }, work));
  return { due: due.length, ...counts, notAsked: due.length - counts.answered - counts.failed };
}

interface Outcome {
  readonly result: "answered" | "not_found" | "failed" | "ended";
  readonly sent: boolean;
}

async function poll(options: RunOptions, record: TaskRecord): Promise<Outcome> {
  const { api, store, clock, log, at: runAt, nextTick, onAnswer, signal } = options;
  const { key, taskId } = record;
  const polled = () => {
    const at = clock.now();
    return { key, at, runAt, nextTick: nextTick() };
  };
  try {
    const answer = await api.showOperationLog(taskId, signal);
    // What comes after the end may be of a project whose facts have just been forgotten.
    if (signal.aborted) return { result: "ended", sent: true };
    onAnswer();
    store.apply({ type: "answered", ...polled(), log: answer });
    if (record.poll.failure) log.info("Poll succeeded again", fieldsOf(options, record));
    return { result: "answered", sent: true };
  } catch (error) {
    if (signal.aborted || error instanceof Stopped || error instanceof Held) return { result: "ended", sent: false };
    const failure =
      error instanceof ApiError
        ? error
        : { reason: "bad_body" as const, message: `internal error: ${(error as Error).message}`, sent: true };
    if (failure.reason === "not_found") {
      onAnswer();
      store.apply({ type: "not_found", ...polled(), message: failure.message });
    } else {
      const { reason, message } = failure;
      const wait = failure instanceof ApiError ? failure.retryAfterMs : undefined;
      const times = polled();
      const retry = wait === undefined ? {} : { retryAt: later(times.at, fromMillis(wait)) };
      store.apply({ type: "failed", ...times, ...retry, failure: { reason, message } });
    }
    // Once per change of reason: a cloud that is down for hours fills no disk.
    if (record.poll.failure?.reason !== failure.reason) {
      log.warn("Poll failed", { ...fieldsOf(options, record), reason: failure.reason, error: failure.message });
    }
    return { result: failure.reason === "not_found" ? "not_found" : "failed", sent: failure.sent };
  }
}

function fieldsOf({ collector, project }: RunOptions, { taskId }: TaskRecord) {
  return { project, collector, task: taskId };
}
