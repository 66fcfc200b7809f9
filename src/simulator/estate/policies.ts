import type { List } from "../listing.ts";
import { fleetPolicyId } from "../tasks/fleet.ts";
import { apiTime, seededUuid, vaultIdOf } from "../tasks/values.ts";

/** As ListPolicies has it; hours of the patterns are UTC. */
export type SimPolicy = ReturnType<typeof policy>;

/** ListPolicies. */
export function policyList({ policies }: { readonly policies: readonly SimPolicy[] }): List<SimPolicy> {
  return {
    key: "policies",
    records: policies,
    id: ({ id }) => id,
    body: (policy) => policy,
    fields: {
      operation_type: ({ operation_type: type }) => type,
      vault_id: ({ associated_vaults: vaults }) => vaults.map(({ vault_id: id }) => id),
    },
    words: { operation_type: /^(backup|replication)$/ },
  };
}

/**
 * One that makes the fleet's nights, one that is switched off, and one whose vault has nothing new to copy.
 * @param startMs when they were made
 * @param eveningMs when the backups of any one night begin
 */
export function simPolicies(fleetVaults: readonly string[], startMs: number, eveningMs: number, days: number) {
  const [hour, minute] = new Date(eveningMs).toISOString().slice(11, 16).split(":");
  const nightly = `FREQ=DAILY;INTERVAL=1;BYHOUR=${hour};BYMINUTE=${minute}`;
  const weekly = (days: string) => `FREQ=WEEKLY;BYDAY=${days};BYMINUTE=30`;
  const shared = { startMs, days, vaults: ["archive"] };
  return [
    { ...policy("nightly", [nightly], { ...shared, vaults: fleetVaults }), id: fleetPolicyId },
    { ...policy("archive", [weekly("MO,TU,WE,TH,FR;BYHOUR=05"), weekly("SA;BYHOUR=17")], shared), enabled: false },
    policy("archive-copies", [weekly("SU;BYHOUR=21")], { ...shared, copiesTo: "elsewhere" }),
  ];
}

interface About {
  readonly startMs: number;
  readonly vaults: readonly string[];
  /** Of retention. */
  readonly days: number;
  /** A vault of another region. */
  readonly copiesTo?: string;
}

function policy(name: string, pattern: readonly string[], { startMs, vaults, days, copiesTo }: About) {
  const longTerm = { day_backups: 0, week_backups: 0, month_backups: 0, year_backups: 0, full_backup_interval: -1 };
  const destination = { destination_region: "ap-southeast-3", destination_project_id: seededUuid("elsewhere") };
  return {
    id: seededUuid(`policy/${name}`),
    name,
    operation_type: copiesTo === undefined ? "backup" : "replication",
    operation_definition: {
      ...(copiesTo === undefined ? longTerm : { ...destination, enable_acceleration: false }),
      max_backups: -1,
      retention_duration_days: days,
      timezone: "UTC+08:00", // says nothing of the patterns' hours
    },
    enabled: true,
    policy_type: "custom_policy",
    trigger: {
      id: seededUuid(`trigger/${name}`),
      name: "default",
      type: "time",
      properties: {
        pattern,
        start_time: apiTime(startMs * 1000)
          .replace("T", " ")
          .slice(0, 19),
      },
    },
    associated_vaults: vaults.map((vault) => ({
      vault_id: vaultIdOf(vault),
      destination_vault_id: copiesTo === undefined ? null : vaultIdOf(copiesTo),
    })),
  };
}
