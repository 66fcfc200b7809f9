import { namesOf, type ResourceOperation, type ResourceRecord, type Resources } from "../../estate/resources.ts";
import type { TaskCount } from "../../estate/task-counts.ts";
import { protectStatuses } from "../../estate/vaults.ts";
import { statuses } from "../../tasks/operation-log.ts";
import { isFinal } from "../../tasks/rules.ts";
import { type Family, gauge, type Labels, oneOf, type Sample, seconds, yesOrNo } from "./family.ts";

/** What all series of a resource carry. */
export function resourceLabels({ project, resourceId }: ResourceRecord): Labels {
  return { project, resource_id: resourceId };
}

export const resourceFamilies: readonly Family<ResourceRecord>[] = [
  {
    name: "cbr_resource_info",
    help: "Always 1. What the vault that the resource is in says of it, else the newest task (API: ListVault resources, ShowOpLog extra_info.resource, vault_id, vault_name).",
    type: "gauge",
    labelNames: ["resource_name", "resource_type", "vault_id", "vault_name"],
    samples: (resource) => {
      const { resourceName = "", resourceType = "", vaultId = "", vaultName = "" } = namesOf(resource);
      return [
        {
          labels: {
            resource_name: resourceName,
            resource_type: resourceType,
            vault_id: vaultId,
            vault_name: vaultName,
          },
          value: 1,
        },
      ];
    },
  },
  ofOperation(
    "cbr_resource_last_success_timestamp_seconds",
    "When the newest task of the operation that has succeeded ended, in Unix seconds (API: ended_at).",
    [],
    ({ lastSuccess }) => only(seconds(lastSuccess?.at)),
  ),
  ofOperation(
    "cbr_resource_last_duration_seconds",
    "How long the newest finished task of the operation that has a duration took, in seconds (API: ended_at minus started_at).",
    [],
    ({ lastTimed }) => only(seconds(lastTimed?.duration)),
  ),
  ofOperation(
    "cbr_resource_last_status",
    "1 for the status of the newest finished task of the operation, 0 for the others (API: status).",
    ["status"],
    ({ last }) =>
      statuses.filter(isFinal).map((status) => ({ labels: { status }, value: status === last.status ? 1 : 0 })),
  ),
  ofOperation(
    "cbr_resource_last_ended_timestamp_seconds",
    "When the newest finished task of the operation ended, in Unix seconds (API: ended_at, else updated_at).",
    [],
    ({ last }) => only(seconds(last.at)),
  ),
  ofOperation(
    "cbr_resource_last_finish_seen_timestamp_seconds",
    "When an answer first showed the end of that task, in Unix seconds by the exporter's clock; absent where nobody had seen it unfinished.",
    [],
    ({ last }) => only(seconds(last.seenAt)),
  ),
  gauge(
    "cbr_resource_protected",
    "1 when the resource is in a vault for backups, follows its policies, and one for backups is enabled, else 0 (API: ListVault billing.protect_type, resources.auto_protect, ListPolicies enabled).",
    ({ estate }) => yesOrNo(estate?.isProtected),
  ),
  {
    name: "cbr_resource_last_restore_point_timestamp_seconds",
    help: "The newest moment that the resource can be restored to, in Unix seconds (API: ListBackups protected_at, else created_at).",
    type: "gauge",
    labelNames: ["image_type"],
    samples: ({ estate }) =>
      (estate?.restorePoints ?? []).map(({ imageType, at }) => ({
        labels: { image_type: imageType },
        value: at / 1e6,
      })),
  },
  gauge(
    "cbr_resource_restore_point_due_timestamp_seconds",
    "When a backup policy of the resource was last due, grace and more ago, in Unix seconds: without a restore point since then one is missing (API: ListPolicies trigger.properties.pattern).",
    ({ estate }) => seconds(estate?.due),
  ),
  gauge(
    "cbr_resource_backups",
    "Backups of the resource, a count (API: ListVault resources.backup_count).",
    ({ estate }) => estate?.backups,
  ),
  gauge(
    "cbr_resource_backup_size_bytes",
    "What the backups of the resource take, in bytes (API: ListVault resources.backup_size).",
    ({ estate }) => estate?.backupSize,
  ),
  gauge(
    "cbr_resource_size_bytes",
    "How big the resource is, in bytes (API: ListVault resources.size).",
    ({ estate }) => estate?.size,
  ),
  oneOf(
    "cbr_resource_protect_status",
    "1 for the status of the resource in its vault, 0 for the others (API: ListVault resources.protect_status).",
    "status",
    protectStatuses,
    ({ estate }) => estate?.protectStatus,
  ),
];

function ofOperation(
  name: string,
  help: string,
  labelNames: readonly string[],
  samples: (operation: ResourceOperation) => readonly Sample[],
): Family<ResourceRecord> {
  return {
    name,
    help,
    type: "gauge",
    labelNames: ["operation_type", ...labelNames],
    samples: ({ operations }) =>
      operations.flatMap((operation) =>
        samples(operation).map(({ labels, value }) => ({
          labels: { operation_type: operation.operationType, ...labels },
          value,
        })),
      ),
  };
}

function only(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ value }];
}

/** About all resources together. */
export const resourceSetFamilies: readonly Family<Pick<Resources, "dropped">, "counter">[] = [
  {
    name: "cbr_resources_dropped_total",
    help: "Tasks that showed a resource for which there was no room: 50000 others have series, a count.",
    type: "counter",
    labelNames: [],
    samples: (resources) => [{ value: resources.dropped() }],
  },
];

/** What all series of an operation carry. */
export function taskCountLabels({ project, operationType }: TaskCount): Labels {
  return { project, operation_type: operationType };
}

export const taskCountFamilies: readonly Family<TaskCount>[] = [
  {
    name: "cbr_tasks",
    help: "Tasks that the exporter holds now, by operation and status, a count; operation_type is empty before the first good answer.",
    type: "gauge",
    labelNames: ["status"],
    samples: ({ tasks }) => statuses.map((status) => ({ labels: { status }, value: tasks[status] ?? 0 })),
  },
];
