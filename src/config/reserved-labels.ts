/**
 * The label names of the `cbr_task_…` families and of `cbr_resource_info`: an extra label of that name would stand
 * twice in a sample, or in what a query joins of several.
 */
const familyLabels = [
  ...["project", "task_id", "collector", "name", "status"],
  ...["operation_type", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"],
  ...["policy_id", "checkpoint_id", "provider_id", "backup_id", "backup_name"],
  ...["error_code", "reason"],
];

/** Label names that Prometheus sets itself, or that change what a sample means. */
const prometheusLabels = ["job", "instance", "le"];

/** The names that an extra label may not have, besides those that begin with `__`. */
export const reservedLabels: ReadonlySet<string> = new Set([...prometheusLabels, ...familyLabels]);

/** Whether an extra label may not have this name. Names that begin with `__` are Prometheus's own. */
export function isReservedLabel(name: string): boolean {
  return name.startsWith("__") || reservedLabels.has(name);
}
