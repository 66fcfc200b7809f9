/** The kinds of resources that ListProtectable shows, as its path names them. */
export const protectableKinds = ["server", "disk", "turbo", "workspace"] as const;

export type ProtectableKind = (typeof protectableKinds)[number];

/**
 * One resource of the account as ListProtectable tells it, decoded: a field that is absent, null, empty or unusable is
 * not there. Source: `reference/vaults-and-policies.md`.
 */
export interface Protectable {
  readonly id: string;
  readonly name?: string;
  readonly type?: string;
  /** In bytes. */
  readonly size?: number;
  /** The resource's own, such as `ACTIVE`; of any cloud's own spelling. */
  readonly status?: string;
  /** Whether it can be backed up. */
  readonly canBeProtected?: boolean;
  /** Whether it is in a vault. */
  readonly isInVault?: boolean;
  /** The vault it is in. */
  readonly vaultId?: string;
}

/** Whether a resource could be backed up, and is in no vault; false as well where one of both is not known. */
export function isUnprotected({ canBeProtected, isInVault }: Protectable): boolean {
  return canBeProtected === true && isInVault === false;
}
