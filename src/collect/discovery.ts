import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { fromMillis, later, type Micros, micros } from "../base/micros.ts";
import type { Shard } from "../base/shard.ts";
import { Stopped } from "../base/waits.ts";
import type { ProjectApi } from "../cbr/project-api.ts";
import type { DiscoverConfig } from "../config/config.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";
import { endOf, isFinal } from "../tasks/rules.ts";
import { isCountedBy } from "../tasks/shard-view.ts";
import { type TaskRecord, taskKey } from "../tasks/task-record.ts";
import type { Records, TaskStore } from "../tasks/task-store.ts";
import { type Listing, listAll } from "./listing.ts";
import { discoveredBy, elsewhereOf } from "./members.ts";
import { appearedAt, creationCounts, listingOverlap, planWindow } from "./window.ts";

/** The run for which tasks are listed. */
export interface ListingRun {
  readonly at: Micros;
  readonly nextTick: () => Micros;
  readonly signal: AbortSignal;
}

/** What a collector's listings have come to. */
export interface DiscoveryState {
  /** Finished tasks that `max_tasks` left without series of their own. */
  readonly dropped: number;
  readonly pages: number;
  /** What the last listing looked back to. */
  readonly windowStart?: Micros;
}

/** What a collector's listings must not forget, also when the program ends. */
export interface DiscoveryMemory {
  /** What was asked for; under other filters listing begins anew. */
  readonly config: DiscoverConfig;
  /** Whose tasks were taken over; another part of them is listed from the beginning. */
  readonly shard: Shard;
  /** When the first whole listing began, and the last. */
  readonly firstListedAt?: Micros | undefined;
  readonly listedAt?: Micros | undefined;
  /** When each task appeared that a listing may show again. */
  readonly known: ReadonlyMap<TaskId, Micros>;
  /** Those that are watched, of which a list may have some. */
  readonly found: readonly TaskId[];
}

/** Finds a collector's tasks, and keeps them up to date, by listing. */
export interface Discovery {
  /** Lists what can have changed, and takes it over. @throws {ApiError} | {Held} | {Stopped} nothing having been taken over */
  list(run: ListingRun): Promise<void>;
  /** Unfinished tasks that the last listing did not show: each is to be asked for by itself. */
  unshown(): Iterable<TaskRecord>;
  /** Others hold from the next listing on, which looks back as far as the first. @returns whether they are others */
  update(config: DiscoverConfig): boolean;
  state(): DiscoveryState;
  /** Another object once something in it is another. */
  memory(): DiscoveryMemory;
}

export interface DiscoveryOptions {
  readonly project: string;
  readonly collector: string;
  readonly config: DiscoverConfig;
  readonly shard: Shard;
  readonly api: Pick<ProjectApi, "listOperationLogs" | "skewMs">;
  readonly store: TaskStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Watches these tasks, and no others, beside those that are listed in the configuration. */
  readonly watch: (ids: readonly TaskId[]) => void;
  /** Told of what a listing shows of tasks that other shards count. */
  readonly onElsewhere: (logs: readonly OperationLog[]) => void;
  /** What its listings came to before; what they found is watched already. */
  readonly before?: DiscoveryMemory | undefined;
}

/** When the unfinished ones were created, as far as that is known. */
function creationOfUnfinished(records: Records): readonly Micros[] {
  return records.unfinished().flatMap(({ facts }) => facts?.log?.createdAt ?? []);
}

/** How long a task is watched that the cloud does not know any more. */
const missingFor = micros(24 * 3600e6);

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { project, collector, shard, api, store, clock, log, before } = options;
  const records = store.of(discoveredBy(collector));
  /** Those that another shard polls. */
  const elsewhere = store.of(elsewhereOf(collector));
  const isSameShard = isDeepStrictEqual(before?.shard, shard);
  /** When each task appeared that a listing may show again. */
  const known = new Map(isSameShard ? before?.known : undefined);
  const counts = creationCounts();
  for (const created of known.values()) counts.add(created);
  let { config } = options;
  const goesOn = isSameShard && isDeepStrictEqual(before?.config, config);
  let firstListedAt = goesOn ? before?.firstListedAt : undefined;
  // What others count is remembered by no storage: it is to be shown once more.
  let listedAt = goesOn && shard.count === 1 ? before?.listedAt : undefined;
  /** Those that are watched, of which a list may have some. */
  let found: readonly TaskId[] =
    before?.found ?? [...records].filter((record) => record.project === project).map(({ taskId }) => taskId);
  let shown: ReadonlySet<TaskId> = new Set();
  let cut: string | undefined;
  let windowStart: Micros | undefined;
  let dropped = 0;
  let pages = 0;
  let memory = remember();

  function remember(): DiscoveryMemory {
    return { config, shard, firstListedAt, listedAt, known, found };
  }

  const cloudNow = (): Micros => later(clock.now(), fromMillis(api.skewMs() ?? 0));

  function watch(ids: Iterable<TaskId>): void {
    found = [...new Set(ids)];
    options.watch(found);
  }

  /** @returns the listing, and when it began by the cloud's clock */
  async function ask(signal: AbortSignal) {
    const beganMs = clock.monotonic();
    const window = planWindow({
      now: cloudNow(),
      lookBack: fromMillis(config.sinceMs),
      listedAt,
      unfinished: creationOfUnfinished(records),
      onlyListed: creationOfUnfinished(elsewhere),
      // A listing shows those of the others, too.
      countSince: (time) => counts.since(time) * shard.count,
    });
    const { operationTypes, enterpriseProjectId } = config;
    const query = {
      startTime: window.start,
      // Several would need several listings.
      ...(operationTypes.length === 1 && operationTypes[0] !== undefined && { operationType: operationTypes[0] }),
      ...(enterpriseProjectId !== undefined && { enterpriseProjectId }),
    };
    const listing = await listAll({
      page: (paging) => api.listOperationLogs({ ...query, ...paging }, signal),
      pageSize: 1000,
      onPage() {
        pages += 1;
      },
    });
    windowStart = window.cut;
    return { listing, window, began: later(cloudNow(), fromMillis(beganMs - clock.monotonic())) };
  }

  /** Filters that the cloud may pass over, and those that it does not have. */
  function isWanted({ operationType, vaultId, vaultName, resourceId, resourceName }: OperationLog): boolean {
    const isOneOf = (wanted: readonly string[], ...names: readonly (string | undefined)[]): boolean =>
      wanted.length === 0 || names.some((name) => name !== undefined && wanted.includes(name));
    return (
      isOneOf(config.operationTypes, operationType) &&
      isOneOf(config.vaults, vaultId, vaultName) &&
      isOneOf(config.resources, resourceId, resourceName)
    );
  }

  function takeOver(
    { records: logs }: Listing<OperationLog>,
    cutAt: Micros,
    began: Micros,
    { at, nextTick }: ListingRun,
  ): void {
    const watched = new Set(found);
    const isDue = (task: OperationLog): boolean =>
      watched.has(task.id) || !isFinal(task.status) || (!known.has(task.id) && (appearedAt(task) ?? began) >= cutAt);
    const wanted: OperationLog[] = [];
    const others: OperationLog[] = [];
    for (const task of logs.values()) {
      if (!isWanted(task)) continue;
      const isOwn = isCountedBy(shard, task);
      if (!isOwn) others.push(task);
      // One that turns out to be another shard's is taken over once more, and let go with what it shows.
      if ((isOwn || watched.has(task.id)) && isDue(task)) wanted.push(task);
    }
    options.onElsewhere(others);
    watch([...watched, ...wanted.map(({ id }) => id)]);
    const now = clock.now();
    for (const task of wanted) {
      const key = taskKey(project, task.id);
      const isUnknown = !known.has(task.id) && !watched.has(task.id);
      const end = task.endedAt ?? task.updatedAt ?? began;
      const isNew = isUnknown && firstListedAt !== undefined && end > firstListedAt;
      // Who lists a task in the configuration asks for it.
      if (store.get(key)?.origin.collector === collector) {
        store.apply({ type: "listed", key, at: now, runAt: at, nextTick: nextTick(), log: task, isNew });
      }
      if (isUnknown) counts.add(appearedAt(task) ?? began);
      known.set(task.id, appearedAt(task) ?? began);
    }
    shown = new Set(wanted.map(({ id }) => id));
  }

  /** Lets go of what has had its time, and of the oldest where there are too many. */
  function letGo(isWhole: boolean): void {
    const now = clock.now();
    const own = new Set([...records].map(({ taskId }) => taskId));
    const kept: TaskId[] = [];
    const finished: TaskRecord[] = [];
    for (const taskId of found) {
      const record = store.get(taskKey(project, taskId));
      const facts = record?.facts;
      if (!record || (facts?.log && !(isWanted(facts.log) && isCountedBy(shard, facts.log)))) continue;
      // Listings reach back to such a task, and nobody else would tell that the cloud does not know it any more.
      if (record.origin.elsewhere && !record.finished && isWhole && !shown.has(taskId)) continue;
      const end = Math.max(endOf(facts) ?? 0, facts?.finishSeenAt ?? 0);
      if (record.finished && end + config.keepMs * 1000 <= now) continue;
      if (facts?.found === false && now - facts.statusSince >= missingFor) continue;
      if (record.finished && own.has(taskId)) finished.push(record);
      else kept.push(taskId);
    }
    const createdAt = ({ facts }: TaskRecord): number => facts?.log?.createdAt ?? 0;
    const room = Math.max(0, config.maxTasks - kept.length);
    const newest = finished.sort((a, b) => createdAt(b) - createdAt(a)).slice(0, room);
    if (newest.length < finished.length) {
      dropped += finished.length - newest.length;
      log.warn("More tasks than max_tasks, the oldest finished ones have no series of their own", {
        project,
        collector,
        max_tasks: config.maxTasks,
        dropped: finished.length - newest.length,
      });
    }
    watch([...kept, ...newest.map(({ taskId }) => taskId)]);
  }

  function forget(now: Micros): void {
    const before = micros(now - config.sinceMs * 1000 - listingOverlap);
    for (const [id, at] of known) if (at < before) known.delete(id);
    counts.forget(before);
  }

  return {
    async list(run) {
      const askedFor = config;
      const { listing, window, began } = await ask(run.signal);
      // Another may have taken its place.
      if (run.signal.aborted) throw new Stopped();
      takeOver(listing, window.cut, began, run);
      letGo(listing.cut === undefined);
      forget(began);
      if (listing.cut !== cut && listing.cut !== undefined) {
        log.warn("The listing was cut, tasks may be missing", { project, collector, reason: listing.cut });
      }
      cut = listing.cut;
      // What other filters want since a reload in mid-listing may lie before this window.
      if (cut === undefined && config === askedFor) {
        firstListedAt ??= began;
        listedAt = began;
      }
      memory = remember();
    },
    unshown: () => records.unfinished().filter(({ taskId }) => !shown.has(taskId)),
    update(next) {
      if (isDeepStrictEqual(config, next)) return false;
      config = next;
      // What the other filters show was there before: it sets facts, and is not counted.
      listedAt = undefined;
      firstListedAt = undefined;
      memory = remember();
      return true;
    },
    memory: () => memory,
    state: () => ({ dropped, pages, ...(windowStart !== undefined && { windowStart }) }),
  };
}
