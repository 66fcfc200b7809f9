import type { List } from "../listing.ts";
import type { Protected } from "../tasks/fleet.ts";
import { apiTime, seededUuid } from "../tasks/values.ts";
import { type Estate, megabytes, providerIds, type SimVault, statusOf } from "./estate.ts";

/** ListVault. */
export function vaultList(estate: Estate): List<SimVault> {
  return {
    key: "vaults",
    records: estate.vaults,
    id: ({ id }) => id,
    body: vaultBodies(estate),
    fields: {
      id: ({ id }) => id,
      name: ({ name }) => name,
      status: () => "available",
      policy_id: ({ id }) =>
        estate.policies.flatMap((policy) =>
          policy.associated_vaults.some(({ vault_id }) => vault_id === id) ? policy.id : [],
        ),
      cloud_type: () => "public",
      protect_type: ({ protectType }) => protectType,
      object_type: ({ objectType }) => objectType,
      resource_ids: ({ members }) => members.map(({ resource }) => resource.id),
    },
    words: {
      status: /^(available|lock|frozen|deleting|error)$/,
      cloud_type: /^(public|hybrid)$/,
      protect_type: /^(backup|replication|hybrid)$/,
    },
  };
}

/** @returns what is said of a vault; of restore points those alone count that are available */
export function vaultBodies(estate: Estate) {
  const held = holdings(estate);
  return ({ id, name, createdMs, objectType, protectType, size, members }: SimVault) => {
    const isOfDisks = objectType === "disk";
    const isOfCopies = protectType === "replication";
    const resources = members.map((of) => {
      const { count = 0, isProtecting = false } = held.get(of) ?? {};
      const status = isProtecting ? "protecting" : "available";
      return {
        ...of.resource,
        size: of.size,
        auto_protect: true,
        backup_count: count,
        backup_size: megabytes(of.size, count),
        protect_status: isOfCopies ? null : of.isGone ? "deleted" : status,
        extra_info: isOfCopies ? null : {},
      };
    });
    return {
      id,
      name,
      description: null,
      project_id: estate.projectId,
      // The cloud writes both in two ways.
      enterprise_project_id: isOfDisks ? 0 : "0",
      created_at: apiTime(createdMs * 1000, isOfDisks ? "micros" : "offset"),
      user_id: seededUuid("vaults/user").replaceAll("-", ""),
      availability_zone: "",
      provider_id: providerIds[objectType],
      auto_bind: false,
      bind_rules: {},
      auto_expand: false,
      threshold: 80,
      smn_notify: true,
      locked: false,
      sys_lock_source_service: "",
      tags: [{ key: "note", value: null }],
      billing: {
        allocated: isOfCopies ? 0 : members.reduce((sum, of) => sum + of.size, 0),
        charging_mode: "post_paid",
        cloud_type: "public",
        consistent_level: "crash_consistent",
        frozen_scene: null,
        is_multi_az: false,
        object_type: objectType,
        protect_type: protectType,
        size,
        spec_code: `vault.${protectType}.${isOfDisks ? "volume" : "server"}.normal`,
        status: "available",
        used: resources.reduce((sum, { backup_size }) => sum + backup_size, 0),
      },
      resources,
    };
  };
}

/** How many restore points there are of each resource, and whether one is being made. */
function holdings({ backups, nowMs }: Estate): ReadonlyMap<Protected, { count: number; isProtecting: boolean }> {
  const held = new Map<Protected, { count: number; isProtecting: boolean }>();
  for (const run of backups) {
    const of = held.get(run.of) ?? { count: 0, isProtecting: false };
    const status = statusOf(run, nowMs);
    if (status === "available") of.count += 1;
    if (status === "protecting") of.isProtecting = true;
    held.set(run.of, of);
  }
  return held;
}
