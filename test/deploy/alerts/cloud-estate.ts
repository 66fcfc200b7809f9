import type { CollectorConfig, DiscoverConfig, InventoryConfig } from "../../../src/config/config.ts";
import type { Body } from "../../../src/simulator/listing.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { createFleet, fleetPolicyId } from "../../../src/simulator/tasks/fleet.ts";
import { backupIdOf, seededUuid, vaultIdOf } from "../../../src/simulator/tasks/values.ts";
import { collectorConfig, inventoryConfig } from "../../support/configs.ts";
import type { Minute, Setup } from "./scenario.ts";
import { minuteZero } from "./world.ts";

/** Servers are numbered from 1; each is in the vault of its number, and is backed up from 22:00 on, at an hour of its own. */
const fleet = { resources: 4, perVault: 1, days: 7 };
const dayMs = 86_400_000;
/** The first evening of the scenario. */
const eveningMs = minuteZero / 1000 - 30_000 + 22 * 3_600_000;

/** In which all nights are good. */
export const good = 2;
/** In which the night before minute 0 goes wrong: the first server's backup fails, the second's is skipped. */
export const bad = 2404;

const { servers } = createFleet({ ...fleet, seed: good }, 0);
export const server = (number: number): string => servers[number - 1]?.resource.id ?? "";
export const vault = (number: number): string => vaultIdOf(servers[number - 1]?.vaultName ?? "");
/** The policy of the servers' vaults. */
export const nightly: string = fleetPolicyId;
/** A vault of two disks, one of which is no more; its policy for backups, which is switched off, and that for copies. */
export const archive: string = vaultIdOf("archive");
export const archivePolicy: string = seededUuid("policy/archive");
export const copiesPolicy: string = seededUuid("policy/archive-copies");

/** What is other than usual in a list; what is returned is laid over the record. */
type Change = (record: Body, minute: Minute) => Body;

interface Estate {
  readonly seed?: number;
  /** Backups that never begin: of a server, in the night from that evening on, -1 being the one before minute 0. */
  readonly never?: readonly (readonly [server: number, evening: number])[];
  readonly vaults?: Change;
  /** Default: nobody wants the archive to be backed up. */
  readonly policies?: Change;
  readonly backups?: Change;
  readonly schedule?: string;
  readonly inventory?: Partial<InventoryConfig>;
  /** What the collector `estate` does beside. */
  readonly discover?: DiscoverConfig;
  /** Collectors beside it. */
  readonly others?: readonly Partial<CollectorConfig>[];
}

/** The four servers, and a collector that looks at their backups. */
export function estate(what: Estate = {}): Setup {
  const { seed = good, never = [], schedule = "*/15 * * * *", inventory, discover, others = [] } = what;
  const changes = { policies: byId({ [archivePolicy]: () => ({ associated_vaults: [] }) }), ...what };
  return {
    simulator: { fleet, seed, tasks: [] },
    before(cloud, minute) {
      for (const [number, evening] of never) removeBackups(cloud, seed, number, evening);
      for (const list of ["vaults", "policies", "backups"] as const) {
        cloud.changeRecords(list, (record) => ({ ...record, ...changes[list]?.(record, minute()) }));
      }
    },
    config: ({ projects }) => ({
      projects,
      collectors: [
        { name: "estate", schedule, inventory: inventoryConfig(inventory), ...(discover && { discover }) },
        ...others,
      ].map(collectorConfig),
    }),
  };
}

/** Somebody deletes the restore points of a night, or it never has any. */
export function removeBackups(cloud: Simulator, seed: number, number: number, evening: number): void {
  for (const task of tasksOf(seed, number, evening)) cloud.removeBackup(backupIdOf(task));
}

/** Ids of the backups' tasks in a server's night. */
export function tasksOf(seed: number, number: number, evening: number): readonly string[] {
  const fromMs = eveningMs + evening * dayMs;
  const { look, runs } = createFleet({ ...fleet, seed }, minuteZero / 1000);
  look(fromMs + dayMs);
  return runs.flatMap(({ of, createdMs, taskId }) =>
    of.resource.id === server(number) && createdMs >= fromMs ? taskId : [],
  );
}

/** Each record by its id. */
export function byId(changes: Readonly<Record<string, Change>>): Change {
  return (record, minute) => changes[String(record["id"])]?.(record, minute) ?? {};
}

/** What a vault holds, of 1000 GiB or what else it may, and what else `billing` says of it. */
export function holding({ billing }: Body, used: number, part: Body = {}): Body {
  return { billing: { ...(billing as Body), size: 1000, used: Math.round(used * 1024), ...part } };
}

/** Its status. */
export function inStatus(record: Body, status: string): Body {
  return holding(record, 500, { status });
}
