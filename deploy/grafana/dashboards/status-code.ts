import { byTask, chosen, madeUpFor, perTask } from "./expressions.ts";
import { frozen, unfinished } from "./freshness.ts";
import { notFresh, notFreshCode, statuses } from "./statuses.ts";

/** Numbers by status, as a vector to join with. */
export function vector(numbers: readonly (readonly [status: string, number: number])[]): string {
  const parts = numbers.map(([status, number]) => `label_replace(vector(${number}), "status", "${status}", "", "")`);
  return `(${parts.join(" or ")})`;
}

/** Gives a series a label of its own, so that `or` does not take it for the one before. */
export function part(name: string, expression: string): string {
  return `label_replace(${expression}, "part", "${name}", "", "")`;
}

/** The code of each task's status, raised where it is not fresh. */
export function statusCode(tasks: string = chosen): string {
  const codes = vector(statuses.map(({ status, code }) => [status, code]));
  return `sum ${byTask} (
  max ${byTask} ((cbr_task_status{${tasks}} == 1) * on (status) group_left () ${codes})
  or ${part("frozen", `${notFreshCode} * ${frozen(tasks)}`)}
)`;
}

/** How many tasks have each code, by the names that readers know. */
export function countByStatus(codes: string): string {
  return statuses
    .flatMap(({ status, code }) => [[code, status] as const, [code + notFreshCode, notFresh(status)] as const])
    .reduce(
      (counts, [code, name]) => `label_replace(${counts}, "status", "${name}", "code", "${code}")`,
      `count_values("code", ${codes})`,
    );
}

/**
 * How much each task needs to be looked at: failed, timed out, not fresh, unfinished, skipped, success; far less where a
 * later success makes up for it; among equals, the last that changed. Nothing is asked about success, which most tasks are.
 */
export function attention(tasks: string = chosen): string {
  const trouble = vector([
    ["failed", 70],
    ["timeout", 60],
    ["skipped", 10],
  ]);
  return `sum ${byTask} (
  max by (project, task_id, status) (cbr_task_status{${tasks}, status=~"failed|timeout|skipped"} == 1)
  * on (status) group_left () ${trouble}
  or ${part("unfinished", `30 * group ${byTask} (${unfinished(tasks)})`)}
  or ${part("made up for", `-65 * ${madeUpFor(tasks)}`)}
  or ${part("frozen", `15 * ${frozen(tasks)}`)}
  or ${perTask("cbr_task_updated_timestamp_seconds", tasks)} / 1e11
)`;
}
