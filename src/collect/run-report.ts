import type { Log, LogFields } from "../base/log.ts";
import type { PollFailure, TaskRecord } from "../tasks/task-record.ts";
import type { RunList } from "./poll.ts";

/** What a run found out that the one before did not know: one line for each reason, however many tasks it met. */
export interface RunReport {
  /** @param before the task as it was before its poll */
  recordFailure(before: TaskRecord, failure: PollFailure): void;
  recordAnswer(before: TaskRecord): void;
  /** What came of asking for a list. */
  recordList(
    list: Pick<RunList, "name" | "last">,
    outcome: { readonly result: string; readonly failure?: PollFailure },
  ): void;
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

export function createRunReport(log: Pick<Log, "info" | "warn">, names: LogFields): RunReport {
  const failures = new Map<string, Group>();
  const recovered: Group = { count: 0, ids: [] };
  /** By what is wrong: what keeps them all from coming, such as a refused login, is one thing. */
  const failedLists = new Map<string, { readonly reason: string; readonly lists: string[] }>();
  const recoveredLists: string[] = [];

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
    recordList({ name, last }, { result, failure }) {
      if (result === "answered" && last.reason !== undefined) recoveredLists.push(name);
      if (failure && failure.reason !== last.reason) {
        const group = failedLists.get(failure.message) ?? { reason: failure.reason, lists: [] };
        failedLists.set(failure.message, group);
        group.lists.push(name);
      }
      if (result === "answered" || failure) last.reason = failure?.reason;
    },
    write() {
      for (const [error, { reason, lists }] of failedLists) {
        log.warn("Listing failed", { ...names, list: lists.join(","), reason, error });
      }
      if (recoveredLists.length > 0) log.info("Listing succeeds again", { ...names, list: recoveredLists.join(",") });
      for (const [reason, { count, ids, message }] of failures) {
        log.warn("Polls failed", { ...names, reason, tasks: count, task_ids: ids.join(","), error: message });
      }
      const { count, ids } = recovered;
      if (count > 0) log.info("Polls succeed again", { ...names, tasks: count, task_ids: ids.join(",") });
    },
  };
}
