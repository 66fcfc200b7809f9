import { later, type Micros, micros } from "../base/micros.ts";
import type { Destination, OperationLog } from "../tasks/operation-log.ts";
import { endOf } from "../tasks/rules.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";

/** Tells the store which finished tasks a later success of the same kind has made up for. */
export interface SupersededTasks {
  /** Judges all; until then a success that has not been polled yet could be missed, so nothing is said. */
  judge(): void;
  /**
   * Another shard's tasks can make up for this one's: listings have shown these of a project.
   * @param at until a day later the newest successes among them are remembered, those too that no task needs yet
   */
  showElsewhere(project: string, logs: Iterable<OperationLog>, at: Micros): void;
  /** Lets go of what listings have shown of a project. */
  forgetElsewhere(project: string): void;
}

interface Success {
  readonly end: Micros;
  readonly destination: Destination;
}

/** A finished task as this judgement sees it. */
interface Finished extends Success {
  readonly key: TaskKey;
}

/** Tasks of one project, resource and operation; of restores and deletions, also of one backup and target. */
interface Kin {
  readonly members: Set<TaskKey>;
  /** Those that no later success has made up for. */
  readonly open: Map<TaskKey, Finished>;
  /** The newest success for each destination. */
  readonly newest: Map<string, Success>;
  /** Until when its successes are remembered without any member; absent where no other shard has any. */
  keptUntil?: Micros;
}

const day = micros(24 * 3600e6);

/**
 * Follows the store. A task is superseded once one of its kin with a strictly later end has succeeded; that it has been
 * stays true when the successor leaves.
 */
export function followSuperseded(store: Pick<TaskStore, "apply" | "subscribe" | "records">): SupersededTasks {
  const groups = new Map<string, Kin>();
  let judged = false;

  function kinOf(name: string): Kin {
    const kin: Kin = groups.get(name) ?? { members: new Set(), open: new Map(), newest: new Map() };
    groups.set(name, kin);
    return kin;
  }

  function add(record: TaskRecord): void {
    const { facts, key } = record;
    const name = facts?.log && kinName(record.project, facts.log);
    const end = endOf(facts);
    if (name === undefined || end === undefined || facts?.log === undefined) return;
    const kin = kinOf(name);
    kin.members.add(key);
    const task: Finished = { key, end, destination: facts.log.destination ?? {} };
    if (record.superseded) return;
    kin.open.set(key, task);
    if (facts.log.status === "success") succeed(kin, task);
    if (judged) judgeOne(kin, task);
  }

  function succeed(kin: Kin, success: Success): void {
    const place = JSON.stringify([success.destination.region, success.destination.projectId]);
    const before = kin.newest.get(place);
    if (before && before.end >= success.end) return;
    kin.newest.set(place, success);
    if (judged) for (const task of kin.open.values()) if (task !== success) judgeOne(kin, task);
  }

  function judgeOne(kin: Kin, task: Finished): void {
    const isSuperseded = [...kin.newest.values()].some(
      ({ end, destination }) => end > task.end && isSamePlace(destination, task.destination),
    );
    if (isSuperseded) kin.open.delete(task.key);
    store.apply({ type: "superseded", key: task.key, superseded: isSuperseded });
  }

  function remove(record: TaskRecord): void {
    const name = record.facts?.log && kinName(record.project, record.facts.log);
    const kin = name === undefined ? undefined : groups.get(name);
    kin?.members.delete(record.key);
    kin?.open.delete(record.key);
    if (name !== undefined && kin?.members.size === 0 && kin.keptUntil === undefined) groups.delete(name);
  }

  /** Lets go of what other shards had the last success of, and no task asks for. */
  function sweep(now: Micros): void {
    for (const [name, { members, keptUntil }] of groups) {
      if (members.size === 0 && keptUntil !== undefined && keptUntil <= now) groups.delete(name);
    }
  }

  store.subscribe((before, after) => {
    if (after?.finished && !before?.finished) add(after);
    else if (before?.finished && !after) remove(before);
  });
  for (const record of store.records()) if (record.finished) add(record);

  return {
    judge() {
      if (judged) return;
      judged = true;
      for (const kin of groups.values()) for (const task of [...kin.open.values()]) judgeOne(kin, task);
    },
    showElsewhere(project, logs, at) {
      for (const log of logs) {
        const name = kinName(project, log);
        const end = log.endedAt ?? log.updatedAt;
        if (log.status !== "success" || name === undefined || end === undefined) continue;
        const kin = kinOf(name);
        kin.keptUntil = later(at, day);
        succeed(kin, { end, destination: log.destination ?? {} });
      }
      sweep(at);
    },
    forgetElsewhere(project) {
      const prefix = JSON.stringify([project]).replace("]", ",");
      for (const [name, kin] of groups) {
        if (kin.keptUntil === undefined || !name.startsWith(prefix)) continue;
        kin.keptUntil = micros(0);
      }
      sweep(micros(0));
    },
  };
}

/** @returns undefined for a task that names no resource or no operation */
function kinName(project: string, log: OperationLog): string | undefined {
  const { resourceId, operationType } = log;
  if (resourceId === undefined || operationType === undefined) return undefined;
  // `copy` is the older name of the same thing.
  const operation = operationType === "copy" ? "replication" : operationType;
  // Which backup it was about must be known: a wrong guess would silence an alert.
  const { restore, delete: deletion, restoreTargetId, id } = log;
  const same: Readonly<Record<string, readonly unknown[]>> = {
    restore: [restore?.id ?? id, restoreTargetId],
    delete: [deletion?.id ?? id],
  };
  return JSON.stringify([project, resourceId, operation, ...(same[operation] ?? [])]);
}

/** Whether both may mean the same; what one does not name does not tell them apart. */
function isSamePlace(a: Destination, b: Destination): boolean {
  const agree = (x: string | undefined, y: string | undefined) => x === undefined || y === undefined || x === y;
  return agree(a.region, b.region) && agree(a.projectId, b.projectId);
}
