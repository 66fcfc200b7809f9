/** Every label name of a `cbr_` family: an extra label of that name would stand twice in one sample. */
const familyLabels = [
  ...["project", "task_id", "collector", "name", "status"],
  ...["operation_type", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"],
  ...["policy_id", "checkpoint_id", "provider_id", "backup_id", "backup_name"],
  ...["error_code", "reason", "operation", "code", "field", "result", "method"],
  ...["version", "revision", "node_version"],
];

/** Label names that Prometheus sets itself, or that change what a sample means. */
const prometheusLabels = ["job", "instance", "le"];

const reserved = new Set([...prometheusLabels, ...familyLabels]);

/** Whether an extra label may not have this name. Names that begin with `__` are Prometheus's own. */
export function isReservedLabel(name: string): boolean {
  return name.startsWith("__") || reserved.has(name);
}
