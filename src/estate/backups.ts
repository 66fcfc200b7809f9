import type { Micros } from "../base/micros.ts";

/** The documented values of a backup's `status`; `unknown` is ours. */
export const backupStatuses = [
  "available",
  "protecting",
  "deleting",
  "restoring",
  "error",
  "waiting_protect",
  "waiting_delete",
  "waiting_restore",
  "unknown",
] as const;

/** `unknown`: absent, or a status this version does not know. */
export type BackupStatus = (typeof backupStatuses)[number];

/**
 * One backup as ListBackups tells it, decoded: a field that is absent, null, empty or unusable is not there.
 * Source: `reference/vaults-and-policies.md`.
 */
export interface Backup {
  readonly id: string;
  readonly status: BackupStatus;
  /** `backup`, `replication` (a copy from another region), or any other text. */
  readonly imageType?: string;
  readonly resourceId?: string;
  readonly resourceName?: string;
  readonly resourceType?: string;
  readonly vaultId?: string;
  /** When the record was made. */
  readonly createdAt?: Micros;
  /** When the data was captured; not told of disks. */
  readonly protectedAt?: Micros;
}

/**
 * The moment to which a backup can restore.
 * @returns undefined for one that is no restore point, as it failed, is not finished or is being deleted
 */
export function restorePointOf({ status, createdAt, protectedAt }: Backup): Micros | undefined {
  // One that is being restored is in use, and stays.
  return status === "available" || status === "restoring" ? (protectedAt ?? createdAt) : undefined;
}
