/** The alerts with the labels by which users route and silence them: names, labels and severities are promised. */
export const alertTable = {
  CBRTaskFailed: { labels: ["project", "task_id"], severity: "critical" },
  CBRTaskTimedOut: { labels: ["project", "task_id"], severity: "critical" },
  CBRTaskSkipped: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskStalled: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskRunningTooLong: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskWaitingTooLong: { labels: ["project", "task_id"], severity: "warning" },
  CBRBackupNotAppConsistent: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskPollStale: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskNotFound: { labels: ["project", "task_id"], severity: "warning" },
  CBRApiDown: { labels: ["project"], severity: "critical" },
  CBRApiThrottled: { labels: ["project"], severity: "warning" },
  CBRCollectorSkipping: { labels: ["project", "collector"], severity: "warning" },
  CBRCredentialsExpiring: { labels: ["project"], severity: "warning" },
  CBRExporterDown: { labels: [], severity: "critical" },
} as const satisfies Readonly<
  Record<string, { readonly labels: readonly string[]; readonly severity: "critical" | "warning" }>
>;

export type AlertName = keyof typeof alertTable;

export const alertNames = Object.keys(alertTable) as readonly AlertName[];

/** @param firing an alert's name and the values of its labels, such as `CBRTaskFailed prod t` */
export function labelsOf(firing: string): {
  readonly name: AlertName;
  readonly labels: Readonly<Record<string, string>>;
} {
  const [name = "", ...values] = firing.split(" ");
  if (!Object.hasOwn(alertTable, name)) throw new Error(`there is no alert ${name}`);
  const { labels, severity } = alertTable[name as AlertName];
  if (values.length !== labels.length) throw new Error(`${firing}: ${name} has the labels ${labels.join(", ")}`);
  const given = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
  return { name: name as AlertName, labels: { ...given, severity } };
}
