import type { CollectorMemory } from "../collect/collector-lists.ts";
import type { DiscoveryMemory } from "../collect/discovery.ts";
import type { FirstSights } from "../estate/first-sights.ts";
import { isShownByTasks, type ResourceRecord, type Resources } from "../estate/resources.ts";
import type { Finishes } from "../metrics/finishes.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import type { TaskKey } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { type Entry, type Key, keyText, type Scope } from "./key.ts";
import type { Scopes } from "./scopes.ts";
import { areStoredAlike, storedResource, storedShown, storedSights, storedTask, storedWindow } from "./stored.ts";

/** A collector that may list. */
export interface Lister {
  readonly config: { readonly name: string; readonly project: string };
  /** Another object once something in it is another. */
  memory(): CollectorMemory;
}

/** What is stored. */
export interface Followed {
  readonly store: Pick<TaskStore, "get" | "subscribe" | "records">;
  readonly resources: Pick<Resources, "get" | "subscribe" | "records">;
  readonly collectors: () => readonly Lister[];
  readonly finishes: Pick<Finishes, "counts" | "restore">;
}

export interface Changes {
  /**
   * Takes everything that has changed since, as entries; together, so that no finish is stored without being counted, and
   * none is counted that is not stored.
   */
  take(scopes: Scopes): ReadonlyMap<string, Entry | undefined>;
  /** These were read, and are stored as they are. */
  restored(records: Iterable<ResourceRecord>): void;
  /** What was read of a collector's listings is stored as it is. */
  recalled(project: string, collector: string, memory: DiscoveryMemory): void;
  /** As that, of its first sights. */
  recalledSights(project: string, collector: string, sights: FirstSights): void;
  /** Counts as changed what is not stored. @param has whether an entry is */
  missing(scopes: Scopes, has: (key: string) => boolean): void;
}

/** Of each task that a collector's listings have shown, what is stored: twice when it appeared, and 1 where it is watched. */
type Shown = ReadonlyMap<TaskId, number>;

interface StoredMemory {
  readonly memory: DiscoveryMemory;
  readonly shown: Shown;
}

/** Follows what is known. @param onFinish a task has finished */
export function followChanges({ store, resources, collectors, finishes }: Followed, onFinish: () => void): Changes {
  /** Those that changed, with the collector that has them, or had them last. */
  const tasks = new Map<TaskKey, string>();
  const changedResources = new Set<string>();
  const counted = new Set<string>();
  const memories = new Map<string, StoredMemory>();
  const sightsAsStored = new Map<string, FirstSights>();
  const asStored = new WeakSet<ResourceRecord>();

  store.subscribe((before, after) => {
    // One that comes is stored already, or nothing is known of it.
    if (!before || (after && areStoredAlike(before, after))) return;
    tasks.set(before.key, before.origin.collector);
    if (before.finished || !after?.finished) return;
    counted.add(before.project);
    onFinish();
  });
  resources.subscribe((before, after) => {
    const record = after ?? before;
    // What an inventory says is asked for anew.
    const isSame = before?.names === after?.names && before?.operations === after?.operations;
    if (!record || isSame || !isShownByTasks(record) || (after && asStored.has(after))) return;
    changedResources.add(record.key);
  });

  /** Whether listings have let it go: then it is not to come back, unlike what left the configuration. */
  function isLetGo(project: string, collector: string, taskId: TaskId): boolean {
    const stored = memories.get(`${project}/${collector}`);
    const lister = collectors().find(({ config }) => config.name === collector && config.project === project);
    const memory = lister?.memory().discovery;
    return memory !== undefined && memory !== stored?.memory && isWatched(stored?.shown.get(taskId));
  }

  function takeMemory({ config: { name, project }, memory: now }: Lister, scope: Scope, put: Put): void {
    const { discovery: memory, inventory } = now();
    takeSights(name, project, inventory?.shown.sights, scope, put);
    const stored = memories.get(`${project}/${name}`);
    if (!memory || stored?.memory === memory) return;
    const { endpoint, project: id } = scope;
    put(["window", endpoint, id, name], storedWindow(memory));
    const shown = shownBy(memory);
    for (const [taskId, code] of shown) {
      if (stored?.shown.get(taskId) === code) continue;
      put(["found", endpoint, id, name, taskId], storedShown(memory.known.get(taskId), isWatched(code)));
    }
    for (const taskId of stored?.shown.keys() ?? []) {
      if (!shown.has(taskId)) put(["found", endpoint, id, name, taskId], undefined);
    }
    memories.set(`${project}/${name}`, { memory, shown });
  }

  function takeSights(name: string, project: string, sights: FirstSights | undefined, scope: Scope, put: Put): void {
    const key = `${project}/${name}`;
    const stored = sightsAsStored.get(key);
    if (!sights || (stored?.resources === sights.resources && stored?.policies === sights.policies)) return;
    put(["sights", scope.endpoint, scope.project, name], storedSights(sights));
    sightsAsStored.set(key, sights);
  }

  return {
    take(scopes) {
      const entries = new Map<string, Entry | undefined>();
      const put: Put = (key, value) => void entries.set(keyText(key), value === undefined ? undefined : { value });
      const inScope = (key: string, act: (scope: Scope, project: string, id: string) => void): void => {
        // A project's name holds no slash; a resource's id may.
        const end = key.indexOf("/");
        const scope = scopes.get(key.slice(0, end));
        if (scope) act(scope, key.slice(0, end), key.slice(end + 1));
      };
      for (const [key, collector] of tasks) {
        inScope(key, ({ endpoint, project }, name, taskId) => {
          const record = store.get(key);
          if (record) put(["task", endpoint, project, taskId], storedTask(record));
          else if (isLetGo(name, collector, taskId)) put(["task", endpoint, project, taskId], undefined);
        });
      }
      for (const key of changedResources) {
        inScope(key, ({ endpoint, project }, _, resourceId) => {
          const record = resources.get(key);
          put(["resource", endpoint, project, resourceId], record && storedResource(record));
        });
      }
      for (const name of counted) {
        const scope = scopes.get(name);
        if (scope) put(["finishes", scope.endpoint, scope.project], finishes.counts(name));
      }
      for (const lister of collectors()) {
        const scope = scopes.get(lister.config.project);
        if (scope) takeMemory(lister, scope, put);
      }
      for (const each of [tasks, changedResources, counted]) each.clear();
      return entries;
    },
    restored(records) {
      for (const record of records) asStored.add(record);
    },
    recalled(project, collector, memory) {
      memories.set(`${project}/${collector}`, { memory, shown: shownBy(memory) });
    },
    recalledSights(project, collector, sights) {
      sightsAsStored.set(`${project}/${collector}`, sights);
    },
    missing(scopes, has) {
      for (const { key, project, taskId, origin } of store.records()) {
        const scope = scopes.get(project);
        if (scope && !has(keyText(["task", scope.endpoint, scope.project, taskId]))) tasks.set(key, origin.collector);
      }
      for (const { key, project, resourceId } of resources.records()) {
        const scope = scopes.get(project);
        if (scope && !has(keyText(["resource", scope.endpoint, scope.project, resourceId]))) changedResources.add(key);
      }
      for (const [project, { endpoint, project: id }] of scopes) {
        if (!has(keyText(["finishes", endpoint, id]))) counted.add(project);
      }
      memories.clear();
      sightsAsStored.clear();
    },
  };
}

/** Takes what is stored under a key from now on; undefined for nothing. */
type Put = (key: Key, value: unknown) => void;

function shownBy({ known, found }: DiscoveryMemory): Shown {
  const shown = new Map<TaskId, number>();
  for (const [taskId, at] of known) shown.set(taskId, at * 2);
  for (const taskId of found) shown.set(taskId, (known.get(taskId) ?? 0) * 2 + 1);
  return shown;
}

function isWatched(code = 0): boolean {
  return code % 2 === 1;
}
