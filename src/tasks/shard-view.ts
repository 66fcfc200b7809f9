import { owns, type Shard } from "../base/shard.ts";
import type { OperationLog } from "./operation-log.ts";
import type { TaskRecord } from "./task-record.ts";
import type { TaskStore } from "./task-store.ts";

/** Some of the store's records, changed as those are. */
export type TaskView = Pick<TaskStore, "size" | "get" | "records" | "subscribe">;

/**
 * Whether this shard counts a task: it has the task's resource, or, of a task without one, the task. So all that is told
 * of one resource comes from one shard, whichever polls its tasks.
 */
export function isCountedBy(shard: Shard, { resourceId, id }: Pick<OperationLog, "resourceId" | "id">): boolean {
  return owns(shard, resourceId ?? id);
}

/** The tasks that this shard polls, and whose series it shows. */
export function shownTasks(store: TaskStore, { count }: Shard): TaskView {
  return count === 1 ? store : recordsWhere(store, ({ origin }) => !origin.elsewhere);
}

/** The tasks that this shard counts; those too of which nothing is known yet, which say nothing that could be counted. */
export function countedTasks(store: TaskStore, shard: Shard): TaskView {
  if (shard.count === 1) return store;
  return recordsWhere(store, ({ facts }) => facts?.log === undefined || isCountedBy(shard, facts.log));
}

function recordsWhere(store: TaskStore, isIn: (record: TaskRecord) => boolean): TaskView {
  const ifIn = (record: TaskRecord | undefined) => (record && isIn(record) ? record : undefined);
  function* records() {
    for (const record of store.records()) if (isIn(record)) yield record;
  }
  return {
    get size() {
      return [...records()].length;
    },
    get: (key) => ifIn(store.get(key)),
    records,
    subscribe: (on) =>
      store.subscribe((before, after) => {
        const [from, to] = [ifIn(before), ifIn(after)];
        if (from || to) on(from, to);
      }),
  };
}
