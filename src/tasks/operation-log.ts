import type { Micros } from "../base/micros.ts";

/** The statuses of contract and API, in the order in which they are exposed; `unknown` is ours. */
export const statuses = ["success", "skipped", "failed", "running", "timeout", "waiting", "unknown"] as const;

/** Status of a task. `unknown`: never answered yet, not found, or a status this version does not know. */
export type Status = (typeof statuses)[number];

/** The documented values of `operation_type`; the vendor adds others without notice. */
export const operationTypes = [
  "backup",
  "copy",
  "replication",
  "restore",
  "delete",
  "sync",
  "vault_delete",
  "remove_resource",
] as const;

/** `[A-Za-z0-9_-]{1,64}`: what may stand in a URL's path as the id of a task or a project. */
export type TaskId = string;

/** A code and a message of the vendor's; the code is absent when it is empty or `0`, which both mean "no error". */
export interface VendorError {
  readonly code?: string;
  readonly message?: string;
}

/** A backup as several parts of `extra_info` name it. */
export interface BackupRef {
  readonly id?: string;
  readonly name?: string;
}

/** Where a replication goes, as far as it says. */
export interface Destination {
  readonly projectId?: string;
  readonly region?: string;
}

/** Counts of `remove_resources` or `vault_delete`. */
export interface ResourceCounts {
  readonly total?: number;
  readonly failed?: number;
}

/**
 * One task of CBR as ShowOpLog tells it, decoded: a field that is absent, null, empty or unusable is not there.
 * Source: `reference/show-op-log.md`, object OperationLog.
 */
export interface OperationLog {
  readonly id: TaskId;
  readonly status: Status;
  /** `operation_type`: one of {@link operationTypes}, or any other text. */
  readonly operationType?: string;
  readonly createdAt?: Micros;
  readonly startedAt?: Micros;
  readonly updatedAt?: Micros;
  readonly endedAt?: Micros;
  readonly providerId?: string;
  readonly policyId?: string;
  readonly checkpointId?: string;
  readonly vaultId?: string;
  readonly vaultName?: string;
  readonly error?: VendorError;
  /** Percent, 0–100 (`extra_info.common.progress`). */
  readonly progress?: number;
  readonly resourceId?: string;
  readonly resourceName?: string;
  readonly resourceType?: string;
  readonly backup?: BackupRef;
  readonly restore?: BackupRef;
  readonly delete?: BackupRef;
  /** `extra_info.replication.source_backup_*`. */
  readonly replication?: BackupRef;
  /** `extra_info.replication.destination_project_id` and `destination_region`. */
  readonly destination?: Destination;
  /** `extra_info.restore.target_resource_id`. */
  readonly restoreTargetId?: string;
  readonly appConsistent?: boolean;
  readonly appConsistencyError?: VendorError;
  readonly sync?: { readonly synced?: number; readonly deleted?: number; readonly failed?: number };
  readonly removeResources?: ResourceCounts;
  readonly vaultDelete?: ResourceCounts;
}
