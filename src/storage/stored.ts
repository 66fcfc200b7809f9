import { isDeepStrictEqual } from "node:util";
import { defined, isObject, listAt, objectAt } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import { onlyShard } from "../base/shard.ts";
import type { DiscoveryMemory } from "../collect/discovery.ts";
import type { FirstSights, PolicySight, Sight } from "../estate/first-sights.ts";
import type { ResourceNames, ResourceOperation, ResourceRecord } from "../estate/resources.ts";
import type { FinishCounts } from "../metrics/finishes.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import { afterStepBack } from "../tasks/task-change.ts";
import type { KnownTask, TaskRecord } from "../tasks/task-record.ts";

/** No pause of a task is longer. */
const longestPause = 3600e6;

/** A task as it is stored; when its next poll is owed is the next program's to say. */
export function storedTask({ facts, poll: { nextAt: _, ...poll }, finished, superseded }: TaskRecord): unknown {
  return { facts, poll, finished, superseded };
}

/** Whether two records of a task are stored alike. */
export function areStoredAlike(a: TaskRecord, b: TaskRecord): boolean {
  if (a.facts !== b.facts || a.finished !== b.finished || a.superseded !== b.superseded) return false;
  const [before, after] = [a, b].map(({ poll: { nextAt: _, ...poll } }) => poll);
  return isDeepStrictEqual(before, after);
}

/** @param now this machine's clock, which may have been set back since: times that lie ahead become now */
export function readTask(value: unknown, taskId: TaskId, now: Micros): KnownTask | undefined {
  if (!isObject(value) || !isObject(value["poll"])) return undefined;
  const { facts, poll, finished, superseded } = value as unknown as KnownTask;
  if (facts?.log !== undefined && facts.log.id !== taskId) return undefined;
  const known: KnownTask = {
    ...(facts && { facts: Object.freeze({ ...facts, ...(facts.log && { log: Object.freeze(facts.log) }) }) }),
    poll,
    finished: finished === true,
    ...(superseded !== undefined && { superseded }),
  };
  return liesAhead(known, now) ? asOfNow(known, now) : known;
}

function liesAhead({ facts, poll }: KnownTask, now: Micros): boolean {
  const times = [facts?.statusSince, facts?.finishSeenAt, facts?.climb?.roseAt, poll.lastAt, poll.failingSince];
  return times.some((time) => time !== undefined && time > now) || (poll.pause?.until ?? 0) > now + longestPause;
}

function asOfNow(known: KnownTask, now: Micros): KnownTask {
  const { pause } = known.poll;
  const poll = pause
    ? { ...known.poll, pause: { ...pause, until: micros(Math.min(pause.until, now + longestPause)) } }
    : known.poll;
  return afterStepBack({ ...known, poll } as TaskRecord, { now, step: micros(0), nextTick: () => now });
}

/** Each task that says something stands once, in a list; the rest says where. */
export function storedResource({ names, operations }: ResourceRecord): unknown {
  return {
    names: byPlace(names),
    operations: operations.map(({ operationType, ...finishes }) => ({ operationType, ...byPlace(finishes) })),
  };
}

function byPlace(said: Readonly<Record<string, object>>): Stored {
  const list = [...new Set(Object.values(said))];
  return { list, places: Object.fromEntries(Object.entries(said).map(([name, one]) => [name, list.indexOf(one)])) };
}

interface Stored {
  readonly list: readonly object[];
  readonly places: Readonly<Record<string, number>>;
}

function fromPlaces({ list, places }: Stored): Readonly<Record<string, object>> {
  const frozen = list.map((one) => Object.freeze(one));
  return defined(Object.fromEntries(Object.entries(places).map(([name, at]) => [name, frozen[at]]))) as never;
}

export function readResource(value: unknown, project: string, resourceId: string): ResourceRecord | undefined {
  const stored = listAt(value, "operations") as readonly (Stored & Pick<ResourceOperation, "operationType">)[];
  const named = objectAt(value, "names") as Stored | undefined;
  if (!stored || !named || !listAt(named, "list")) return undefined;
  const names = fromPlaces(named) as ResourceNames;
  const operations = stored.map(
    ({ operationType, ...finishes }) => Object.freeze({ operationType, ...fromPlaces(finishes) }) as ResourceOperation,
  );
  return Object.freeze({
    key: [project, resourceId].join("/"),
    project,
    resourceId,
    names,
    operations,
    estate: undefined,
  });
}

/** How far a collector's listings have come, without the tasks that they showed. */
export function storedWindow({ config, shard, firstListedAt, listedAt }: DiscoveryMemory): unknown {
  return { config, shard, firstListedAt, listedAt };
}

/** @param shown what is stored of the tasks that listings showed */
export function readMemory(window: unknown, shown: ReadonlyMap<TaskId, unknown>, now: Micros) {
  if (!isObject(window) || !isObject(window["config"])) return undefined;
  const { config, shard = onlyShard, firstListedAt, listedAt } = window as unknown as DiscoveryMemory;
  const known = new Map<TaskId, Micros>();
  const found: TaskId[] = [];
  for (const [taskId, value] of shown) {
    const [at, isWatched] = Array.isArray(value) ? (value as readonly unknown[]) : [];
    if (typeof at === "number") known.set(taskId, micros(at));
    if (isWatched === true) found.push(taskId);
  }
  const past = (time: Micros | undefined): Micros | undefined => time && micros(Math.min(time, now));
  return { config, shard, ...defined({ firstListedAt: past(firstListedAt), listedAt: past(listedAt) }), known, found };
}

/** Since when an inventory has known of resources and policies. */
export function storedSights({ resources, policies }: FirstSights): unknown {
  return { resources: resources && [...resources], policies: policies && [...policies] };
}

export function readSights(value: unknown): FirstSights | undefined {
  if (!isObject(value)) return undefined;
  const [resources, policies] = [listAt(value, "resources"), listAt(value, "policies")];
  return defined({
    resources: resources && new Map(resources as readonly (readonly [string, Sight])[]),
    policies: policies && new Map(policies as readonly (readonly [string, PolicySight])[]),
  });
}

/** A task that listings showed: when it appeared, and whether it is watched. */
export function storedShown(appearedAt: Micros | undefined, isWatched: boolean): unknown {
  return [appearedAt ?? null, isWatched];
}

export function readFinishes(value: unknown): FinishCounts {
  return isObject(value) ? (value as FinishCounts) : {};
}
