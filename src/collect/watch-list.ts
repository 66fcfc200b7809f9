import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Micros } from "../base/micros.ts";
import { owns, type Shard } from "../base/shard.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/expand-variables.ts";
import { createFileQueue } from "../config/task-files/file-queue.ts";
import type { FirstLook, lookAtFile } from "../config/task-files/look-at-files.ts";
import { createTaskFiles, type TaskFiles } from "../config/task-files/task-files.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import { type TaskKey, taskKey } from "../tasks/task-record.ts";
import type { Recall, SourceId, TaskStore } from "../tasks/task-store.ts";
import type { DiscoveryMemory } from "./discovery.ts";
import {
  changedSources,
  discoveredBy,
  elsewhereOf,
  type Membership,
  membershipOf,
  noMembership,
  type TaskLists,
} from "./members.ts";

/** The collectors whose tasks are others now, with those that nobody watched before. */
export type ChangedLists = ReadonlyMap<SourceId, readonly TaskKey[]>;

/** Which tasks are watched, by which collector: those that the configuration lists, and those of its task files. */
export interface WatchList {
  /**
   * @param atOnce collectors whose new tasks are owed their first poll now, not at the next tick
   * @param listed what collectors that begin to list had found before
   */
  set(
    config: Config,
    firstLook: FirstLook,
    atOnce: ReadonlySet<string>,
    listed: ReadonlyMap<string, DiscoveryMemory>,
    recall: Recall,
  ): ChangedLists;
  /** Those that are listed now, and this shard's. */
  listed(): readonly TaskRef[];
  /** What a collector has found by itself, beside its lists, from now on. */
  setFound(collector: string, ids: readonly TaskId[]): void;
  /** Lets the tasks of these collectors go, facts and all, until they are set again. */
  forget(collectors: Iterable<string>): void;
  /** Looks at the task files, all of them, and takes over what changed, for a run of this collector. */
  refresh(collector: string): Promise<{ readonly isGood: boolean; readonly changed: ChangedLists }>;
  /** Nothing is looked at any more; who waits for a look goes on with what is in force. */
  close(): void;
  /** Whether a question to a file system that hangs is still unanswered. */
  isStuck(): boolean;
}

export interface WatchListOptions {
  readonly store: Pick<TaskStore, "get" | "setSources" | "size">;
  /** Which part of the tasks is to be watched. */
  readonly shard: Shard;
  readonly clock: Clock;
  readonly log: Log;
  /** What `${VAR}` in task files is replaced from. */
  readonly env: Environment;
  /** Names that labels in task files may not have. */
  readonly reservedLabels: ReadonlySet<string>;
  readonly nextTick: (collector: string) => Micros;
  /** What was known of tasks that nobody watches yet, before. */
  readonly recall: (tasks: readonly TaskRef[]) => Promise<Recall>;
  readonly lookAtFile: typeof lookAtFile;
}

export function createWatchList(options: WatchListOptions): WatchList {
  const { store, shard, clock, log, env, reservedLabels, nextTick, lookAtFile: look } = options;
  // Lives on through a reload, so that what hangs is not asked once more.
  const queue = createFileQueue({ clock });
  let config: Config = { projects: [], collectors: [] };
  let taskFiles: TaskFiles | undefined;
  let takingOver: Promise<unknown> = Promise.resolve();
  let membership = noMembership;
  let lists: TaskLists = new Map();
  const found = new Map<string, readonly TaskId[]>();

  function watch(next: Membership, recall: Recall = () => undefined): ChangedLists {
    const sources = changedSources(membership, next);
    const added = [...sources].map(([source, { members }]) => {
      const keys = members.map(({ project, taskId }) => taskKey(project, taskId));
      return [source, keys.filter((key) => !store.get(key))] as const;
    });
    membership = next;
    store.setSources(sources, recall);
    // What was known as finished is not to be asked for.
    return new Map(added.map(([source, keys]) => [source, keys.filter((key) => store.get(key)?.finished === false)]));
  }

  function watchLists(next: TaskLists, atOnce: ReadonlySet<string>, recall?: Recall): ChangedLists {
    lists = next;
    const now = clock.now();
    const dueAt = (name: string): Micros => (atOnce.has(name) ? now : nextTick(name));
    return watch(membershipOf(config, lists, found, dueAt, membership, shard), recall);
  }

  function setTaskFiles(next: Config, first: FirstLook): void {
    taskFiles?.close();
    taskFiles = next.collectors.some(({ taskFiles: files }) => files.length > 0)
      ? createTaskFiles(next, { env, reservedLabels, clock, queue, look, first })
      : undefined;
  }

  return {
    set(next, firstLook, atOnce, listed, recall) {
      for (const name of found.keys()) {
        const [before, after] = [config, next].map(({ collectors }) => collectors.find((each) => each.name === name));
        if (!after?.discover || before?.project !== after.project) found.delete(name);
      }
      for (const [name, memory] of listed) found.set(name, memory.found);
      // The same once more: what its files hold is known.
      if (next !== config) setTaskFiles(next, firstLook);
      config = next;
      return watchLists(listsOf(config, taskFiles?.tasks()), atOnce, recall);
    },
    listed: () => refsOf(config, lists, shard),
    setFound(collector, ids) {
      found.set(collector, ids);
      watchLists(lists, new Set([collector]));
    },
    forget(collectors) {
      const gone = new Set<SourceId>();
      for (const name of collectors) {
        found.delete(name);
        for (const source of [name, discoveredBy(name), elsewhereOf(name)]) gone.add(source);
      }
      watch({ ...membership, sources: new Map([...membership.sources].filter(([name]) => !gone.has(name))) });
    },
    async refresh(collector) {
      const files = taskFiles;
      if (!files) return { isGood: true, changed: new Map() };
      const { tasks, changed, failed, problems } = await files.refresh(collector);
      for (const problem of problems) log.error("Task file not taken over, its last good content stays", { problem });
      const isGood = !failed.has(collector);
      if (changed.size === 0) return { isGood, changed: new Map() };
      // One after the other, so that what was read later is taken over later.
      const others = takingOver.then(async (): Promise<ChangedLists> => {
        const recall = await options.recall(refsOf(config, tasks, shard));
        // A reload may have replaced the files meanwhile.
        if (files !== taskFiles) return new Map();
        // All files are looked at together; the tasks of the others are asked for at their own next tick.
        const lists = watchLists(listsOf(config, tasks), new Set([collector]), recall);
        log.info("Task files changed", { collectors: [...changed].sort().join(","), tasks: store.size });
        return lists;
      });
      takingOver = others.catch(() => new Map());
      return { isGood, changed: await others };
    },
    close: () => taskFiles?.close(),
    isStuck: queue.isStuck,
  };
}

/** A task as lists name it. */
export interface TaskRef {
  readonly project: string;
  readonly taskId: TaskId;
}

/** The tasks of lists that a shard polls. */
export function refsOf({ collectors }: Config, lists: TaskLists, shard: Shard): readonly TaskRef[] {
  return collectors.flatMap(({ name, project }) =>
    (lists.get(name) ?? []).flatMap(({ id }) => (owns(shard, id) ? [{ project, taskId: id }] : [])),
  );
}

/** All tasks of each collector: those of the configuration, and those of its files. */
function listsOf({ collectors }: Config, files?: TaskLists): TaskLists {
  return new Map(collectors.map(({ name, tasks }) => [name, [...tasks, ...(files?.get(name) ?? [])]]));
}
