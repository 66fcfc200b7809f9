import { defined } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import { doubledPause } from "../base/waits.ts";
import type { OperationLog, Status } from "./operation-log.ts";
import type { Climb, Pause, TaskFacts, TaskRecord } from "./task-record.ts";

/** Statuses after which the cloud reports no further change (ShowOpLog, field `status`). */
const finalStatuses: ReadonlySet<Status> = new Set(["success", "skipped", "failed", "timeout"]);

/** A final status can arrive a moment before `ended_at`; after so many polls without it, it is not waited for. */
const patienceForEnd = 3;

const firstPause = micros(30e6);
const longestPause = micros(3600e6);

/** The status to show: what the cloud said, or `unknown` while it said nothing, and while it says there is no such task. */
export function statusOf({ facts }: Pick<TaskRecord, "facts">): Status {
  return facts?.found ? (facts.log?.status ?? "unknown") : "unknown";
}

/** Whether a task may be left alone for good. */
export function isFinished(facts: TaskFacts | undefined): boolean {
  if (!facts?.found || facts.log === undefined || !isFinal(facts.log.status)) return false;
  return facts.log.endedAt !== undefined || facts.finalPolls >= patienceForEnd;
}

/** @returns `ended_at` − `started_at`; undefined until both are known, and when the end lies before the start */
export function durationOf(log: OperationLog | undefined): Micros | undefined {
  if (log?.startedAt === undefined || log.endedAt === undefined || log.endedAt < log.startedAt) return undefined;
  return micros(log.endedAt - log.startedAt);
}

/** When a finished task ended, as far as is known: for one that never told, when its end was seen. */
export function endOf(facts: TaskFacts | undefined): Micros | undefined {
  return facts?.log && (facts.log.endedAt ?? facts.log.updatedAt ?? facts.finishSeenAt ?? facts.statusSince);
}

/** Whether the cloud reports no further change after this status. */
export function isFinal(status: Status): boolean {
  return finalStatuses.has(status);
}

/**
 * The facts after a good answer that came at `at`.
 * @param isNew whether a task that nobody knew before was begun, and so has finished, while somebody looked
 */
export function afterAnswer(before: TaskFacts | undefined, answer: OperationLog, at: Micros, isNew = false): TaskFacts {
  const waitsForEnd = isFinal(answer.status) && answer.endedAt === undefined;
  const sameStatus = before?.found === true && before.log?.status === answer.status;
  return defined({
    log: keepIdentity(before?.log, answer),
    found: true,
    finalPolls: waitsForEnd ? (sameStatus ? before.finalPolls : 0) + 1 : 0,
    statusSince: sameStatus ? before.statusSince : at,
    climb: answer.status === "running" ? climbAfter(before, answer.progress, at) : undefined,
    finishSeenAt: isFinal(answer.status) ? finishSeen(before, at, isNew) : undefined,
  });
}

/** The facts after a 404 that came at `at`: all stay, but the task counts as not found. */
export function afterNotFound(before: TaskFacts | undefined, at: Micros): TaskFacts {
  const statusSince = before?.found === false ? before.statusSince : at;
  return Object.freeze({ ...before, found: false, finalPolls: 0, statusSince });
}

function climbAfter(before: TaskFacts | undefined, progress: number | undefined, at: Micros): Climb {
  // Only a running task has one: what runs again begins anew.
  const climb = before?.climb;
  if (climb && (progress === undefined || progress <= (climb.highest ?? -1))) return climb;
  return { roseAt: at, ...(progress !== undefined && { highest: progress }) };
}

function finishSeen(before: TaskFacts | undefined, at: Micros, isNew: boolean): Micros | undefined {
  if (before?.log === undefined) return isNew ? at : undefined;
  return isFinal(before.log.status) ? before.finishSeenAt : at;
}

/**
 * The pause after a definite answer, counted from the run that asked (`at`).
 * Ids that are not found, and ended tasks whose status this version does not know, are asked for less and less often.
 */
export function pauseAfter(before: Pause | undefined, facts: TaskFacts, at: Micros): Pause | undefined {
  const hopeless = !facts.found || (facts.log?.status === "unknown" && facts.log.endedAt !== undefined);
  if (!hopeless) return undefined;
  const length = micros(doubledPause(before?.length, firstPause, longestPause));
  return { until: micros(at + length), length };
}

/** What names a task, where it ran and what for: such a value, once known, is not blanked by an answer without it. */
const identity = [
  "operationType",
  "resourceId",
  "resourceName",
  "resourceType",
  "vaultId",
  "vaultName",
  "policyId",
  "checkpointId",
  "providerId",
  "restoreTargetId",
] as const satisfies readonly (keyof OperationLog)[];

const parts = [
  "backup",
  "restore",
  "delete",
  "replication",
  "destination",
] as const satisfies readonly (keyof OperationLog)[];

function keepIdentity(before: OperationLog | undefined, answer: OperationLog): OperationLog {
  if (!before) return answer;
  const kept: Record<string, unknown> = {};
  for (const field of identity) if (answer[field] === undefined && before[field]) kept[field] = before[field];
  for (const part of parts) {
    const [known, said]: readonly (object | undefined)[] = [before[part], answer[part]];
    if (known && !sayAll(said, known)) kept[part] = Object.freeze({ ...known, ...said });
  }
  return Object.keys(kept).length === 0 ? answer : Object.freeze({ ...answer, ...kept });
}

/** Whether the one has a value wherever the other has. */
function sayAll(said: object | undefined, known: object): boolean {
  if (!said) return false;
  for (const name in known) if (!(name in said)) return false;
  return true;
}
