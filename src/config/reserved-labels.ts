/**
 * The names that an extra label may not have, besides those that Prometheus sets itself: the label names of the
 * `cbr_task_…` families and of `cbr_resource_info`. Such a label would stand twice in a sample, or in what a query joins
 * of several.
 */
export const reservedLabels: ReadonlySet<string> = new Set([
  ...["project", "task_id", "collector", "name", "status"],
  ...["operation_type", "resource_id", "resource_name", "resource_type", "vault_id", "vault_name"],
  ...["policy_id", "checkpoint_id", "provider_id", "backup_id", "backup_name"],
  ...["error_code", "reason"],
]);
