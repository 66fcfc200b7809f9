import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import { defined } from "../base/json.ts";
import type { Log } from "../base/log.ts";
import { fromMillis, later, type Micros, micros } from "../base/micros.ts";
import { owns, type Shard } from "../base/shard.ts";
import { inSlices } from "../base/slices.ts";
import { Stopped } from "../base/waits.ts";
import { Held } from "../cbr/api-error.ts";
import type { Page, Paging, ProjectApi } from "../cbr/project-api.ts";
import type { InventoryConfig } from "../config/config.ts";
import type { Backup } from "../estate/backups.ts";
import type { Estate, UnprotectedResource } from "../estate/estate.ts";
import { afterPolicies, afterVaults, type FirstSights } from "../estate/first-sights.ts";
import { isUnprotected, type ProtectableKind } from "../estate/protectables.ts";
import { protectionOf, type ShownLists } from "../estate/protection.ts";
import { oldestUnfinished, type RestorePoints, withBackups, without } from "../estate/restore-points.ts";
import type { Vault } from "../estate/vaults.ts";
import { type Listing, listAll } from "./listing.ts";
import type { RunList } from "./poll.ts";
import { listKey } from "./project-health.ts";
import { listingOverlap } from "./window.ts";

export type InventoryList = "vaults" | "policies" | "backups" | `protectables_${ProtectableKind}`;

/** Looks at vaults, policies, restore points, and what is in no vault. */
export interface Inventory {
  /** Each fails by itself, and leaves what it showed before. */
  lists(): readonly RunList[];
  /** Lists have been read: what they show together is known once this has ended. */
  settle(): Promise<void>;
  /** @returns whether it must look anew for that */
  update(config: InventoryConfig): boolean;
  /** Another has its place. */
  stop(): void;
  memory(): InventoryMemory;
  /** How each list that is wanted fares. */
  state(): InventoryState;
  /** Times that lie ahead after the clock was set back become now. */
  clockSetBack(now: Micros): void;
}

export type InventoryState = ReadonlyMap<InventoryList, ListState>;

/** Times are this machine's. */
export interface ListState {
  /** When it was last read to its end. */
  readonly readAt?: Micros;
  /** When the first of the tries ended that have failed since. */
  readonly failingSince?: Micros;
}

/** What it goes on from, where another takes its place. */
export interface InventoryMemory {
  readonly shown: ShownLists;
  readonly unprotected: ReadonlyMap<ProtectableKind, readonly UnprotectedResource[]>;
  readonly states: InventoryState;
  readonly backups?: BackupsMemory;
}

/** How far backups have been listed; times are the cloud's. */
interface BackupsMemory {
  /** When the last listing began, and the last of all of them. */
  readonly listedAt: Micros;
  readonly wholeAt: Micros;
  /** How many requests that took. */
  readonly pages: number;
  /** Of the vaults that are wanted, by id. */
  readonly vaults: string;
  readonly oldestUnfinished?: Micros | undefined;
}

/** What begins with these first sights, of a program before. */
export function inventoryOf(sights: FirstSights): InventoryMemory {
  return { shown: { sights }, unprotected: new Map(), states: new Map() };
}

/** Restore points are deleted too; a little less than a day, so that a daily schedule meets it each time. */
const wholeEvery = micros(23.5 * 3600e6);

/** So many resources are looked at before everything else has its turn: about 5 ms. */
const sliceResources = 500;

/** A fleet has many times as many backups as resources. */
const mostBackups = 500_000;

export interface InventoryOptions {
  readonly project: string;
  readonly collector: string;
  readonly config: InventoryConfig;
  readonly shard: Shard;
  readonly api: Pick<ProjectApi, "listVaults" | "listPolicies" | "listBackups" | "listProtectables" | "skewMs">;
  readonly estate: Estate;
  readonly clock: Clock;
  readonly log: Log;
  readonly before?: InventoryMemory | undefined;
}

export function createInventory(options: InventoryOptions): Inventory {
  const { project, collector, shard, api, estate, clock, log } = options;
  let { config } = options;
  let memory = options.before ?? inventoryOf({});
  /** Resources that have fewer backups than before: one of them may have been the newest. */
  const fallen = new Set<string>();
  let settling = 0;
  const cuts = new Map<InventoryList, string | undefined>();
  const lastFailures = new Map<InventoryList, RunList["last"]>();

  const cloudNow = (): Micros => later(clock.now(), fromMillis(api.skewMs() ?? 0));

  function remember(more: Partial<InventoryMemory>): void {
    memory = { ...memory, ...more };
  }

  /** @returns the listing, and when it began by the cloud's clock, which the first answer tells */
  async function read<T extends { readonly id: string }>(
    page: (paging: Paging) => Promise<Page<T>>,
    pageSize: number,
    signal: AbortSignal,
    mostRecords?: number,
  ): Promise<Listing<T> & { readonly began: Micros; readonly pages: number }> {
    const beganMs = clock.monotonic();
    let pages = 0;
    const onPage = () => {
      pages += 1;
    };
    const listing = await listAll({ page, pageSize, mostRecords, onPage });
    // Another may have taken its place.
    if (signal.aborted) throw new Stopped();
    return { ...listing, pages, began: later(cloudNow(), fromMillis(beganMs - clock.monotonic())) };
  }

  /** @param cut why not all of it was shown */
  function wasRead(list: InventoryList, cut: string | undefined): void {
    if (cut === undefined) setState(list, { readAt: clock.now() });
    else failed(list);
    if (cut !== undefined && cut !== cuts.get(list)) {
      log.warn("The listing was cut, some may be missing", { project, collector, list, reason: cut });
    }
    cuts.set(list, cut);
  }

  function setState(list: InventoryList, state: ListState): void {
    remember({ states: new Map([...memory.states, [list, state]]) });
  }

  function failed(list: InventoryList): void {
    setState(list, { failingSince: clock.now(), ...memory.states.get(list) });
  }

  /** @param readList of a list that may fail */
  async function tryToRead(list: InventoryList, readList: () => Promise<void>): Promise<void> {
    try {
      await readList();
    } catch (error) {
      // Nothing was asked of a project that is held back.
      if (!(error instanceof Stopped || error instanceof Held)) failed(list);
      throw error;
    }
  }

  async function readVaults(signal: AbortSignal): Promise<void> {
    const { enterpriseProjectId } = config;
    const page = (paging: Paging) => api.listVaults(withEps({ ...paging }, enterpriseProjectId), signal);
    const { records, cut, began } = await read(page, 1000, signal);
    const { vaults: before, sights } = memory.shown;
    const shown = [...records.values()];
    if (config.restorePoints) {
      for (const id of resourcesWithLess(before?.what ?? [], shown.filter(isWanted))) fallen.add(id);
    }
    // What a listing that was cut does not show may be there all the same.
    const unshown = cut === undefined ? [] : (before?.what ?? []).filter(({ id }) => !records.has(id));
    const vaults = { what: [...unshown, ...shown], at: cut === undefined ? began : before?.at };
    const seen = cut === undefined ? afterVaults(sights, shown, began) : sights;
    remember({ shown: { ...memory.shown, vaults, sights: seen } });
    wasRead("vaults", cut);
  }

  async function readPolicies(signal: AbortSignal): Promise<void> {
    const beganMs = clock.monotonic();
    const { records } = await api.listPolicies(signal);
    if (signal.aborted) throw new Stopped();
    const at = later(cloudNow(), fromMillis(beganMs - clock.monotonic()));
    const what = [...new Map(records.map((policy) => [policy.id, policy])).values()];
    const sights = afterPolicies(memory.shown.sights, what, at);
    remember({ shown: { ...memory.shown, policies: { what, at }, sights } });
    wasRead("policies", undefined);
  }

  function isWanted({ id, name }: Pick<Vault, "id" | "name">): boolean {
    const { vaults } = config;
    return vaults.length === 0 || vaults.includes(id) || (name !== undefined && vaults.includes(name));
  }

  /** Ids of those vaults that are wanted; none: all. */
  function wantedVaults(): ReadonlySet<string> {
    if (config.vaults.length === 0) return new Set();
    const named = memory.shown.vaults?.what.filter(isWanted).map(({ id }) => id);
    return new Set(named ?? config.vaults);
  }

  async function readBackups(signal: AbortSignal): Promise<void> {
    const wanted = wantedVaults();
    const vaults = [...wanted].sort().join();
    const [only] = wanted;
    const isOurs = ({ vaultId }: Backup): boolean => wanted.size === 0 || wanted.has(vaultId ?? "");
    const list = async (which: { readonly startTime?: Micros; readonly resourceId?: string }) => {
      const query = { ...which, ...(wanted.size === 1 && only !== undefined && { vaultId: only }) };
      const page = (paging: Paging) =>
        api.listBackups(withEps({ ...query, ...paging }, config.enterpriseProjectId), signal);
      const { records, ...listing } = await read(page, 1000, signal, mostBackups);
      return { ...listing, backups: [...records.values()].filter(isOurs) };
    };
    const known = memory.backups;
    const isDue = !known || known.vaults !== vaults || cloudNow() - known.wholeAt >= wholeEvery;
    // Each of those that have fewer would take two requests.
    if (isDue || fallen.size * 2 > known.pages) await readAllBackups();
    else {
      await readNewBackups(known);
      for (const resourceId of [...fallen]) {
        const { backups, cut } = await list({ resourceId });
        const points = cut === undefined ? without(restorePoints(), [resourceId]) : restorePoints();
        setPoints(withBackups(points, backups));
        fallen.delete(resourceId);
      }
    }

    async function readAllBackups(): Promise<void> {
      const { backups, cut, began, pages } = await list({});
      const nothing: RestorePoints = new Map();
      setPoints(
        withBackups(cut === undefined ? nothing : restorePoints(), backups),
        cut === undefined ? began : undefined,
      );
      if (cut === undefined) fallen.clear();
      ended({ wholeAt: began, pages, vaults }, { backups, cut, began });
    }

    async function readNewBackups(last: BackupsMemory): Promise<void> {
      const from = Math.min(last.listedAt, last.oldestUnfinished ?? last.listedAt) - listingOverlap;
      const { backups, cut, began } = await list({ startTime: micros(from) });
      setPoints(withBackups(restorePoints(), backups), cut === undefined ? began : undefined);
      ended(last, { backups, cut, began });
    }
  }

  function ended(
    whole: Pick<BackupsMemory, "wholeAt" | "pages" | "vaults">,
    { backups, cut, began }: { backups: readonly Backup[]; cut?: string | undefined; began: Micros },
  ): void {
    const { wholeAt, pages, vaults } = whole;
    const next = { wholeAt, pages, vaults, listedAt: began, oldestUnfinished: oldestUnfinished(backups, began) };
    if (cut === undefined) remember({ backups: next });
    wasRead("backups", cut);
  }

  function restorePoints(): RestorePoints {
    return memory.shown.restorePoints?.what ?? new Map();
  }

  function setPoints(what: RestorePoints, at = memory.shown.restorePoints?.at): void {
    remember({ shown: { ...memory.shown, restorePoints: { what, at } } });
  }

  async function readProtectables(kind: ProtectableKind, signal: AbortSignal): Promise<void> {
    const page = (paging: Paging) =>
      api.listProtectables(withEps({ kind, ...paging }, config.enterpriseProjectId), signal);
    const { records, cut } = await read(page, 50, signal);
    const unprotected = [...records.values()].filter(isUnprotected).map(
      ({ id, name, type }): UnprotectedResource => ({
        key: `${project}/${id}`,
        project,
        resourceId: id,
        ...(name !== undefined && { name }),
        ...(type !== undefined && { type }),
      }),
    );
    // A count of a part would be wrong.
    if (cut === undefined) remember({ unprotected: new Map([...memory.unprotected, [kind, unprotected]]) });
    wasRead(`protectables_${kind}`, cut);
  }

  function wantedLists(): ReadonlyMap<InventoryList, (signal: AbortSignal) => Promise<void>> {
    return new Map<InventoryList, (signal: AbortSignal) => Promise<void>>([
      ["vaults", readVaults],
      ["policies", readPolicies],
      ...(config.restorePoints ? ([["backups", readBackups]] as const) : []),
      ...config.unprotected.map(
        (kind) => [`protectables_${kind}`, (signal: AbortSignal) => readProtectables(kind, signal)] as const,
      ),
    ]);
  }

  function lastFailureOf(list: InventoryList): RunList["last"] {
    const last = lastFailures.get(list) ?? {};
    lastFailures.set(list, last);
    return last;
  }

  async function settle(): Promise<void> {
    settling += 1;
    const mine = settling;
    const grace = fromMillis(config.graceMs);
    const { vaults, policies, resources } = protectionOf(memory.shown, { project, shard, grace, isWanted });
    const own = [...memory.unprotected].map(
      ([kind, list]) => [kind, list.filter(({ resourceId }) => owns(shard, resourceId))] as const,
    );
    estate.vaults.set(collector, vaults);
    estate.policies.set(collector, policies);
    estate.unprotected.set(
      collector,
      own.flatMap(([, list]) => list),
    );
    estate.unprotectedCounts.set(
      collector,
      own.map(([kind, { length: count }]) => ({ key: `${project}/${kind}`, project, kind, count })),
    );
    // Another one that begins meanwhile begins from the start.
    await inSlices(estate.resources.steps(collector, resources), sliceResources, () => settling === mine);
  }

  return {
    lists: () =>
      [...wantedLists()].map(([list, readList]) => ({
        key: listKey(project, collector, list),
        name: list,
        read: ({ signal }) => tryToRead(list, () => readList(signal)),
        tasks: () => [],
        last: lastFailureOf(list),
      })),
    settle,
    update(next) {
      if (isDeepStrictEqual(config, next)) return false;
      config = next;
      const { restorePoints: points, ...others } = memory.shown;
      const lists = wantedLists();
      remember({
        shown: config.restorePoints && points ? { ...others, restorePoints: points } : others,
        unprotected: new Map([...memory.unprotected].filter(([kind]) => config.unprotected.includes(kind))),
        states: new Map([...memory.states].filter(([list]) => lists.has(list))),
      });
      void settle();
      return true;
    },
    stop() {
      settling += 1;
    },
    memory: () => memory,
    state: () => new Map([...wantedLists().keys()].map((list) => [list, memory.states.get(list) ?? {}])),
    clockSetBack(now) {
      const past = (time: Micros | undefined): Micros | undefined => time && micros(Math.min(time, now));
      const states = [...memory.states].map(([list, { readAt, failingSince }]): [InventoryList, ListState] => [
        list,
        defined({ readAt: past(readAt), failingSince: past(failingSince) }),
      ]);
      remember({ states: new Map(states) });
    },
  };
}

/** Nothing is known any more of what a collector's inventory showed. */
export function forgetInventory(estate: Estate, collector: string): void {
  for (const layers of Object.values(estate)) layers.set(collector, []);
}

function withEps<Q extends object>(query: Q, enterpriseProjectId: string | undefined): Q {
  return { ...query, ...(enterpriseProjectId !== undefined && { enterpriseProjectId }) };
}

/** Resources of which a vault has fewer backups than before. */
function resourcesWithLess(before: readonly Vault[], after: readonly Vault[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { id, resources } of before) {
    for (const { id: resourceId, backups } of resources) {
      if (backups !== undefined) counts.set(`${id}/${resourceId}`, backups);
    }
  }
  return after.flatMap(({ id, resources }) =>
    resources.flatMap((resource) =>
      (resource.backups ?? 0) < (counts.get(`${id}/${resource.id}`) ?? 0) ? resource.id : [],
    ),
  );
}
