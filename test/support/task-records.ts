import { micros } from "../../src/base/micros.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import type { Origin, TaskFacts, TaskRecord } from "../../src/tasks/task-record.ts";
import type { Member, SourceId, SourceMembers } from "../../src/tasks/task-store.ts";
import { newYear } from "./manual-clock.ts";

export const origin: Origin = { collector: "weekend", labels: {} };

export function member(taskId: string, part: Partial<Member> = {}): Member {
  return { project: "prod", taskId, origin, dueAt: newYear, ...part };
}

/** What each source wants; the one that is named first ranks first. */
export function sources(lists: Readonly<Record<SourceId, readonly Member[]>>): ReadonlyMap<SourceId, SourceMembers> {
  return new Map(Object.entries(lists).map(([id, members], rank) => [id, { members, rank }]));
}

export function record(taskId: string, part: Partial<TaskRecord> = {}): TaskRecord {
  return {
    key: `prod/${taskId}`,
    project: "prod",
    taskId,
    origin,
    poll: { nextAt: newYear },
    finished: false,
    ...part,
  };
}

/** What is known of a task after an answer at the year's turn. */
export function facts(part: Partial<TaskFacts> = {}): TaskFacts {
  return { found: true, finalPolls: 0, statusSince: newYear, ...part };
}

export function running(id: string, part: Partial<OperationLog> = {}): OperationLog {
  return { id, status: "running", ...part };
}

export function ended(id: string, part: Partial<OperationLog> = {}): OperationLog {
  return { id, status: "success", startedAt: micros(newYear - 60e6), endedAt: newYear, ...part };
}
