import type { Status } from "../tasks/operation-log.ts";

/** How a task can end. */
export type Outcome = Extract<Status, "success" | "failed" | "timeout" | "skipped">;

/** A task's life, in whole microseconds; `created` counts from the moment at which the simulator got the task (≤ 0). */
export interface Timeline {
  readonly created: number;
  readonly wait: number;
  readonly run: number;
  readonly outcome: Outcome;
  /** Percent that the task reaches at its end. */
  readonly stopsAt: number;
}

/** Where a task stands; its times are microseconds on the axis of {@link Timeline}. */
export interface Phase {
  readonly status: "waiting" | "running" | Outcome;
  /** Percent, whole, 0–100. */
  readonly progress: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** Where a task stands `elapsed` microseconds after the simulator got it: waiting, then running, then ended for good. */
export function phaseAt({ created, wait, run, outcome, stopsAt }: Timeline, elapsed: number): Phase {
  const startedAt = created + wait;
  if (elapsed < startedAt) return { status: "waiting", progress: 0, createdAt: created, updatedAt: created };
  const endedAt = startedAt + run;
  if (elapsed >= endedAt) {
    return { status: outcome, progress: stopsAt, createdAt: created, updatedAt: endedAt, startedAt, endedAt };
  }
  const progress = Math.floor((stopsAt * (elapsed - startedAt)) / run);
  // The record changed last when this percent was reached (0 · Infinity, of a run without end, is no number).
  const reached = progress === 0 ? 0 : Math.ceil((progress * run) / stopsAt);
  return { status: "running", progress, createdAt: created, updatedAt: startedAt + reached, startedAt };
}
