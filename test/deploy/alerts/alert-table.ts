/** The alerts with the labels by which users route and silence them: names, labels and severities are promised. */
export const alertTable = {
  CBRTaskFailed: { labels: ["project", "task_id"], severity: "critical" },
  CBRTaskTimedOut: { labels: ["project", "task_id"], severity: "critical" },
  CBRTaskSkipped: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskPartlyFailed: { labels: ["project", "task_id"], severity: "warning" },
  CBRBackupNotAppConsistent: { labels: ["project", "task_id"], severity: "warning" },
  CBRResourceLastFailed: { labels: ["project", "resource_id"], severity: "critical" },
  CBRTaskStatusUnknown: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskNotFound: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskStalled: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskRunningTooLong: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskWaitingTooLong: { labels: ["project", "task_id"], severity: "warning" },
  CBRTaskPollStale: { labels: ["project", "task_id"], severity: "warning" },
  CBRApiDown: { labels: ["project"], severity: "critical" },
  CBRApiErrors: { labels: ["project"], severity: "warning" },
  CBRApiThrottled: { labels: ["project"], severity: "warning" },
  CBRReplicaCutOff: { labels: ["project", "job", "instance"], severity: "warning" },
  CBRCredentialsExpiring: { labels: ["project"], severity: "warning" },
  CBRClockSkew: { labels: ["job", "instance"], severity: "warning" },
  CBRCollectorBehind: { labels: ["project", "collector"], severity: "warning" },
  CBRCollectorEmpty: { labels: ["project", "collector"], severity: "warning" },
  CBRTaskFilesBroken: { labels: ["project", "collector"], severity: "warning" },
  CBRInventoryStale: { labels: ["project", "collector"], severity: "warning" },
  CBRBackupMissing: { labels: ["project", "resource_id"], severity: "critical" },
  CBRVaultFull: { labels: ["project", "vault_id"], severity: "critical" },
  CBRVaultFillingUp: { labels: ["project", "vault_id"], severity: "warning" },
  CBRVaultUnavailable: { labels: ["project", "vault_id"], severity: "critical" },
  CBRPolicyDisabled: { labels: ["project", "vault_id"], severity: "warning" },
  CBRExporterDown: { labels: ["job", "instance"], severity: "critical" },
  CBRExporterAbsent: { labels: [], severity: "critical" },
  CBRShardMissing: { labels: ["job"], severity: "critical" },
  CBRExporterRestarting: { labels: ["job", "instance"], severity: "warning" },
  CBRConfigReloadFailed: { labels: ["job", "instance"], severity: "warning" },
  CBRStorageFailing: { labels: ["job", "instance"], severity: "warning" },
  CBRWatchdog: { labels: [], severity: "none" },
} as const satisfies Readonly<
  Record<string, { readonly labels: readonly string[]; readonly severity: "critical" | "warning" | "none" }>
>;

export type AlertName = keyof typeof alertTable;

export const alertNames = Object.keys(alertTable) as readonly AlertName[];

/**
 * @param firing an alert's name and the values of its labels, such as `CBRTaskFailed prod t`; where the severity is not
 * the usual one, it stands last: `CBRTaskFailed prod t warning`
 */
export function labelsOf(firing: string): {
  readonly name: AlertName;
  readonly labels: Readonly<Record<string, string>>;
} {
  const [name = "", ...values] = firing.split(" ");
  if (!Object.hasOwn(alertTable, name)) throw new Error(`there is no alert ${name}`);
  const { labels, severity } = alertTable[name as AlertName];
  if (values.length - labels.length > 1 || values.length < labels.length)
    throw new Error(`${firing}: ${name} has the labels ${labels.join(", ")}`);
  const given = Object.fromEntries([...labels, "severity"].map((label, index) => [label, values[index] ?? severity]));
  return { name: name as AlertName, labels: given };
}
