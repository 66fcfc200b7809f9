import type { CollectorConfig } from "../config/config.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import { createDiscovery, type Discovery, type DiscoveryMemory, type DiscoveryOptions } from "./discovery.ts";
import {
  createInventory,
  forgetInventory,
  type Inventory,
  type InventoryMemory,
  type InventoryOptions,
} from "./inventory.ts";
import { discoveredBy } from "./members.ts";
import type { RunKind } from "./owed-polls.ts";
import type { RunList } from "./poll.ts";
import { type ListKey, listKey, type ProjectHealth } from "./project-health.ts";

/** What a collector's listings must not forget; each absent where it makes none. */
export interface CollectorMemory {
  readonly discovery?: DiscoveryMemory | undefined;
  readonly inventory?: InventoryMemory | undefined;
}

/** The lists that a run asks for. */
export interface DueLists {
  /** Of tasks. */
  readonly tasks?: RunList | undefined;
  /** Of vaults and what else there is. */
  readonly others: readonly RunList[];
}

/** What a collector lists, beside the tasks that it is told of: tasks, and an inventory. */
export interface CollectorLists {
  /** What a run asks for. @param left what the one before left failed */
  due(kind: RunKind, left: ReadonlySet<ListKey>): DueLists;
  /** Whether another list is to be read at once. */
  isDueAtOnce(): boolean;
  /** Nothing is to be read at once any more. */
  giveUp(): void;
  /** Other lists have been read. */
  settle(): Promise<void>;
  /** Tasks that were found, unfinished, that the last listing did not show. */
  unshown(): Iterable<TaskRecord>;
  readonly discovery: Discovery | undefined;
  readonly inventory: Inventory | undefined;
  memory(): CollectorMemory;
  update(config: CollectorConfig, before: CollectorMemory | undefined): void;
  /** Nothing is to be said of them any more. @param hasSuccessor what they showed stays known */
  forget(hasSuccessor: boolean): void;
  /** What the last update wants to be listed anew is to be read at once. */
  listAnew(): void;
}

export interface CollectorListsOptions
  extends Pick<DiscoveryOptions, "project" | "collector" | "shard" | "store" | "clock" | "log" | "onElsewhere">,
    Pick<InventoryOptions, "estate"> {
  readonly api: DiscoveryOptions["api"] & InventoryOptions["api"];
  readonly health: Pick<ProjectHealth, "forgetList">;
  readonly config: CollectorConfig;
  readonly before?: CollectorMemory | undefined;
  /** Watches these tasks, and no others, beside those that are listed in the configuration. */
  readonly setFound: (ids: readonly TaskId[]) => void;
}

export function createCollectorLists(options: CollectorListsOptions): CollectorLists {
  const { project, collector, store, health } = options;
  const found = store.of(discoveredBy(collector));
  const tasksKey = listKey(project, collector, "tasks");
  const lastTasks = {};
  let discovery = discoveryOf(options.config, options.before);
  let inventory = inventoryOf(options.config, options.before);
  /** Whether a reload wants another listing, and whether it wants it at once. */
  let isNew = false;
  let isDue = false;
  if (inventory) void inventory.settle();
  // Its predecessor may have had one.
  else forgetInventory(options.estate, collector);

  function discoveryOf({ discover }: CollectorConfig, before: CollectorMemory | undefined): Discovery | undefined {
    return (
      discover && createDiscovery({ ...options, config: discover, watch: options.setFound, before: before?.discovery })
    );
  }

  function inventoryOf(config: CollectorConfig, before: CollectorMemory | undefined): Inventory | undefined {
    return config.inventory && createInventory({ ...options, config: config.inventory, before: before?.inventory });
  }

  function taskList(): RunList | undefined {
    return (
      discovery && {
        key: tasksKey,
        name: "tasks",
        read: discovery.list,
        tasks: () => found.unfinished(),
        last: lastTasks,
      }
    );
  }

  function keys(): readonly ListKey[] {
    return [...(discovery ? [tasksKey] : []), ...(inventory?.lists() ?? []).map(({ key }) => key)];
  }

  return {
    due(kind, left) {
      const isAll = kind === "tick" || (kind === "added" && isDue);
      const isAsked = ({ key }: RunList): boolean => isAll || (kind === "make-up" && left.has(key));
      const tasks = taskList();
      if (kind !== "make-up") isNew = isDue = false;
      return {
        tasks: tasks && isAsked(tasks) ? tasks : undefined,
        others: (inventory?.lists() ?? []).filter(isAsked),
      };
    },
    isDueAtOnce: () => isDue,
    giveUp() {
      isDue = false;
    },
    settle: async () => inventory?.settle(),
    unshown: () => discovery?.unshown() ?? [],
    get discovery() {
      return discovery;
    },
    get inventory() {
      return inventory;
    },
    memory: () => ({ discovery: discovery?.memory(), inventory: inventory?.memory() }),
    update(config, before) {
      const asked = keys();
      if (discovery && config.discover) isNew = discovery.update(config.discover) || isNew;
      else {
        discovery = discoveryOf(config, before);
        isNew ||= discovery !== undefined;
      }
      if (inventory && config.inventory) isNew = inventory.update(config.inventory) || isNew;
      else {
        inventory?.stop();
        forgetInventory(options.estate, collector);
        inventory = inventoryOf(config, before);
        void inventory?.settle();
        isNew ||= inventory !== undefined;
      }
      const now = new Set(keys());
      for (const key of asked) if (!now.has(key)) health.forgetList(project, key);
    },
    forget(hasSuccessor) {
      for (const key of keys()) health.forgetList(project, key);
      inventory?.stop();
      if (!hasSuccessor) forgetInventory(options.estate, collector);
    },
    listAnew() {
      isDue = isNew;
    },
  };
}
