import { defined } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import type { OperationLog } from "./operation-log.ts";
import { afterAnswer, afterNotFound, isFinished, pauseAfter } from "./rules.ts";
import {
  type Pause,
  type PollFailure,
  type PollState,
  type TaskFacts,
  type TaskKey,
  type TaskRecord,
  taskRecord,
} from "./task-record.ts";

interface Polled {
  readonly key: TaskKey;
  /** End of the poll. */
  readonly at: Micros;
  /** The tick of the run that asked: pauses count from it, so that a slow run does not lose a tick. */
  readonly runAt: Micros;
  /** The collector's next tick after `at`. */
  readonly nextTick: Micros;
}

/** The task's facts came. */
export interface Answered extends Polled {
  readonly type: "answered";
  readonly log: OperationLog;
  readonly isNew?: undefined;
}

/** The task's facts came with others, in a listing. */
export interface Listed extends Polled {
  readonly type: "listed";
  readonly log: OperationLog;
  /** Whether it has finished since the listings began: then its end was seen, also where nothing else of it was. */
  readonly isNew: boolean;
}

/** The cloud says that there is no such task. */
export interface NotFound extends Polled {
  readonly type: "not_found";
  readonly message: string;
}

/** Nothing usable came. */
export interface Failed extends Polled {
  readonly type: "failed";
  readonly failure: PollFailure;
  /** The server asked not to be asked for this task before. */
  readonly retryAt?: Micros;
}

/** A later task of the same kind has succeeded, or, as far as is known, has not. */
export interface Superseded {
  readonly type: "superseded";
  readonly key: TaskKey;
  readonly superseded: boolean;
}

/** The next poll is owed at another time than the collector's next tick. */
export interface Owed {
  readonly type: "owed";
  readonly key: TaskKey;
  readonly nextAt: Micros;
}

export type Change = Answered | Listed | NotFound | Failed | Superseded | Owed;

/** A step back of this machine's clock. */
export interface StepBack {
  /** What the clock shows now. */
  readonly now: Micros;
  /** How far it went back. */
  readonly step: Micros;
  /** A task's next poll, as far as its schedule says. */
  readonly nextTick: (record: TaskRecord) => Micros;
}

/** @returns the record after a change; the very same where that says nothing new, and for a poll of a finished task */
export function afterChange(before: TaskRecord, change: Change): TaskRecord {
  if (change.type === "superseded") {
    const { superseded } = change;
    return before.superseded === superseded ? before : taskRecord({ ...before, superseded });
  }
  if (before.finished) return before;
  switch (change.type) {
    case "answered":
    case "listed": {
      const facts = afterAnswer(before.facts, change.log, change.at, change.isNew);
      const pause = pauseAfter(before.poll.pause, facts, change.runAt);
      return renewed(before, change, facts, { lastSuccessAt: change.at, pause });
    }
    case "not_found": {
      const facts = afterNotFound(before.facts, change.at);
      const pause = pauseAfter(before.poll.pause, facts, change.runAt);
      const failure: PollFailure = { reason: "not_found", message: change.message };
      return renewed(before, change, facts, { lastSuccessAt: before.poll.lastSuccessAt, failure, pause });
    }
    case "failed": {
      const { lastSuccessAt, pause, failingSince = change.at } = before.poll;
      // The pause's length stays, so that the next 404 doubles it although a failure came between.
      const asked = change.retryAt && { ...pause, until: change.retryAt };
      const outcome = { lastSuccessAt, failure: change.failure, failingSince, pause: asked ?? pause };
      return renewed(before, change, before.facts, outcome);
    }
    case "owed":
      if (before.poll.nextAt === change.nextAt) return before;
      return taskRecord({ ...before, poll: Object.freeze({ ...before.poll, nextAt: change.nextAt }) });
  }
}

interface Outcome {
  readonly lastSuccessAt: Micros | undefined;
  readonly failure?: PollFailure;
  readonly failingSince?: Micros;
  readonly pause: Pause | undefined;
}

function renewed(before: TaskRecord, polled: Polled, facts: TaskFacts | undefined, outcome: Outcome): TaskRecord {
  const finished = isFinished(facts);
  const { lastSuccessAt, failure, failingSince } = outcome;
  const pause = finished ? undefined : outcome.pause;
  const nextAt = finished ? undefined : nextPoll(pause, polled.nextTick);
  const poll: PollState = defined({ lastAt: polled.at, lastSuccessAt, failure, failingSince, pause, nextAt });
  return taskRecord({ ...before, facts, poll, finished });
}

/** When the next poll of a task is owed: at the collector's next tick, or when the task's pause ends, whichever is later. */
export function nextPoll(pause: Pause | undefined, nextTick: Micros): Micros {
  return micros(Math.max(pause?.until ?? nextTick, nextTick));
}

/** @returns the very same record where nothing of it lies ahead */
export function afterStepBack(before: TaskRecord, { now, step, nextTick }: StepBack): TaskRecord {
  const past = <T extends Micros | undefined>(time: T): T =>
    time === undefined ? time : (micros(Math.min(time, now)) as T);
  const { facts, poll, finished } = before;
  const pause = poll.pause && { ...poll.pause, until: micros(poll.pause.until - step) };
  // One that is overdue stays so.
  const isAhead = (poll.nextAt ?? 0) > now;
  const after: TaskRecord = {
    ...before,
    ...(facts && {
      facts: defined({
        ...facts,
        statusSince: past(facts.statusSince),
        finishSeenAt: past(facts.finishSeenAt),
        climb: facts.climb && { ...facts.climb, roseAt: past(facts.climb.roseAt) },
      }),
    }),
    poll: defined({
      ...poll,
      lastAt: past(poll.lastAt),
      lastSuccessAt: past(poll.lastSuccessAt),
      failingSince: past(poll.failingSince),
      nextAt: isAhead && !finished ? nextPoll(pause, nextTick(before)) : poll.nextAt,
      pause,
    }),
  };
  return JSON.stringify(after) === JSON.stringify(before) ? before : taskRecord(after);
}
