// PromQL has no functions; these are ours. Several replicas may scrape the same cloud, so all that is about tasks is
// reduced to one series a task before anything else is done with it.

/** Seconds for which a poll may be overdue. */
export const overdueSeconds = 300;

/** The tasks that project and task name: both labels are on every series of a task. */
export const chosen = `project=~"$project", task_id=~"$task"`;

/** The tasks of the table, found by the hidden variable: ids hold letters, digits, `_` and `-` alone. */
export const shown = `project=~"$project", task_id=~"\${shown:pipe}"`;

export const onTask = "on (project, task_id)";
export const byTask = "by (project, task_id)";

// "All" is `.*`, which alone matches a label that is not there. So `absent=~"$variable"`, with a label that the metric
// never has, selects everything for All and nothing for a choice; `absent!~"$variable"` the other way round.

/**
 * The tasks that all variables name, a set. A task that was never answered has no `cbr_task_info`, and so no operation
 * type: it is there for All.
 */
export const selected = `(
  cbr_task_config_info{${chosen}, collector=~"$collector", operation_type=~"$operation_type"}
  or (
    cbr_task_config_info{${chosen}, collector=~"$collector", operation_type!~"$operation_type"}
    and ${onTask} cbr_task_info{${chosen}, operation_type=~"$operation_type", collector!~"$operation_type"}
  )
)`;

/** The tasks that have one of the statuses that the variable names, a set; likewise. */
export const inChosenStatus = `(
  cbr_task_config_info{${chosen}, status=~"$status"}
  or cbr_task_status{${chosen}, status=~"$status", collector!~"$status"} == 1
)`;

/** One series a task, whatever the number of replicas. */
export function perTask(metric: string, tasks: string = chosen): string {
  return `max ${byTask} (${metric}{${tasks}})`;
}

/** The tasks that have this status, a set. */
export function inStatus(status: string): string {
  return `(max ${byTask} (cbr_task_status{${chosen}, status="${status}"}) == 1)`;
}

/** Tasks that a later success of the same resource and operation makes up for, a set. */
export function madeUpFor(tasks: string = chosen): string {
  return `(max ${byTask} (cbr_task_superseded{${tasks}}) == 1)`;
}

/** How many of the selected tasks are in the set; 0 when none is, nothing when there are no tasks at all. */
export function countOf(set: string): string {
  return `count(${set} and ${onTask} ${selected}) or 0 * count(${selected})`;
}
