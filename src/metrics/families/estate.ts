import type { PolicyRecord, UnprotectedCount, UnprotectedResource, VaultRecord } from "../../estate/estate.ts";
import { vaultStatuses } from "../../estate/vaults.ts";
import { gauge, oneOf, type Series, seconds, yesOrNo } from "./family.ts";

export const vaultSeries: Series<VaultRecord> = {
  labels: ({ project, vault }) => ({ project, vault_id: vault.id }),
  families: [
    {
      name: "cbr_vault_info",
      help: "Always 1. What the vault is called, holds and costs (API: ListVault name, billing, enterprise_project_id).",
      type: "gauge",
      labelNames: [
        "vault_name",
        "object_type",
        "protect_type",
        "charging_mode",
        "consistent_level",
        "enterprise_project_id",
      ],
      samples: ({ vault }) => [
        {
          labels: {
            vault_name: vault.name ?? "",
            object_type: vault.objectType ?? "",
            protect_type: vault.protectType ?? "",
            charging_mode: vault.chargingMode ?? "",
            consistent_level: vault.consistentLevel ?? "",
            enterprise_project_id: vault.enterpriseProjectId ?? "",
          },
          value: 1,
        },
      ],
    },
    gauge("cbr_vault_size_bytes", "What the vault may hold, in bytes (API: billing.size).", ({ vault }) => vault.size),
    gauge(
      "cbr_vault_used_bytes",
      "What the vault holds, in bytes; can pass its size (API: billing.used).",
      ({ vault }) => vault.used,
    ),
    gauge(
      "cbr_vault_allocated_bytes",
      "The sum of the sizes of its resources, in bytes; no fill level (API: billing.allocated).",
      ({ vault }) => vault.allocated,
    ),
    gauge("cbr_vault_resources", "Resources in the vault, a count (API: resources).", ({ resources }) => resources),
    gauge(
      "cbr_vault_auto_expand",
      "1 when the vault grows by itself once it is full, else 0 (API: auto_expand).",
      ({ vault }) => yesOrNo(vault.autoExpand),
    ),
    gauge(
      "cbr_vault_warning_ratio",
      "The ratio of used to size at which the cloud itself warns, 0.01 to 1 (API: threshold).",
      ({ vault }) => (vault.warningPercent === undefined ? undefined : vault.warningPercent / 100),
    ),
    oneOf(
      "cbr_vault_status",
      "1 for the status of the vault, 0 for the others (API: billing.status); lock is being expanded.",
      "status",
      vaultStatuses,
      ({ vault }) => vault.status,
    ),
    {
      name: "cbr_vault_policy_info",
      help: "Always 1. A policy that the vault was given, and where its copies go (API: ListPolicies associated_vaults).",
      type: "gauge",
      labelNames: ["policy_id", "operation_type", "destination_vault_id"],
      samples: ({ policies = [] }) =>
        policies.map(({ policyId, operationType = "", destinationVaultId = "" }) => ({
          labels: { policy_id: policyId, operation_type: operationType, destination_vault_id: destinationVaultId },
          value: 1,
        })),
    },
  ],
};

export const policySeries: Series<PolicyRecord> = {
  labels: ({ project, policy }) => ({ project, policy_id: policy.id }),
  families: [
    {
      name: "cbr_policy_info",
      help: "Always 1. What the policy is called and does (API: ListPolicies name, operation_type).",
      type: "gauge",
      labelNames: ["policy_name", "operation_type"],
      samples: ({ policy: { name = "", operationType = "" } }) => [
        { labels: { policy_name: name, operation_type: operationType }, value: 1 },
      ],
    },
    gauge("cbr_policy_enabled", "1 when the policy is enabled, else 0 (API: enabled).", ({ policy }) =>
      yesOrNo(policy.enabled),
    ),
    gauge(
      "cbr_policy_last_due_timestamp_seconds",
      "When the policy was last due, in Unix seconds, by the oldest of the readings that its patterns allow (API: trigger.properties.pattern, in UTC). Absent while it is disabled.",
      ({ lastDue }) => seconds(lastDue),
    ),
    gauge(
      "cbr_policy_next_due_timestamp_seconds",
      "When the policy is due next, in Unix seconds (API: trigger.properties.pattern, in UTC). Absent while it is disabled.",
      ({ nextDue }) => seconds(nextDue),
    ),
  ],
};

export const unprotectedSeries: Series<UnprotectedResource> = {
  labels: ({ project, resourceId }) => ({ project, resource_id: resourceId }),
  families: [
    {
      name: "cbr_resource_unprotected_info",
      help: "Always 1. A resource that could be backed up, and is in no vault (API: ListProtectable protectable.result, protectable.vault).",
      type: "gauge",
      labelNames: ["resource_name", "resource_type"],
      samples: ({ name = "", type = "" }) => [{ labels: { resource_name: name, resource_type: type }, value: 1 }],
    },
  ],
};

export const unprotectedCountSeries: Series<UnprotectedCount> = {
  labels: ({ project, kind }) => ({ project, kind }),
  families: [
    gauge(
      "cbr_unprotected_resources",
      "Resources of the kind that could be backed up, and are in no vault, a count (API: ListProtectable).",
      ({ count }) => count,
    ),
  ],
};
