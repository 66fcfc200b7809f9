import type { Micros } from "../base/micros.ts";
import type { TaskRecord } from "../tasks/task-record.ts";

/**
 * Which tasks a run of a collector asks for, and in which order: not the finished ones, not those whose pause lasts.
 * Tasks whose last poll failed come last, and the longest unasked first among equals: a cloud that hangs for some ids,
 * or that ends a run by throttling it, always finds the others already served.
 */
export function planRun(records: Iterable<TaskRecord>, at: Micros): readonly TaskRecord[] {
  const due: TaskRecord[] = [];
  for (const record of records) {
    if (!record.finished && (record.poll.pause === undefined || record.poll.pause.until <= at)) due.push(record);
  }
  return due.sort(
    (a, b) => Number(hasFailedPolls(a)) - Number(hasFailedPolls(b)) || (a.poll.lastAt ?? 0) - (b.poll.lastAt ?? 0),
  );
}

/** Whether a collector of this shard asks for the task, or no longer: a reload, or a task file, may take it away. */
export function isAskedBy(collector: string, record: TaskRecord | undefined): record is TaskRecord {
  return record?.origin.collector === collector && !record.origin.elsewhere;
}

/** Whether polls of the task fail; a 404 is an answer and costs no more than any other. */
export function hasFailedPolls({ poll }: TaskRecord): boolean {
  return poll.failingSince !== undefined;
}
