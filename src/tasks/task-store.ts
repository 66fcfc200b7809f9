import { defined } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import type { OperationLog, TaskId } from "./operation-log.ts";
import { afterAnswer, afterNotFound, isFinished, pauseAfter } from "./rules.ts";
import {
  type Origin,
  type Pause,
  type PollFailure,
  type PollState,
  type TaskFacts,
  type TaskKey,
  type TaskRecord,
  taskKey,
} from "./task-record.ts";

/** Who wants a task to be watched; today a collector's list, later what a discovery finds. */
export type SourceId = string;

/** A task that a source wants. */
export interface Member {
  readonly project: string;
  readonly taskId: TaskId;
  readonly origin: Origin;
  /** When a new task's first poll is owed. */
  readonly dueAt: Micros;
}

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

export type Change = Answered | NotFound | Failed | Superseded | Owed;

/** A step back of this machine's clock. */
export interface StepBack {
  /** What the clock shows now. */
  readonly now: Micros;
  /** How far it went back. */
  readonly step: Micros;
  /** A task's next poll, as far as its schedule says. */
  readonly nextTick: (record: TaskRecord) => Micros;
}

/** `before` absent: the task is new; `after` absent: it has left. */
export type OnChange = (before: TaskRecord | undefined, after: TaskRecord | undefined) => void;

/** The records of all tasks that are watched, changed one at a time, each change told to the subscribers. */
export interface TaskStore {
  readonly size: number;
  get(key: TaskKey): TaskRecord | undefined;
  records(): Iterable<TaskRecord>;
  /** What the sources named want from now on, in one step: a task that moves between them keeps its facts. */
  setMembers(sources: ReadonlyMap<SourceId, readonly Member[]>): void;
  /** Nothing is taken of a task that has left, and no poll of one that has finished. */
  apply(change: Change): void;
  /** Times that lie ahead after the clock was set back become now; next polls are reckoned anew. */
  clockSetBack(back: StepBack): void;
  /** @returns a function that ends the subscription */
  subscribe(on: OnChange): () => void;
}

export function createTaskStore(): TaskStore {
  const members = new Map<SourceId, readonly Member[]>();
  const tasks = new Map<TaskKey, TaskRecord>();
  const subscribers = new Set<OnChange>();

  const untold: (readonly [TaskRecord | undefined, TaskRecord | undefined])[] = [];
  let notifying = false;

  function put(before: TaskRecord | undefined, after: TaskRecord | undefined): void {
    if (after) tasks.set(after.key, after);
    else if (before) tasks.delete(before.key);
    untold.push([before, after]);
    // A subscriber may itself change a task: every other one is told of its cause first.
    if (notifying) return;
    notifying = true;
    try {
      for (let change = untold.shift(); change; change = untold.shift()) {
        for (const notify of subscribers) notify(...change);
      }
    } finally {
      notifying = false;
    }
  }

  return {
    get size() {
      return tasks.size;
    },
    get: (key) => tasks.get(key),
    records: () => tasks.values(),
    setMembers(sources) {
      for (const [source, list] of sources) {
        if (list.length > 0) members.set(source, list);
        else members.delete(source);
      }
      const wanted = new Map<TaskKey, Member>();
      for (const list of members.values()) {
        for (const member of list) {
          const key = taskKey(member.project, member.taskId);
          if (!wanted.has(key)) wanted.set(key, member);
        }
      }
      for (const record of [...tasks.values()]) if (!wanted.has(record.key)) put(record, undefined);
      for (const [key, member] of wanted) {
        const before = tasks.get(key);
        if (!before) put(undefined, newRecord(key, member));
        else if (!sameOrigin(before.origin, member.origin)) {
          put(before, Object.freeze({ ...before, origin: Object.freeze({ ...member.origin }) }));
        }
      }
    },
    apply(change) {
      const before = tasks.get(change.key);
      if (!before) return;
      if (change.type === "superseded") {
        if (before.superseded !== change.superseded) {
          put(before, Object.freeze({ ...before, superseded: change.superseded }));
        }
      } else if (!before.finished) put(before, changed(before, change));
    },
    clockSetBack(back) {
      for (const before of [...tasks.values()]) {
        const after = afterStepBack(before, back);
        if (after !== before) put(before, after);
      }
    },
    subscribe(on) {
      subscribers.add(on);
      return () => subscribers.delete(on);
    },
  };
}

function newRecord(key: TaskKey, { project, taskId, origin, dueAt }: Member): TaskRecord {
  const poll = Object.freeze({ nextAt: dueAt });
  return Object.freeze({ key, project, taskId, origin: Object.freeze({ ...origin }), poll, finished: false });
}

function changed(before: TaskRecord, change: Exclude<Change, Superseded>): TaskRecord {
  switch (change.type) {
    case "answered": {
      const facts = afterAnswer(before.facts, change.log, change.at);
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
      return Object.freeze({ ...before, poll: Object.freeze({ ...before.poll, nextAt: change.nextAt }) });
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
  const poll: PollState = defined({
    lastAt: polled.at,
    ...outcome,
    nextAt: finished ? undefined : nextPoll(outcome.pause, polled.nextTick),
    pause: finished ? undefined : outcome.pause,
  });
  return Object.freeze({ ...before, ...(facts && { facts: Object.freeze(facts) }), poll, finished });
}

function nextPoll(pause: Pause | undefined, nextTick: Micros): Micros {
  return micros(Math.max(pause?.until ?? nextTick, nextTick));
}

function afterStepBack(before: TaskRecord, { now, step, nextTick }: StepBack): TaskRecord {
  const past = <T extends Micros | undefined>(time: T): T => (time !== undefined && time > now ? (now as T) : time);
  const { facts, poll, finished } = before;
  const pause = poll.pause && { ...poll.pause, until: micros(poll.pause.until - step) };
  // One that is overdue stays so.
  const isAhead = poll.nextAt !== undefined && poll.nextAt > now;
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
  return JSON.stringify(after) === JSON.stringify(before) ? before : Object.freeze(after);
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
