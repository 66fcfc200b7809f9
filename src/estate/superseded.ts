import type { Clock } from "../base/clock.ts";
import { later, type Micros, micros } from "../base/micros.ts";
import { createTimeSlices } from "../base/time-slices.ts";
import type { Destination, OperationLog } from "../tasks/operation-log.ts";
import { endOf } from "../tasks/rules.ts";
import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";

/** Tells the store which finished tasks a later success of the same kind has made up for. */
export interface SupersededTasks {
  /**
   * Judges all, many of them in slices between which others have their turn. Until then a success that has not been polled
   * yet could be missed, so nothing is said.
   */
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
  readonly destination: Destination | undefined;
}

/**
 * Tasks of one project, resource and operation; of restores and deletions, also of one backup and target. There may be as
 * many as tasks, most with a single one, so lists are as long as what is in them.
 */
interface Kin {
  /** How many of its tasks are there. */
  members: number;
  /** Those that no later success has made up for. */
  open: TaskKey[];
  /** The newest success for each destination. */
  newest: readonly Success[];
  /** Until when its successes are remembered without any member; absent where no other shard has any. */
  keptUntil?: Micros;
}

const day = micros(24 * 3600e6);

/**
 * Follows the store. A task is superseded once one of its kin with a strictly later end has succeeded; that it has been
 * stays true when the successor leaves.
 */
export function followSuperseded(
  store: Pick<TaskStore, "apply" | "get" | "subscribe" | "records">,
  clock: Pick<Clock, "monotonic">,
): SupersededTasks {
  const groups = new Map<string, Kin>();
  let judged = false;

  function kinOf(name: string): Kin {
    const known = groups.get(name);
    if (known) return known;
    const kin: Kin = { members: 0, open: [], newest: [] };
    groups.set(name, kin);
    return kin;
  }

  function add({ key, project, facts, superseded }: TaskRecord): void {
    const log = facts?.log;
    const name = log && kinName(project, log);
    const end = endOf(facts);
    if (name === undefined || end === undefined || log === undefined) return;
    const kin = kinOf(name);
    kin.members += 1;
    if (superseded) return;
    // One of its own length: a list that grows takes room for seventeen.
    if (kin.open.length === 0) kin.open = [key];
    else kin.open.push(key);
    const isNewest = log.status === "success" && succeed(kin, { end, destination: log.destination });
    if (judged) judgeTasks(kin, isNewest ? kin.open : [key]);
  }

  /** @returns whether it is the newest for its destination */
  function succeed(kin: Kin, success: Success): boolean {
    const others = kin.newest.filter((known) => !isOnePlace(known.destination, success.destination));
    const before = kin.newest.find((known) => !others.includes(known));
    if (before && before.end >= success.end) return false;
    kin.newest = [...others, success].slice();
    return true;
  }

  function judgeTasks(kin: Kin, tasks: readonly TaskKey[]): void {
    const superseded = new Set(tasks.filter((key) => isMadeUpFor(kin, store.get(key))));
    if (superseded.size > 0) kin.open = kin.open.filter((key) => !superseded.has(key)).slice();
    for (const key of tasks) store.apply({ type: "superseded", key, superseded: superseded.has(key) });
  }

  async function judgeAll(): Promise<void> {
    const slices = createTimeSlices(clock);
    for (const kin of groups.values()) {
      judgeTasks(kin, kin.open);
      if (slices.isOver()) await slices.next();
    }
  }

  function isMadeUpFor({ newest }: Kin, task: TaskRecord | undefined): boolean {
    const taskEnd = endOf(task?.facts);
    const destination = task?.facts?.log?.destination;
    return newest.some((success) => success.end > (taskEnd ?? 0) && maySamePlace(success.destination, destination));
  }

  function remove({ key, project, facts }: TaskRecord): void {
    const name = facts?.log && kinName(project, facts.log);
    const kin = name === undefined ? undefined : groups.get(name);
    if (name === undefined || !kin) return;
    kin.members -= 1;
    const place = kin.open.indexOf(key);
    if (place >= 0) kin.open.splice(place, 1);
    if (kin.members === 0 && kin.keptUntil === undefined) groups.delete(name);
  }

  /** Lets go of what other shards had the last success of, and no task asks for. */
  function sweep(now: Micros): void {
    for (const [name, { members, keptUntil }] of groups) {
      if (members === 0 && keptUntil !== undefined && keptUntil <= now) groups.delete(name);
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
      void judgeAll();
    },
    showElsewhere(project, logs, at) {
      for (const log of logs) {
        const name = kinName(project, log);
        const end = log.endedAt ?? log.updatedAt;
        if (log.status !== "success" || name === undefined || end === undefined) continue;
        const kin = kinOf(name);
        kin.keptUntil = later(at, day);
        if (succeed(kin, { end, destination: log.destination }) && judged) judgeTasks(kin, kin.open);
      }
      sweep(at);
    },
    forgetElsewhere(project) {
      const prefix = `${nameOf([project])},`;
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
  const same: Readonly<Record<string, readonly (string | undefined)[]>> = {
    restore: [restore?.id ?? id, restoreTargetId],
    delete: [deletion?.id ?? id],
  };
  return nameOf([project, resourceId, operation, ...(same[operation] ?? [])]);
}

/** Other parts make another name. Joined, a text is one piece from the start, and takes half as much memory. */
function nameOf(parts: readonly (string | undefined)[]): string {
  return parts.map((part) => JSON.stringify(part)).join(",");
}

/** Whether both name the very same place, or none. */
function isOnePlace(a: Destination | undefined, b: Destination | undefined): boolean {
  return a?.region === b?.region && a?.projectId === b?.projectId;
}

/** Whether both may mean the same; what one does not name does not tell them apart. */
function maySamePlace(a: Destination | undefined, b: Destination | undefined): boolean {
  const agree = (x: string | undefined, y: string | undefined) => x === undefined || y === undefined || x === y;
  return agree(a?.region, b?.region) && agree(a?.projectId, b?.projectId);
}
