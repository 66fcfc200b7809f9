import { defined } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import { owns, type Shard } from "../base/shard.ts";
import { lastDue, nextDue, notBefore, type VaultPolicy } from "./due-times.ts";
import type { Found, GivenPolicy, PolicyRecord, ResourceEstate, VaultRecord } from "./estate.ts";
import { type FirstSights, followsPolicies, policySeen, resourceSeen } from "./first-sights.ts";
import type { Policy } from "./policies.ts";
import type { RestorePoints } from "./restore-points.ts";
import type { Vault, VaultResource } from "./vaults.ts";

/** What lists have shown of a project, each absent before it came for the first time. */
export interface ShownLists {
  readonly vaults?: Shown<readonly Vault[]>;
  readonly policies?: Shown<readonly Policy[]>;
  readonly restorePoints?: Shown<RestorePoints>;
  readonly sights: FirstSights;
}

/** @typeParam T what a list showed */
export interface Shown<T> {
  readonly what: T;
  /** When the last list was begun that showed all of it, by the cloud's clock. */
  readonly at?: Micros | undefined;
}

export interface ProtectionOptions {
  readonly project: string;
  readonly shard: Shard;
  /** Microseconds that a restore point may come later than its policy's time. */
  readonly grace: Micros;
  readonly isWanted: (vault: Vault) => boolean;
}

/**
 * Puts together what vaults, policies and backups say. Times are due as of the oldest of the three, so that nothing is
 * missing merely because a list did not come.
 */
export function protectionOf(
  { vaults, policies, restorePoints, sights }: ShownLists,
  { project, shard, grace, isWanted }: ProtectionOptions,
): Pick<Found, "vaults" | "policies" | "resources"> {
  const wanted = vaults?.what.filter(isWanted) ?? [];
  const asOf = oldest(vaults?.at, policies?.at, restorePoints?.at);
  const given = policies && givenPolicies(policies.what, sights);
  const isOwn = ({ id }: { readonly id: string }): boolean => owns(shard, id);
  const dueOf = asOf === undefined ? () => undefined : dueByPolicies({ now: asOf, grace });

  function vaultRecord({ resources, ...vault }: Vault): VaultRecord {
    const its = given?.get(vault.id) ?? [];
    return {
      key: `${project}/${vault.id}`,
      project,
      vault,
      resources: resources.length,
      ...(given && { policies: its.map(({ shown }) => shown) }),
    };
  }

  function policyRecord(policy: Policy): PolicyRecord {
    const { at = micros(0) } = policies ?? {};
    // As a policy holds for all of its vaults, what was due once it held for any of them was due.
    const held = policy.vaults.map(({ vaultId }) => policySeen(sights, policy, vaultId) ?? micros(0));
    const holds = { policy, ...(held.length > 0 && { since: micros(Math.min(...held)) }) };
    return defined({
      key: `${project}/${policy.id}`,
      project,
      policy,
      lastDue: lastDue([holds], { now: at, grace: micros(0) }),
      nextDue: nextDue(policy, at),
    });
  }

  function resourceRecord(resourceId: string, places: readonly Place[]): ResourceEstate {
    const [place] = places;
    const backedUp = restorePoints?.what.get(resourceId);
    const following = places.filter(({ vault, resource }) => followsPolicies(vault, resource));
    const backupPolicies = following.flatMap(({ vault }) => backupsOf(given?.get(vault.id) ?? []));
    const dues = following.flatMap(
      ({ vault, resource }) =>
        notBefore(
          dueOf(backupsOf(given?.get(vault.id) ?? [])),
          vault.createdAt,
          resourceSeen(sights, vault, resource),
        ) ?? [],
    );
    const sum = (of: (resource: VaultResource) => number | undefined): number | undefined => {
      const known = places.flatMap(({ resource }) => of(resource) ?? []);
      return known.length === 0 ? undefined : known.reduce((total, one) => total + one, 0);
    };
    return defined({
      key: `${project}/${resourceId}`,
      project,
      resourceId,
      name: place?.resource.name ?? backedUp?.name,
      type: place?.resource.type ?? backedUp?.type,
      vaultId: place?.vault.id ?? backedUp?.vaultId,
      vaultName: place ? place.vault.name : vaultNames.get(backedUp?.vaultId ?? ""),
      isProtected: place && given ? backupPolicies.some(({ policy }) => policy.enabled) : undefined,
      due: dues.length === 0 ? undefined : micros(Math.max(...dues)),
      restorePoints: backedUp?.points ?? (restorePoints?.at === undefined ? undefined : []),
      backups: sum(({ backups }) => backups),
      backupSize: sum(({ backupSize }) => backupSize),
      size: place?.resource.size,
      protectStatus: place?.resource.protectStatus,
    });
  }

  /** One after the other, since there may be many. */
  function* ownResources(): Generator<ResourceEstate> {
    for (const id of new Set([...places.keys(), ...(restorePoints?.what.keys() ?? [])])) {
      if (owns(shard, id)) yield resourceRecord(id, places.get(id) ?? []);
    }
  }

  const vaultNames = new Map(wanted.map(({ id, name }) => [id, name]));
  const places = placesOf(wanted);
  return {
    vaults: wanted.filter(isOwn).map(vaultRecord),
    policies: (policies?.what ?? []).filter(isOwn).map(policyRecord),
    resources: ownResources(),
  };
}

/** @returns undefined while one of them is not known */
function oldest(...times: readonly (Micros | undefined)[]): Micros | undefined {
  return times.includes(undefined) ? undefined : micros(Math.min(...(times as readonly Micros[])));
}

/** A resource as it stands in a vault. */
interface Place {
  readonly vault: Vault;
  readonly resource: VaultResource;
}

/** The places of each resource; that from which it is backed up comes first. */
function placesOf(vaults: readonly Vault[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const vault of vaults) {
    for (const resource of vault.resources) {
      const its = places.get(resource.id);
      const place = { vault, resource };
      if (!its) places.set(resource.id, [place]);
      // A vault that names it twice has it once.
      else if (its.some((other) => other.vault === vault)) continue;
      else if (rank(place) < rank(its[0] as Place)) its.unshift(place);
      else its.push(place);
    }
  }
  return places;
}

function rank({ vault, resource }: Place): number {
  return Number(!followsPolicies(vault, resource));
}

/** A policy as a vault has it: as it is shown, and as it holds. */
interface Given extends VaultPolicy {
  readonly shown: GivenPolicy;
}

/** The policies of each vault. */
function givenPolicies(policies: readonly Policy[], sights: FirstSights): ReadonlyMap<string, readonly Given[]> {
  const given = new Map<string, Given[]>();
  for (const policy of policies) {
    const { id: policyId, name, operationType, enabled } = policy;
    for (const { vaultId, destinationVaultId } of policy.vaults) {
      const shown = defined({ policyId, name, operationType, enabled, destinationVaultId });
      const since = policySeen(sights, policy, vaultId);
      const its = given.get(vaultId);
      const one = { policy, shown, ...(since !== undefined && { since }) };
      if (its) its.push(one);
      else given.set(vaultId, [one]);
    }
  }
  return given;
}

function backupsOf(given: readonly Given[]): readonly Given[] {
  return given.filter(({ policy }) => policy.operationType === "backup");
}

/** Most vaults share their policies, and reckoning takes its time. */
function dueByPolicies(options: { readonly now: Micros; readonly grace: Micros }) {
  const known = new Map<string, Micros | undefined>();
  return (given: readonly Given[]): Micros | undefined => {
    const key = given.map(({ policy, since: seen = 0 }) => `${policy.id} ${seen}`).join();
    if (!known.has(key)) known.set(key, lastDue(given, options));
    return known.get(key);
  };
}
