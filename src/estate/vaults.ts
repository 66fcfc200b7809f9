import type { Micros } from "../base/micros.ts";

/** The documented values of a vault's `billing.status`, in the order in which they are exposed; `unknown` is ours. */
export const vaultStatuses = ["available", "lock", "frozen", "deleting", "error", "unknown"] as const;

/** `lock`: being expanded. `unknown`: absent, or a status this version does not know. */
export type VaultStatus = (typeof vaultStatuses)[number];

/** The documented values of a resource's `protect_status`, in the order in which they are exposed; `unknown` is ours. */
export const protectStatuses = [
  "available",
  "error",
  "protecting",
  "restoring",
  "removing",
  "deleted",
  "unknown",
] as const;

/** `deleted`: gone, but still listed. `unknown`: absent, or a status this version does not know. */
export type ProtectStatus = (typeof protectStatuses)[number];

/**
 * One vault as ListVault tells it, decoded: a field that is absent, null, empty or unusable is not there.
 * Source: `reference/vaults-and-policies.md`. Sizes are in bytes.
 */
export interface Vault {
  readonly id: string;
  readonly name?: string;
  readonly status: VaultStatus;
  /** `backup`, `replication`, `hybrid`, or any other text. */
  readonly protectType?: string;
  /** `server`, `disk`, `turbo`…, or any other text. */
  readonly objectType?: string;
  readonly chargingMode?: string;
  readonly consistentLevel?: string;
  readonly enterpriseProjectId?: string;
  readonly createdAt?: Micros;
  /** `billing.size`: what it may hold. */
  readonly size?: number;
  /** `billing.used`: what it holds, at times more than its size. */
  readonly used?: number;
  /** `billing.allocated`: the sum of its resources' sizes, no fill level. */
  readonly allocated?: number;
  /** `threshold`: the percentage used at which the cloud itself warns. */
  readonly warningPercent?: number;
  /** Whether it grows by a quarter once it is full. */
  readonly autoExpand?: boolean;
  readonly resources: readonly VaultResource[];
}

/** One of a vault's `resources[]`. Sizes are in bytes. */
export interface VaultResource {
  readonly id: string;
  readonly name?: string;
  readonly type?: string;
  readonly size?: number;
  /** What its backups take in the vault. */
  readonly backupSize?: number;
  /** How many backups it has. */
  readonly backups?: number;
  /** Whether it follows the vault's policies, as it does where this is absent. */
  readonly autoProtect?: boolean;
  readonly protectStatus: ProtectStatus;
}
