import type { BackupRun, Fleet, Protected } from "../tasks/fleet.ts";
import { backupIdOf, seededFraction, seededUuid, vaultIdOf } from "../tasks/values.ts";
import { type Estate, megabytes, type SimVault } from "./estate.ts";
import { simPolicies } from "./policies.ts";

const dayMs = 86_400_000;

/**
 * Around the fleet: its vaults, the first of them nearly full; one of disks, whose policy is switched off; one of copies from
 * another region; servers that are in none.
 * @param days for how many the cloud remembers a task
 * @param removed ids of backups that somebody has deleted by hand
 */
export function createEstate(fleet: Fleet, days: number, removed: ReadonlySet<string>) {
  const retentionDays = Math.max(1, Math.min(14, days));
  const createdMs = fleet.eveningMs - 60 * dayMs;
  const ofFleet = vaultsOf(fleet.servers, retentionDays);
  const vaults = [...ofFleet, archive, copiesOf(fleet)].map(
    (vault): SimVault => ({ ...vault, id: vaultIdOf(vault.name), createdMs }),
  );
  const names = ofFleet.map(({ name }) => name);
  const policies = simPolicies(names, createdMs + 300_000, fleet.eveningMs, retentionDays);
  const outside = spares(1 + Math.floor(fleet.servers.length / 50), "spare", "");
  const isThere = (run: BackupRun, nowMs: number): boolean => {
    // Retention deletes what policies made; the others go by hand, at the latest when their tasks are forgotten.
    const keptDays = run.byHand || run.outcome !== "success" ? 30 : retentionDays;
    if (run.outcome === "skipped" || nowMs >= run.createdMs + keptDays * dayMs) return false;
    return removed.size === 0 || !removed.has(backupIdOf(run.taskId));
  };
  return (nowMs: number, projectId: string): Estate => {
    // A copy is made six hours after the evening; its task is one of the region that it comes from.
    const last = Math.floor((nowMs - fleet.eveningMs) / dayMs - 0.25);
    const mornings = Array.from(
      { length: retentionDays + 1 },
      (_, ago) => fleet.eveningMs + (last - ago + 0.25) * dayMs,
    );
    const copies = mornings.flatMap((at) => madeRuns(vaults.at(-1)?.members ?? [], at, false));
    const backups = [...fleet.runs, ...copies].filter((run) => isThere(run, nowMs));
    // From before all that the cloud remembers of tasks.
    backups.push(...madeRuns(archive.members, createdMs + dayMs, true));
    return { projectId, nowMs, vaults, policies, backups, retentionDays, outside };
  };
}

type Layout = Omit<SimVault, "id" | "createdMs">;

function vaultsOf(servers: readonly Protected[], nights: number): readonly Layout[] {
  return [...new Set(servers.map(({ vaultName }) => vaultName))].map((name, index) => {
    const members = servers.filter(({ vaultName }) => vaultName === name);
    const used = members.reduce((sum, { size }) => sum + megabytes(size, nights), 0);
    const fill = index === 0 ? 0.94 : 0.4 + 0.4 * seededFraction(name);
    return { name, objectType: "server", protectType: "backup", size: Math.ceil(used / 1024 / fill), members };
  });
}

/** Its second disk is no more. */
const archive: Layout = {
  name: "archive",
  objectType: "disk",
  protectType: "backup",
  size: 500,
  members: [disk("papers"), { ...disk("papers-old"), isGone: true }],
};

function copiesOf({ servers }: Fleet): Layout {
  const members = spares(Math.min(3, servers.length), "elsewhere", "copies");
  return { name: "copies", objectType: "server", protectType: "replication", size: 400, members };
}

function spares(count: number, kind: string, vaultName: string): readonly Protected[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${kind}-${String(index + 1).padStart(4, "0")}`;
    return { resource: { type: "OS::Nova::Server", id: seededUuid(`server/${name}`), name }, size: 60, vaultName };
  });
}

function disk(name: string): Protected {
  return {
    resource: { type: "OS::Cinder::Volume", id: seededUuid(`disk/${name}`), name },
    size: 200,
    vaultName: "archive",
  };
}

/** One of each, by tasks that this cloud does not have. */
function madeRuns(members: readonly Protected[], atMs: number, byHand: boolean): readonly BackupRun[] {
  return members.map((of) => ({
    taskId: `${of.resource.id}/${atMs}`,
    of,
    name: `${byHand ? "manualbk" : "autobk"}_${of.resource.name}`,
    byHand,
    outcome: "success",
    createdMs: atMs,
    life: { wait: 10, run: 900 },
  }));
}
