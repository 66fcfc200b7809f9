import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/micros.ts";
import { owns, type Shard } from "../base/shard.ts";
import type { CollectorMemory } from "../collect/collector-lists.ts";
import type { DiscoveryMemory } from "../collect/discovery.ts";
import type { TaskRef } from "../collect/watch-list.ts";
import type { Config } from "../config/config.ts";
import type { FirstSights } from "../estate/first-sights.ts";
import type { ResourceRecord } from "../estate/resources.ts";
import type { FinishCounts } from "../metrics/finishes.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import { isCountedBy } from "../tasks/shard-view.ts";
import { type KnownTask, type TaskKey, taskKey } from "../tasks/task-record.ts";
import type { Recall } from "../tasks/task-store.ts";
import type { FactsDatabase } from "./facts-database.ts";
import { keyText, readKey, type Scope } from "./key.ts";
import { type Scopes, scopesOf } from "./scopes.ts";
import { readFinishes, readMemory, readResource, readSights, readTask } from "./stored.ts";

/** What was known before of what a configuration wants. */
export interface Recalled {
  readonly scopes: Scopes;
  readonly task: Recall;
  /** Of collectors that begin to list, by name. */
  readonly listed: ReadonlyMap<string, DiscoveryMemory>;
  /** Of collectors that begin an inventory, by name. */
  readonly sights: ReadonlyMap<string, FirstSights>;
  /** Of the projects that come. */
  readonly resources: readonly ResourceRecord[];
  readonly finishes: ReadonlyMap<string, FinishCounts>;
}

export const nothingRecalled: Recalled = {
  scopes: new Map(),
  task: () => undefined,
  listed: new Map(),
  sights: new Map(),
  resources: [],
  finishes: new Map(),
};

/** What is known already, without asking the storage. */
export interface Present {
  readonly shard: Shard;
  readonly scopes: Scopes;
  isWatched(key: TaskKey): boolean;
  /** Whether a collector of the project lists tasks, or has an inventory. */
  lists(project: string, collector: string, what: keyof CollectorMemory): boolean;
}

/** Reads what is stored of what a configuration wants, as far as it is not there already. */
export async function recall(
  database: Pick<FactsDatabase, "get" | "below">,
  config: Config,
  tasks: readonly TaskRef[],
  present: Present,
  clock: Pick<Clock, "now">,
): Promise<Recalled> {
  const now = clock.now();
  const scopes = await scopesOf(config, database);
  const isNew = (project: string): boolean => {
    const [before, after] = [present.scopes.get(project), scopes.get(project)];
    return before?.endpoint !== after?.endpoint || before?.project !== after?.project;
  };
  const resources: ResourceRecord[] = [];
  const finishes = new Map<string, FinishCounts>();
  for (const [project, { endpoint, project: id }] of scopes) {
    if (!isNew(project)) continue;
    for await (const [key, { value }] of database.below("resource", endpoint, id)) {
      const [, , , resourceId = ""] = readKey(key) ?? [];
      const resource = owns(present.shard, resourceId) ? readResource(value, project, resourceId) : undefined;
      if (resource) resources.push(resource);
    }
    const key = keyText(["finishes", endpoint, id]);
    finishes.set(project, readFinishes((await database.get([key])).get(key)?.value));
  }
  const listed = new Map<string, DiscoveryMemory>();
  const sights = new Map<string, FirstSights>();
  const found: TaskRef[] = [];
  for (const { name, project, discover, inventory } of config.collectors) {
    const scope = scopes.get(project);
    if (!scope) continue;
    const begins = (what: keyof CollectorMemory): boolean => isNew(project) || !present.lists(project, name, what);
    if (inventory && begins("inventory")) {
      const key = keyText(["sights", scope.endpoint, scope.project, name]);
      const known = readSights((await database.get([key])).get(key)?.value);
      if (known) sights.set(name, known);
    }
    if (!discover || !begins("discovery")) continue;
    const memory = await recallMemory(database, scope, name, now);
    if (!memory) continue;
    listed.set(name, memory);
    for (const taskId of memory.found) found.push({ project, taskId });
  }
  const unknown = [...tasks, ...found].filter(
    ({ project, taskId }) => isNew(project) || !present.isWatched(taskKey(project, taskId)),
  );
  const task = await recallTasks(database, unknown, scopes, now);
  for (const { name, project } of config.collectors) {
    const memory = listed.get(name);
    if (memory) listed.set(name, { ...memory, found: foundBy(present.shard, memory, project, task) });
  }
  return { scopes, listed, sights, resources, finishes, task };
}

/** What a collector had found, without what belongs to another shard since their number is another. */
function foundBy(shard: Shard, memory: DiscoveryMemory, project: string, recalled: Recall): readonly TaskId[] {
  if (isDeepStrictEqual(memory.shard, shard)) return memory.found;
  return memory.found.filter((taskId) => {
    const log = recalled(taskKey(project, taskId))?.facts?.log;
    return log !== undefined && isCountedBy(shard, log);
  });
}

/** Reads what is stored of some tasks. */
export async function recallTasks(
  database: Pick<FactsDatabase, "get">,
  tasks: readonly TaskRef[],
  scopes: Scopes,
  now: Micros,
): Promise<Recall> {
  const wanted = new Map<string, TaskRef>();
  for (const task of tasks) {
    const scope = scopes.get(task.project);
    if (scope) wanted.set(keyText(["task", scope.endpoint, scope.project, task.taskId]), task);
  }
  const known = new Map<TaskKey, KnownTask>();
  for (const [key, { value }] of await database.get([...wanted.keys()])) {
    const { project, taskId } = wanted.get(key) as TaskRef;
    const task = readTask(value, taskId, now);
    if (task) known.set(taskKey(project, taskId), task);
  }
  return (key) => known.get(key);
}

async function recallMemory(
  database: Pick<FactsDatabase, "get" | "below">,
  { endpoint, project }: Scope,
  collector: string,
  now: Micros,
): Promise<DiscoveryMemory | undefined> {
  const key = keyText(["window", endpoint, project, collector]);
  const window = (await database.get([key])).get(key)?.value;
  if (window === undefined) return undefined;
  const shown = new Map<TaskId, unknown>();
  for await (const [each, { value }] of database.below("found", endpoint, project, collector)) {
    const [, , , , taskId] = readKey(each) ?? [];
    if (taskId !== undefined) shown.set(taskId, value);
  }
  return readMemory(window, shown, now);
}
