import type { Micros } from "../base/micros.ts";
import type { FailureReason } from "./failure-reason.ts";
import type { OperationLog, TaskId } from "./operation-log.ts";

/** `project/task_id`; a project's name holds no slash, so no two tasks share a key. */
export type TaskKey = `${string}/${TaskId}`;

export function taskKey(project: string, taskId: TaskId): TaskKey {
  // Joined, a text is one piece from the start; a template stays in memory beside it.
  return [project, taskId].join("/") as TaskKey;
}

/** Where the configuration names a task. */
export interface Origin {
  readonly collector: string;
  /** Shown instead of the resource's name. */
  readonly name?: string;
  /** Extra labels; every task has the same keys, in the same order, `""` where it has none of its own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Another shard polls and shows it; it is here for what listings tell of its resource, which is this shard's. */
  readonly elsewhere?: true;
}

/** What the cloud said of a task. */
export interface TaskFacts {
  /** The last good answer, completed by what earlier ones knew of the task's identity; absent while only 404s came. */
  readonly log?: OperationLog;
  /** The last definite answer: the task, or that there is none. */
  readonly found: boolean;
  /** Answers in a row that showed this final status without `ended_at`. */
  readonly finalPolls: number;
  /** When an answer, a 404 too, first showed the status that the task has now. */
  readonly statusSince: Micros;
  /** Only of a task whose last good answer showed it running. */
  readonly climb?: Climb;
  /** When the first answer showed a final status, of a task that an answer had shown unfinished before. */
  readonly finishSeenAt?: Micros;
}

/** How the progress of a running task went. */
export interface Climb {
  /** Percent; absent while no answer told any. */
  readonly highest?: number;
  /** The answer that last showed more than all before it; at first the one that showed the task running. */
  readonly roseAt: Micros;
}

/** Until when a task is not asked for. */
export interface Pause {
  readonly until: Micros;
  /** Length of the last pause that an answer caused, so that the next can be twice that; absent where a server asked. */
  readonly length?: Micros;
}

export interface PollFailure {
  readonly reason: FailureReason;
  /** One line, already cut and free of secrets. */
  readonly message: string;
}

/** How polling a task went. */
export interface PollState {
  /** End of the last poll, good or bad. */
  readonly lastAt?: Micros;
  readonly lastSuccessAt?: Micros;
  /** Only while the last poll failed (a 404 too). */
  readonly failure?: PollFailure;
  /** End of the first of the failed polls since the last definite answer. */
  readonly failingSince?: Micros;
  /** When the next poll is owed; stays in the past until the task is polled; absent once it is finished. */
  readonly nextAt?: Micros;
  readonly pause?: Pause;
}

/** All that is known of one task; frozen, replaced as a whole when something changes. */
export interface TaskRecord {
  readonly key: TaskKey;
  readonly project: string;
  readonly taskId: TaskId;
  readonly origin: Origin;
  /** Undefined before the first definite answer. */
  readonly facts?: TaskFacts | undefined;
  readonly poll: PollState;
  /** Never polled again. */
  readonly finished: boolean;
  /** Whether a later task of the same kind has succeeded; undefined until that is judged, and of a task without resource. */
  readonly superseded?: boolean | undefined;
}

/** A frozen copy, written out: one that is spread takes a third more memory. */
export function taskRecord(parts: TaskRecord): TaskRecord {
  const { key, project, taskId, origin, facts, poll, finished, superseded } = parts;
  return Object.freeze({ key, project, taskId, origin, facts, poll, finished, superseded });
}

/** What is known of a task beside where it is wanted; it can outlast that, and the program. */
export type KnownTask = Pick<TaskRecord, "facts" | "poll" | "finished" | "superseded">;
