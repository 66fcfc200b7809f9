import type { Clock } from "../base/clock.ts";
import { fromMillis, later, type Micros } from "../base/micros.ts";
import { Stopped } from "../base/waits.ts";
import { ApiError, Held } from "../cbr/api-error.ts";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { FailureReason } from "../tasks/failure-reason.ts";
import type { PollFailure, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { ListKey } from "./project-health.ts";

export interface PollOptions {
  readonly api: Pick<ProjectApi, "showOperationLog">;
  readonly store: TaskStore;
  readonly clock: Clock;
  /** The tick for which the run is made. */
  readonly at: Micros;
  readonly nextTick: () => Micros;
  readonly signal: AbortSignal;
}

/** A list that a run asks for; of tasks, it is one poll of all that it shows. */
export interface RunList {
  readonly key: ListKey;
  /** What it lists. */
  readonly name: string;
  /** @throws {ApiError} | {Held} | {Stopped} */
  read(run: { readonly at: Micros; readonly nextTick: () => Micros; readonly signal: AbortSignal }): Promise<void>;
  /** Unfinished tasks that it should have shown. */
  tasks(): Iterable<TaskRecord>;
  /** What it failed with the last time, which is told once. */
  readonly last: { reason?: string | undefined };
}

/** What came of a poll. */
export type PollOutcome =
  | { readonly result: "answered" | "held" | "stopped" }
  | {
      readonly result: "failed";
      readonly failure: PollFailure;
      readonly mayPass: boolean;
      readonly retryAfterMs?: number;
    };

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

/** What came of a request that has thrown. */
function outcomeOf(error: unknown, signal: AbortSignal): PollOutcome {
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

function polledNow({ clock, at: runAt, nextTick }: PollOptions) {
  return { at: clock.now(), runAt, nextTick: nextTick() };
}

/** Asks for one task; what comes, and what does not, ends up in the store. */
export async function poll(options: PollOptions, { key, taskId }: TaskRecord): Promise<PollOutcome> {
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
export async function pollList(options: PollOptions, { read, tasks }: RunList): Promise<PollOutcome> {
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
