import type { SimTask } from "./sim-task.ts";
import { type Life, type Outcome, type SimResource, timelineTask } from "./timeline-task.ts";
import { backupIdOf, seededFractions, seededUuid } from "./values.ts";

export interface FleetOptions {
  /** Servers, each of which is backed up every night. */
  readonly resources: number;
  /** How many of them are in one vault. Default 100. */
  readonly perVault?: number;
  /** For how many days the cloud remembers a task. */
  readonly days: number;
  readonly seed: number;
  /** What the fleet takes for the time of the first look, so that always the same has happened by then. Default: its time. */
  readonly startMs?: number | undefined;
}

/** What is backed up. */
export interface Protected {
  readonly resource: SimResource;
  /** In GB. */
  readonly size: number;
  /** `""`: in none. */
  readonly vaultName: string;
  /** Deleted, but its vault still lists it. */
  readonly isGone?: boolean;
}

/** A backup that began, whatever becomes of it. Its task's id is also what its own is made of. */
export interface BackupRun {
  readonly taskId: string;
  readonly of: Protected;
  /** What the backup is called. */
  readonly name: string;
  /** Not by a policy. */
  readonly byHand: boolean;
  readonly outcome: Outcome;
  /** Of its task, in milliseconds since 1970. */
  readonly createdMs: number;
  readonly life: Life;
}

/** What happens to the tasks of the fleet from one look at it to the next. */
export interface FleetChanges {
  /** As they are to be set at this moment. */
  readonly come: readonly SimTask[];
  /** Ids of those that the cloud has forgotten. */
  readonly gone: readonly string[];
}

export interface Fleet {
  readonly servers: readonly Protected[];
  /** When the backups of the first night that is remembered begin, in milliseconds since 1970; each day at the same hour. */
  readonly eveningMs: number;
  /** Those that the cloud remembers, in the order of their creation. */
  readonly runs: readonly BackupRun[];
  look(atMs: number): FleetChanges;
}

/**
 * Nightly backups of many servers: some nights are missed, some backups fail, and most of these are repeated by hand the
 * next morning. The same seed gives the same nights.
 * @param firstMs when it is first looked at: those of the days before are there from then on
 */
export function createFleet(options: FleetOptions, firstMs: number): Fleet {
  const { startMs = firstMs, perVault = 100 } = options;
  const keptMs = options.days * dayMs;
  /** From the fleet's time to that of the clock. */
  const aheadMs = firstMs - startMs;
  const firstDay = Math.floor((startMs - keptMs) / dayMs) - 1;
  const servers = Array.from({ length: options.resources }, (_, index) => serverOf(index, perVault));
  const nights = nightsFrom(firstDay, servers, options.seed, aheadMs);
  const runs: BackupRun[] = [];
  let next = nights.next().value;
  return {
    servers,
    eveningMs: firstDay * dayMs + eveningMs + aheadMs,
    runs,
    look(atMs) {
      const come: SimTask[] = [];
      const gone: string[] = [];
      for (; next.createdMs <= atMs; next = nights.next().value) {
        if (next.createdMs < atMs - keptMs) continue;
        runs.push(next);
        come.push(taskOf(next, (atMs - next.createdMs) / 1000));
      }
      for (let [first] = runs; first && first.createdMs < atMs - keptMs; [first] = runs) {
        gone.push(first.taskId);
        runs.shift();
      }
      return { come, gone };
    },
  };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** When a day's backups begin. */
const eveningMs = 22 * hourMs;

/** What is always the same of a server. */
interface Server extends Protected {
  /** Four digits, from 0001. */
  readonly number: string;
  /** When its backup begins, in milliseconds after the evening at which the day's backups begin. */
  readonly atMs: number;
  /** How long it usually takes, in seconds. */
  readonly run: number;
}

function serverOf(index: number, perVault: number): Server {
  const number = String(index + 1).padStart(4, "0");
  const [at = 0, run = 0, size = 0] = seededFractions(`fleet/${number}`);
  return {
    number,
    resource: { type: "OS::Nova::Server", id: seededUuid(`fleet/${number}`), name: `server-${number}` },
    size: 40 + 20 * Math.floor(19 * size),
    vaultName: `fleet-${String(Math.floor(index / perVault) + 1).padStart(2, "0")}`,
    atMs: at * 4 * hourMs,
    run: 300 + 2400 * run,
  };
}

/** In the order of their creation. @param day the first one, in days since 1970 */
function* nightsFrom(
  day: number,
  servers: readonly Server[],
  seed: number,
  ahead: number,
): Generator<BackupRun, never> {
  for (; ; day += 1) {
    const night = servers.flatMap((server) => nightOf(server, day, seed, ahead));
    yield* night.sort((a, b) => a.createdMs - b.createdMs);
  }
}

/** Of every hundred nights so many. */
const missed = 1;
const failed = 2;
const timedOut = 0.5;
const skipped = 0.5;

/** The backup of one server in one night, if there is one, and its repeat. */
function nightOf(server: Server, day: number, seed: number, aheadMs: number): readonly BackupRun[] {
  const name = `fleet/${seed}/${server.number}/${day}`;
  const [lot = 0, late = 0, wait = 0, length = 0, repeat = 0, morning = 0] = seededFractions(name);
  if (100 * lot < missed) return [];
  const outcome = outcomeOf(100 * lot - missed);
  const planned = (what: "autobk" | "manualbk", createdMs: number, result: Outcome, run: number): BackupRun => ({
    taskId: seededUuid(`${name}/${what}`),
    of: server,
    name: `${what}_${server.number}`,
    byHand: what === "manualbk",
    outcome: result,
    createdMs: Math.floor(createdMs) + aheadMs,
    life: { wait: 1 + 59 * wait, run },
  });
  // Over four hours, each server always at about the same time.
  const at = day * dayMs + eveningMs + server.atMs + late * minuteMs;
  const night = planned("autobk", at, outcome, outcome === "skipped" ? 0 : server.run * (0.8 + 0.4 * length));
  const isRepeated = (outcome === "failed" || outcome === "timeout") && repeat < 0.8;
  if (!isRepeated) return [night];
  return [night, planned("manualbk", (day + 1) * dayMs + (8 + 4 * morning) * hourMs, "success", server.run)];
}

/** The policy of all of the fleet's vaults. */
export const fleetPolicyId: string = seededUuid("fleet/policy");

function outcomeOf(lot: number): Outcome {
  if (lot < failed) return "failed";
  if (lot < failed + timedOut) return "timeout";
  return lot < failed + timedOut + skipped ? "skipped" : "success";
}

/** @param ago seconds since its creation */
function taskOf({ taskId: id, of, name, byHand, outcome, life }: BackupRun, ago: number): SimTask {
  return timelineTask({
    id,
    outcome,
    life: { ...life, ago },
    resource: of.resource,
    vaultName: of.vaultName,
    ...(!byHand && { policyId: fleetPolicyId }),
    ...(outcome === "failed" && { error: { code: "BackupService.5015", message: "The agent is offline." } }),
    parts: () => ({ backup: { backup_name: name, backup_id: backupIdOf(id) } }),
  });
}
