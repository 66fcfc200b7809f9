import { type Micros, micros } from "../base/micros.ts";
import type { Policy } from "./policies.ts";
import type { Vault, VaultResource } from "./vaults.ts";

/**
 * Since when something has been as it is, as far as that was seen: nothing was scheduled before. Each map, and each
 * value, is the very same as long as it says the same.
 */
export interface FirstSights {
  /** When a resource came into a vault, or began to follow its policies, by `vault_id/resource_id`. */
  readonly resources?: ReadonlyMap<string, Sight>;
  /** When a policy was given to a vault, or was changed, by `policy_id/vault_id`. */
  readonly policies?: ReadonlyMap<string, PolicySight>;
}

export interface Sight {
  readonly since: Micros;
  /** The last look did not show it; one alone may have been wrong. */
  readonly isGone?: true;
}

export interface PolicySight extends Sight {
  /** What the policy scheduled then. */
  readonly terms: string;
}

/** It was there when somebody looked for the first time. */
const fromTheStart = micros(0);

/** When a resource was first seen in a vault; undefined where it was there from the start. */
export function resourceSeen({ resources }: FirstSights, vault: Vault, { id }: VaultResource): Micros | undefined {
  return resources?.get(`${vault.id}/${id}`)?.since || undefined;
}

/** Since when a policy has held for a vault as it does; undefined where it did from the start. */
export function policySeen({ policies }: FirstSights, { id }: Policy, vaultId: string): Micros | undefined {
  return policies?.get(`${id}/${vaultId}`)?.since || undefined;
}

/** Whether a resource is to be backed up whenever a backup policy of its vault says so. */
export function followsPolicies({ protectType }: Vault, { autoProtect, protectStatus }: VaultResource): boolean {
  return (protectType === "backup" || protectType === "hybrid") && autoProtect !== false && protectStatus !== "deleted";
}

/** @param now when all vaults were looked at, by the cloud's clock */
export function afterVaults(before: FirstSights, vaults: Iterable<Vault>, now: Micros): FirstSights {
  const known = before.resources;
  const resources = new Map<string, Sight>();
  for (const vault of vaults) {
    for (const resource of vault.resources) {
      if (!followsPolicies(vault, resource)) continue;
      const key = `${vault.id}/${resource.id}`;
      const old = known?.get(key);
      const isSame = old !== undefined && !old.isGone;
      resources.set(key, isSame ? old : { since: old?.since ?? sinceNow(known, now) });
    }
  }
  return { ...before, resources: sameOr(known, resources) };
}

/** @param now when all policies were looked at, by the cloud's clock */
export function afterPolicies(before: FirstSights, list: Iterable<Policy>, now: Micros): FirstSights {
  const known = before.policies;
  const policies = new Map<string, PolicySight>();
  for (const policy of list) {
    const { enabled, patterns, startTime, utcOffset } = policy;
    const terms = JSON.stringify({ enabled, patterns, startTime, utcOffset });
    for (const { vaultId } of policy.vaults) {
      const key = `${policy.id}/${vaultId}`;
      const old = known?.get(key);
      const its = old?.terms === terms ? old : undefined;
      const isSame = its !== undefined && !its.isGone;
      policies.set(key, isSame ? its : { terms, since: its?.since ?? sinceNow(known, now) });
    }
  }
  return { ...before, policies: sameOr(known, policies) };
}

function sinceNow(known: ReadonlyMap<string, Sight> | undefined, now: Micros): Micros {
  return known ? now : fromTheStart;
}

/**
 * A list that lacks something once would otherwise have made it new: what it missed would not be asked for.
 * @returns the map of before where nothing has changed
 */
function sameOr<S extends Sight>(before: ReadonlyMap<string, S> | undefined, after: Map<string, S>) {
  for (const [key, sight] of before ?? []) {
    if (!after.has(key) && !sight.isGone) after.set(key, { ...sight, isGone: true });
  }
  const isSame = before?.size === after.size && [...after].every(([key, sight]) => before.get(key) === sight);
  return isSame ? before : after;
}
