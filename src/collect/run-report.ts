import type { Log, LogFields } from "../base/log.ts";
import type { PollFailure, TaskRecord } from "../tasks/task-record.ts";

/** What a run found out that the one before did not know: one line for each reason, however many tasks it met. */
export interface RunReport {
  /** @param before the task as it was before its poll */
  recordFailure(before: TaskRecord, failure: PollFailure): void;
  recordAnswer(before: TaskRecord): void;
  /** What came of asking for the list. */
  recordList(outcome: { readonly result: string; readonly failure?: PollFailure }): void;
  write(): void;
}

interface Group {
  count: number;
  /** The first few. */
  readonly ids: string[];
  /** Of the first one. */
  readonly message?: string;
}

const namedIds = 3;

/** @param lastList what the list failed with the last time, and what to remember of this time */
export function createRunReport(
  log: Pick<Log, "info" | "warn">,
  names: LogFields,
  lastList: { reason?: string | undefined } = {},
): RunReport {
  const failures = new Map<string, Group>();
  const recovered: Group = { count: 0, ids: [] };

  function add(group: Group, { taskId }: TaskRecord): void {
    group.count += 1;
    if (group.ids.length < namedIds) group.ids.push(taskId);
  }

  return {
    recordFailure(before, { reason, message }) {
      // Once for each change of reason: a cloud that is down for hours fills no disk.
      if (before.poll.failure?.reason === reason) return;
      const group = failures.get(reason) ?? { count: 0, ids: [], message };
      failures.set(reason, group);
      add(group, before);
    },
    recordAnswer(before) {
      if (before.poll.failure) add(recovered, before);
    },
    recordList({ result, failure }) {
      if (result === "answered" && lastList.reason !== undefined) log.info("Listing succeeds again", names);
      if (failure && failure.reason !== lastList.reason) {
        log.warn("Listing failed", { ...names, reason: failure.reason, error: failure.message });
      }
      if (result === "answered" || failure) lastList.reason = failure?.reason;
    },
    write() {
      for (const [reason, { count, ids, message }] of failures) {
        log.warn("Polls failed", { ...names, reason, tasks: count, task_ids: ids.join(","), error: message });
      }
      const { count, ids } = recovered;
      if (count > 0) log.info("Polls succeed again", { ...names, tasks: count, task_ids: ids.join(",") });
    },
  };
}
