import { byTask, chosen, onTask, overdueSeconds } from "./expressions.ts";

// The exporter says since when polls fail and progress rests; its times are compared with its own clock.

/** Seconds since a time of the exporter's, for each replica. */
function secondsSince(metric: string, tasks: string): string {
  return `(cbr_exporter_time_seconds - ignoring (project, task_id) group_right () ${metric}{${tasks}})`;
}

/** One series for each unfinished task; its value is when its next poll is owed. */
export function unfinished(tasks: string = chosen): string {
  return `max ${byTask} (cbr_task_poll_next_timestamp_seconds{${tasks}})`;
}

/** Seconds for which the next poll of each unfinished task has been owed at the replica that is nearest to it. */
export function owedFor(tasks: string = chosen): string {
  return `min ${byTask} ${secondsSince("cbr_task_poll_next_timestamp_seconds", tasks)}`;
}

/** Seconds since a poll last brought the facts of each unfinished task. */
export function ageOfFacts(tasks: string = chosen): string {
  return `min ${byTask} (
  ${secondsSince("cbr_task_poll_last_success_timestamp_seconds", tasks)} and cbr_task_poll_next_timestamp_seconds{${tasks}}
)`;
}

/** 1 for each task whose facts are frozen: its last poll failed at every replica, or none comes. */
export function frozen(tasks: string = chosen): string {
  return `group ${byTask} (
  max ${byTask} (cbr_task_poll_success{${tasks}}) == 0
  or ${owedFor(tasks)} > ${overdueSeconds}
  unless ${onTask} (cbr_task_poll_success{${tasks}} == 1 unless cbr_task_poll_next_timestamp_seconds{${tasks}})
)`;
}

/** Since when polls of each task that is frozen have failed. */
export function failingSince(tasks: string): string {
  return `min ${byTask} (cbr_task_poll_failing_since_timestamp_seconds{${tasks}})
  unless ${onTask} cbr_task_poll_success{${tasks}} == 1`;
}

/** When the progress of each running task last rose, for each replica whose polls do not fail. */
export function freshlyRunning(tasks: string = chosen): string {
  return `(cbr_task_progress_rose_timestamp_seconds{${tasks}} unless cbr_task_poll_failing_since_timestamp_seconds{${tasks}})`;
}

/** Tasks that the cloud does not know, a set; a replica that is cut off does not hide it. */
export const notFound = `(
  max ${byTask} (cbr_task_found{${chosen}} == 0) unless ${onTask} cbr_task_poll_success{${chosen}} == 1
)`;

/** How long a running task may stand still, in seconds, as the alerts have it. */
const stalledAfter = 3600;

/** Tasks that run, are fresh, and have come no further for too long, a set. */
export const stalled = `(
  max ${byTask} (cbr_task_poll_last_success_timestamp_seconds{${chosen}} - ${freshlyRunning()}) >= ${stalledAfter}
)`;
