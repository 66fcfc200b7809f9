import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { fromMillis, later, type Micros } from "../base/micros.ts";
import { owns, type Shard } from "../base/shard.ts";
import { createTimeSlices } from "../base/time-slices.ts";
import { Stopped } from "../base/waits.ts";
import type { Page, Paging, ProjectApi } from "../cbr/project-api.ts";
import type { InventoryConfig } from "../config/config.ts";
import type { Backup } from "../estate/backups.ts";
import type { Estate, UnprotectedResource } from "../estate/estate.ts";
import { afterPolicies, afterVaults, type FirstSights } from "../estate/first-sights.ts";
import { isUnprotected, type ProtectableKind } from "../estate/protectables.ts";
import { protectionOf, type ShownLists } from "../estate/protection.ts";
import type { Vault } from "../estate/vaults.ts";
import { afterBackups, type BackupsSeen } from "./backup-listings.ts";
import { createListStates, type ListState } from "./list-states.ts";
import { type Listing, listAll } from "./listing.ts";
import type { RunList } from "./poll.ts";
import { listKey } from "./project-health.ts";

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

/** What it goes on from, where another takes its place. */
export interface InventoryMemory {
  readonly shown: Omit<ShownLists, "restorePoints">;
  readonly unprotected: ReadonlyMap<ProtectableKind, readonly UnprotectedResource[]>;
  readonly states: InventoryState;
  readonly backups: BackupsSeen;
}

/** What begins with these first sights, of a program before. */
export function inventoryOf(sights: FirstSights): InventoryMemory {
  return { shown: { sights }, backups: { points: new Map() }, unprotected: new Map(), states: new Map() };
}

/** A fleet has many times as many backups as resources. */
const mostBackups = 500_000;

/** @returns why a list was not read to its end; undefined where it was */
type ReadList = (signal: AbortSignal) => Promise<string | undefined>;

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
  const states = createListStates<InventoryList>({
    clock,
    log,
    names: { project, collector },
    before: memory.states,
  });
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

  async function readVaults(signal: AbortSignal): Promise<string | undefined> {
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
    return cut;
  }

  async function readPolicies(signal: AbortSignal): Promise<undefined> {
    const beganMs = clock.monotonic();
    const { records } = await api.listPolicies(signal);
    if (signal.aborted) throw new Stopped();
    const at = later(cloudNow(), fromMillis(beganMs - clock.monotonic()));
    const what = [...new Map(records.map((policy) => [policy.id, policy])).values()];
    const sights = afterPolicies(memory.shown.sights, what, at);
    remember({ shown: { ...memory.shown, policies: { what, at }, sights } });
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

  async function readBackups(signal: AbortSignal): Promise<string | undefined> {
    const wanted = wantedVaults();
    const [vaultId] = wanted.size === 1 ? wanted : [];
    const { seen, cut } = await afterBackups(memory.backups, {
      async list(which) {
        const query = { ...which, ...(vaultId !== undefined && { vaultId }) };
        const page = (paging: Paging) =>
          api.listBackups(withEps({ ...query, ...paging }, config.enterpriseProjectId), signal);
        const { records, ...listing } = await read(page, 1000, signal, mostBackups);
        const isOurs = ({ vaultId: its = "" }: Backup): boolean => wanted.size === 0 || wanted.has(its);
        return { ...listing, backups: [...records.values()].filter(isOurs) };
      },
      now: cloudNow(),
      vaults: [...wanted].sort().join(),
      fallen,
    });
    fallen.clear();
    remember({ backups: seen });
    return cut;
  }

  async function readProtectables(kind: ProtectableKind, signal: AbortSignal): Promise<string | undefined> {
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
    return cut;
  }

  function wantedLists(): ReadonlyMap<InventoryList, ReadList> {
    return new Map<InventoryList, ReadList>([
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
    const { points: what, listedAt: at } = memory.backups;
    const lists = { ...memory.shown, ...(config.restorePoints && { restorePoints: { what, at } }) };
    const { vaults, policies, resources } = protectionOf(lists, { project, shard, grace, isWanted });
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
    const slices = createTimeSlices(clock);
    for (const _ of estate.resources.steps(collector, resources)) {
      if (!slices.isOver()) continue;
      await slices.next();
      if (settling !== mine) return;
    }
  }

  return {
    lists: () =>
      [...wantedLists()].map(([list, readList]) => ({
        key: listKey(project, collector, list),
        name: list,
        read: ({ signal }) => states.track(list, () => readList(signal)),
        tasks: () => [],
        last: lastFailureOf(list),
      })),
    settle,
    update(next) {
      if (isDeepStrictEqual(config, next)) return false;
      config = next;
      states.keep(new Set(wantedLists().keys()));
      remember({
        unprotected: new Map([...memory.unprotected].filter(([kind]) => config.unprotected.includes(kind))),
      });
      void settle();
      return true;
    },
    stop() {
      settling += 1;
    },
    memory: () => ({ ...memory, states: states.all() }),
    state: () => new Map([...wantedLists().keys()].map((list) => [list, states.get(list)])),
    clockSetBack: states.clockSetBack,
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
