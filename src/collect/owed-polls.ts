import type { Clock } from "../base/clock.ts";
import { type Micros, since } from "../base/micros.ts";
import { nextPoll } from "../tasks/task-change.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { createMakeUp } from "./make-up.ts";
import { isAskedBy } from "./plan.ts";
import type { ListKey } from "./project-health.ts";
import type { RunSummary } from "./run.ts";

/** Why a run is made; only one for a tick asks for all tasks that are due. */
export type RunKind = "tick" | "make-up" | "added";

/** When the tasks of a collector are to be asked for next: at its next tick, or sooner where a run left them failed. */
export interface OwedPolls {
  /** What a make-up run is to ask for, of the tasks that the collector still has. */
  left(): Iterable<TaskRecord>;
  /** The lists that it is to ask for. */
  listsLeft(): ReadonlySet<ListKey>;
  /** A run has ended. @param left what it left, worth asking for again soon @param makeUpIsDue one that waited for its end */
  runEnded(kind: RunKind, left: Pick<RunSummary, "askAgain" | "listsAgain">, makeUpIsDue: boolean): void;
  /** The schedule is another. @param isIdle no run is under way whose end would plan a make-up run */
  scheduleChanged(isIdle: boolean): void;
  tasksChanged(): void;
  clockSetBack(): void;
  /** No make-up run is to come, until a run has ended. */
  cancelMakeUp(): void;
  /** As that, for ever. */
  stop(): void;
}

export interface OwedPollsOptions {
  readonly collector: string;
  /** All its tasks that are still polled. */
  readonly unfinished: () => readonly TaskRecord[];
  readonly store: TaskStore;
  readonly clock: Clock;
  /** @returns at least 0, less than 1 */
  readonly random: () => number;
  readonly nextTick: () => Micros;
  /** For how many milliseconds nothing would be sent to the project. */
  readonly pausedMs: () => number;
  /** A make-up run is due. */
  readonly onDue: () => void;
}

export function createOwedPolls(options: OwedPollsOptions): OwedPolls {
  const { collector, unfinished, store, clock, nextTick } = options;
  const makeUp = createMakeUp(options);
  let listsAgain: ReadonlySet<ListKey> = new Set();
  let askAgain: ReadonlySet<TaskKey> = new Set();
  let stopped = false;

  function* left(): Iterable<TaskRecord> {
    for (const key of askAgain) {
      const record = store.get(key);
      if (isAskedBy(collector, record)) yield record;
    }
  }

  function planMakeUp(): void {
    const pauses = [...left()].map(({ poll }) => since(clock.now(), poll.pause?.until ?? clock.now()));
    const shortest = listsAgain.size > 0 ? 0 : Math.min(...pauses) / 1000;
    makeUp.plan(Math.max(shortest, options.pausedMs()), nextTick());
    oweMakeUp();
  }

  /** The next polls of what failed are owed at the make-up run; what was not asked for stays overdue. */
  function oweMakeUp(): void {
    const nextAt = makeUp.at();
    if (nextAt === undefined) return;
    for (const { key, poll } of left()) {
      const isOverdue = poll.nextAt !== undefined && poll.nextAt <= clock.now();
      const isPaused = poll.pause !== undefined && poll.pause.until > nextAt;
      if (!isOverdue && !isPaused) store.apply({ type: "owed", key, nextAt });
    }
  }

  /** The next polls are owed by the schedule as it is now; what is overdue stays so. */
  function oweNextPolls(): void {
    const next = nextTick();
    for (const { key, poll } of unfinished()) {
      if (poll.nextAt === undefined || poll.nextAt <= clock.now()) continue;
      store.apply({ type: "owed", key, nextAt: nextPoll(poll.pause, next) });
    }
    oweMakeUp();
  }

  return {
    left,
    listsLeft: () => listsAgain,
    runEnded(kind, run, makeUpIsDue) {
      const isPaused = ({ poll }: TaskRecord): boolean => poll.failingSince !== undefined && poll.pause !== undefined;
      // A make-up run passes over what a server asked to leave alone for longer; that is still to be asked for.
      const paused = kind === "make-up" ? [...left()].filter(isPaused).map(({ key }) => key) : [];
      askAgain = new Set([...run.askAgain, ...(kind === "added" ? askAgain : paused)]);
      // A run for added tasks does not ask for lists.
      listsAgain = new Set([...run.listsAgain, ...(kind === "added" ? listsAgain : [])]);
      if (askAgain.size + listsAgain.size === 0 || stopped) makeUp.reset();
      // A run for added tasks is no reason to ask later for what failed before.
      else if (makeUpIsDue || makeUp.at() !== undefined) oweMakeUp();
      else planMakeUp();
    },
    scheduleChanged(isIdle) {
      oweNextPolls();
      // A tick that was to come before any make-up run may be far away now.
      if (askAgain.size + listsAgain.size > 0 && isIdle && makeUp.at() === undefined) planMakeUp();
    },
    tasksChanged: oweNextPolls,
    clockSetBack: oweMakeUp,
    cancelMakeUp: makeUp.cancel,
    stop() {
      stopped = true;
      makeUp.cancel();
    },
  };
}
