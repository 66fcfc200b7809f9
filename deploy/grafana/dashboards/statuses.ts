interface Status {
  readonly status: string;
  /** How far a task has come: where replicas disagree, the one that saw more of it is right. */
  readonly code: number;
}

/** The statuses of `cbr_task_status`, as numbers that PromQL can compare. */
export const statuses: readonly Status[] = [
  { status: "unknown", code: 0 },
  { status: "waiting", code: 1 },
  { status: "running", code: 2 },
  { status: "success", code: 3 },
  { status: "skipped", code: 4 },
  { status: "timeout", code: 5 },
  { status: "failed", code: 6 },
];

export const successCode = 3;

/** Those of tasks that have ended. */
export const finalStatuses: readonly Status[] = statuses.filter(({ code }) => code >= successCode);

/** Of a night in which nothing ended, though something should have. */
export const missedCode = 7;

/** Added to the code of a status that is not fresh. */
export const notFreshCode = 10;

/** The name of a status whose facts are not fresh. */
export function notFresh(status: string): string {
  return `${status} (not fresh)`;
}
