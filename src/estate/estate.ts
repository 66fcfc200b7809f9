import type { Micros } from "../base/micros.ts";
import { createLayers, type Layers } from "./layers.ts";
import type { Policy } from "./policies.ts";
import type { RestorePoint } from "./restore-points.ts";
import type { ProtectStatus, Vault } from "./vaults.ts";

interface OfProject {
  /** `project/` and the id, or what else tells it apart. */
  readonly key: string;
  readonly project: string;
}

export interface VaultRecord extends OfProject {
  readonly vault: Omit<Vault, "resources">;
  readonly resources: number;
  /** Those that hold for it; absent before policies were listed. */
  readonly policies?: readonly GivenPolicy[];
}

/** A policy as it was given to a vault. */
export interface GivenPolicy {
  readonly policyId: string;
  readonly name?: string;
  readonly operationType?: string;
  readonly enabled?: boolean;
  readonly destinationVaultId?: string;
}

export interface PolicyRecord extends OfProject {
  readonly policy: Policy;
  readonly lastDue?: Micros;
  readonly nextDue?: Micros;
}

/** What vaults, policies and backups say of one resource. */
export interface ResourceEstate extends OfProject {
  readonly resourceId: string;
  readonly name?: string;
  readonly type?: string;
  /** That which backs it up, where one does. */
  readonly vaultId?: string;
  readonly vaultName?: string;
  /** Whether a policy backs it up; absent while that is not known. */
  readonly isProtected?: boolean;
  /** When a restore point was last due that should be there by now. */
  readonly due?: Micros;
  /** Absent where backups were not listed. */
  readonly restorePoints?: readonly RestorePoint[];
  readonly backups?: number;
  /** In bytes, what its backups take. */
  readonly backupSize?: number;
  /** In bytes. */
  readonly size?: number;
  /** Absent where it is in no vault. */
  readonly protectStatus?: ProtectStatus;
}

/** A resource that could be backed up, and is in no vault. */
export interface UnprotectedResource extends OfProject {
  readonly resourceId: string;
  readonly name?: string;
  readonly type?: string;
}

export interface UnprotectedCount extends OfProject {
  /** As ListProtectable's path names it. */
  readonly kind: string;
  readonly count: number;
}

/** All that one inventory has found, of one kind. */
export interface Found {
  readonly vaults: Iterable<VaultRecord>;
  readonly policies: Iterable<PolicyRecord>;
  readonly resources: Iterable<ResourceEstate>;
  readonly unprotected: Iterable<UnprotectedResource>;
  readonly unprotectedCounts: Iterable<UnprotectedCount>;
}

/** What is known of vaults, policies and what they protect; a layer for each collector that looks. */
export type Estate = { readonly [K in keyof Found]: Layers<Found[K] extends Iterable<infer R> ? R : never> };

export function createEstate(): Estate {
  return {
    vaults: createLayers(),
    policies: createLayers(),
    // One collector may look at vaults alone, and another at restore points too.
    resources: createLayers(({ restorePoints }) => restorePoints !== undefined),
    unprotected: createLayers(),
    unprotectedCounts: createLayers(),
  };
}
