import type { SimTask } from "./sim-task.ts";
import { type Outcome, type SimResource, type TimelineTaskOptions, timelineTask } from "./timeline-task.ts";
import { seededFractions, seededUuid } from "./values.ts";

export interface FleetOptions {
  /** Servers, each of which is backed up every night. */
  readonly resources: number;
  /** For how many days the cloud remembers a task. */
  readonly days: number;
  readonly seed: number;
  /** What the fleet takes for the time of the first look, so that always the same has happened by then. Default: its time. */
  readonly startMs?: number | undefined;
}

/** A task of the fleet; its life is that from its creation on. */
interface Planned {
  readonly createdMs: number;
  readonly options: TimelineTaskOptions;
}

/** What happens to the tasks of the fleet from one look at it to the next. */
export interface FleetChanges {
  /** As they are to be set at this moment. */
  readonly come: readonly SimTask[];
  /** Ids of those that the cloud has forgotten. */
  readonly gone: readonly string[];
}

/**
 * Nightly backups of many servers: some nights are missed, some backups fail, and most of these are repeated by hand the
 * next morning. The same seed gives the same nights.
 * @param firstMs when it is first looked at: those of the days before are there from then on
 * @returns what has changed since the look before
 */
export function createFleet(options: FleetOptions, firstMs: number): (atMs: number) => FleetChanges {
  const { startMs = firstMs } = options;
  const keptMs = options.days * dayMs;
  const nights = nightsFrom(Math.floor((startMs - keptMs) / dayMs) - 1, options);
  const held: Planned[] = [];
  let next = nights.next().value;
  return (atMs) => {
    const nowMs = atMs - firstMs + startMs;
    const come: SimTask[] = [];
    const gone: string[] = [];
    for (; next.createdMs <= nowMs; next = nights.next().value) {
      if (next.createdMs < nowMs - keptMs) continue;
      held.push(next);
      const ago = (nowMs - next.createdMs) / 1000;
      come.push(timelineTask({ ...next.options, life: { ...next.options.life, ago } }));
    }
    for (let [first] = held; first && first.createdMs < nowMs - keptMs; [first] = held) {
      gone.push(first.options.id);
      held.shift();
    }
    return { come, gone };
  };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What is always the same of a server. */
interface Server {
  /** Four digits, from 0001. */
  readonly number: string;
  readonly resource: SimResource;
  readonly vaultName: string;
  /** When its backup begins, in milliseconds after the evening at which the day's backups begin. */
  readonly atMs: number;
  /** How long it usually takes, in seconds. */
  readonly run: number;
}

function serverOf(index: number): Server {
  const number = String(index + 1).padStart(4, "0");
  const [at = 0, run = 0] = seededFractions(`fleet/${number}`);
  return {
    number,
    resource: { type: "OS::Nova::Server", id: seededUuid(`fleet/${number}`), name: `server-${number}` },
    vaultName: `fleet-${String(Math.floor(index / 100) + 1).padStart(2, "0")}`,
    atMs: at * 4 * hourMs,
    run: 300 + 2400 * run,
  };
}

/** In the order of their creation. @param day the first one, in days since 1970 */
function* nightsFrom(day: number, { resources, seed }: FleetOptions): Generator<Planned, never> {
  const servers = Array.from({ length: resources }, (_, index) => serverOf(index));
  for (; ; day += 1) {
    const night = servers.flatMap((server) => nightOf(server, day, seed));
    yield* night.sort((a, b) => a.createdMs - b.createdMs);
  }
}

/** Of every hundred nights so many. */
const missed = 1;
const failed = 2;
const timedOut = 0.5;
const skipped = 0.5;

/** The backup of one server in one night, if there is one, and its repeat. */
function nightOf(server: Server, day: number, seed: number): readonly Planned[] {
  const name = `fleet/${seed}/${server.number}/${day}`;
  const [lot = 0, late = 0, wait = 0, length = 0, repeat = 0, morning = 0] = seededFractions(name);
  if (100 * lot < missed) return [];
  const outcome = outcomeOf(100 * lot - missed);
  const planned = (what: "autobk" | "manualbk", createdMs: number, result: Outcome, run: number): Planned => {
    const id = seededUuid(`${name}/${what}`);
    return {
      createdMs: Math.floor(createdMs),
      options: {
        id,
        outcome: result,
        life: { wait: 1 + 59 * wait, run },
        resource: server.resource,
        vaultName: server.vaultName,
        ...(what === "autobk" && { policyId }),
        ...(result === "failed" && { error: { code: "BackupService.5015", message: "The agent is offline." } }),
        parts: () => ({ backup: { backup_name: `${what}_${server.number}`, backup_id: seededUuid(`${id}/backup`) } }),
      },
    };
  };
  // From 22:00 on, over four hours, each server always at about the same time.
  const at = day * dayMs + 22 * hourMs + server.atMs + late * minuteMs;
  const night = planned("autobk", at, outcome, outcome === "skipped" ? 0 : server.run * (0.8 + 0.4 * length));
  const isRepeated = (outcome === "failed" || outcome === "timeout") && repeat < 0.8;
  if (!isRepeated) return [night];
  return [night, planned("manualbk", (day + 1) * dayMs + (8 + 4 * morning) * hourMs, "success", server.run)];
}

const policyId = seededUuid("fleet/policy");

function outcomeOf(lot: number): Outcome {
  if (lot < failed) return "failed";
  if (lot < failed + timedOut) return "timeout";
  return lot < failed + timedOut + skipped ? "skipped" : "success";
}
