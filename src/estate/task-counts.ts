import type { Status } from "../tasks/operation-log.ts";
import { statusOf } from "../tasks/rules.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { createRecordSet, type RecordSet } from "./record-set.ts";

/** How many tasks of one operation are held now. */
export interface TaskCount {
  /** `project/operation_type`. */
  readonly key: string;
  readonly project: string;
  /** `""` of tasks that have not told yet. */
  readonly operationType: string;
  readonly tasks: Readonly<Partial<Record<Status, number>>>;
}

/** Of what nobody holds there is no record. */
export type TaskCounts = Pick<RecordSet<TaskCount>, "records" | "subscribe">;

/** Follows the store. */
export function followTaskCounts(store: Pick<TaskStore, "subscribe" | "records">): TaskCounts {
  const counts = createRecordSet<TaskCount>();

  function add(record: TaskRecord | undefined, number: 1 | -1): void {
    if (!record) return;
    const { project } = record;
    const operationType = operationOf(record);
    const status = statusOf(record);
    const key = `${project}/${operationType}`;
    const before = counts.get(key)?.tasks ?? {};
    const tasks = { ...before, [status]: (before[status] ?? 0) + number };
    if (Object.values(tasks).every((count) => count === 0)) counts.delete(key);
    else counts.set(Object.freeze({ key, project, operationType, tasks }));
  }

  function follow(before: TaskRecord | undefined, after: TaskRecord | undefined): void {
    const isSame =
      before && after && operationOf(before) === operationOf(after) && statusOf(before) === statusOf(after);
    if (isSame) return;
    add(before, -1);
    add(after, 1);
  }

  store.subscribe(follow);
  for (const record of store.records()) follow(undefined, record);
  return counts;
}

function operationOf({ facts }: TaskRecord): string {
  return facts?.log?.operationType ?? "";
}
