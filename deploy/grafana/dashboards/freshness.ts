import { byTask, chosen, onTask, overdueSeconds } from "./expressions.ts";

/** When the next poll of each unfinished task is owed; finished ones have none. */
function owed(tasks: string): string {
  return `cbr_task_poll_next_timestamp_seconds{${tasks}}`;
}

/** A metric of unfinished tasks alone, of every replica: most tasks are finished, and much is spared by this. */
export function ofUnfinished(metric: string, tasks: string = chosen): string {
  return `(${metric}{${tasks}} and ${onTask} ${owed(tasks)})`;
}

/** One series for each unfinished task; its value is when its next poll is owed. */
export function unfinished(tasks: string = chosen): string {
  return `max ${byTask} (${owed(tasks)})`;
}

/** Tasks whose end one replica saw while another still waits for it, a set. */
function finishedSomewhere(tasks: string): string {
  return `(${ofUnfinished("cbr_task_poll_success", tasks)} == 1 unless ${owed(tasks)})`;
}

/** Tasks whose next poll does not come, a set. */
function overdue(tasks: string): string {
  return `(time() - ${unfinished(tasks)} > ${overdueSeconds})`;
}

/** 1 for each task whose facts are frozen: its last poll failed, or none comes. A replica that saw its end settles it. */
export function frozen(tasks: string = chosen): string {
  return `group ${byTask} (
  (max ${byTask} (${ofUnfinished("cbr_task_poll_success", tasks)}) == 0 or ${overdue(tasks)})
  unless ${onTask} ${finishedSomewhere(tasks)}
)`;
}

/** Unfinished tasks that run, as fresh facts say, a set. */
export function freshlyRunning(tasks: string = chosen): string {
  return `(
  cbr_task_status{${tasks}, status="running"} == 1 and ignoring (status) cbr_task_poll_success{${tasks}} == 1
  unless ${onTask} ${finishedSomewhere(tasks)}
)`;
}

/** Tasks that the cloud does not know, a set; a replica that is cut off does not hide it. */
export const notFound = `(
  max ${byTask} (cbr_task_found{${chosen}} == 0)
  unless ${onTask} (cbr_task_found{${chosen}} == 1 and cbr_task_poll_success{${chosen}} == 1)
)`;

/** How long a running task may stand still, as the alerts have it. */
const stalledAfter = "1h";

/** Tasks that run, are fresh, ran an hour ago, and have come no further since, a set. */
export const stalled = `(
  max ${byTask} (${ofUnfinished("cbr_task_progress_ratio")})
  - max ${byTask} (cbr_task_progress_ratio{${chosen}} offset ${stalledAfter}) == 0
  and ${onTask} cbr_task_status{${chosen}, status="running"} offset ${stalledAfter} == 1
  and ${onTask} ${freshlyRunning()}
  unless ${onTask} ${overdue(chosen)}
)`;
