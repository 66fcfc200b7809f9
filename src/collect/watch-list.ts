import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Micros } from "../base/micros.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/expand-variables.ts";
import { createFileQueue } from "../config/task-files/file-queue.ts";
import type { FirstLook, lookAtFile } from "../config/task-files/look-at-files.ts";
import { createTaskFiles, type TaskFiles } from "../config/task-files/task-files.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import { type TaskKey, taskKey } from "../tasks/task-record.ts";
import type { SourceId, TaskStore } from "../tasks/task-store.ts";
import {
  changedSources,
  discoveredBy,
  type Membership,
  membershipOf,
  noMembership,
  type TaskLists,
} from "./members.ts";

/** The collectors whose tasks are others now, with those that nobody watched before. */
export type ChangedLists = ReadonlyMap<SourceId, readonly TaskKey[]>;

/** Which tasks are watched, by which collector: those that the configuration lists, and those of its task files. */
export interface WatchList {
  /** @param atOnce collectors whose new tasks are owed their first poll now, not at the next tick */
  set(config: Config, firstLook: FirstLook, atOnce: ReadonlySet<string>): ChangedLists;
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
  readonly clock: Clock;
  readonly log: Log;
  /** What `${VAR}` in task files is replaced from. */
  readonly env: Environment;
  /** Names that labels in task files may not have. */
  readonly reservedLabels: ReadonlySet<string>;
  readonly nextTick: (collector: string) => Micros;
  readonly lookAtFile: typeof lookAtFile;
}

export function createWatchList(options: WatchListOptions): WatchList {
  const { store, clock, log, env, reservedLabels, nextTick, lookAtFile: look } = options;
  // Lives on through a reload, so that what hangs is not asked once more.
  const queue = createFileQueue({ clock });
  let config: Config = { projects: [], collectors: [] };
  let taskFiles: TaskFiles | undefined;
  let membership = noMembership;
  let lists: TaskLists = new Map();
  const found = new Map<string, readonly TaskId[]>();

  function watch(next: Membership): ChangedLists {
    const sources = changedSources(membership, next);
    const changed = new Map<SourceId, readonly TaskKey[]>();
    for (const [source, { members }] of sources) {
      const added: TaskKey[] = [];
      for (const { project, taskId } of members) {
        const key = taskKey(project, taskId);
        if (!store.get(key)) added.push(key);
      }
      changed.set(source, added);
    }
    membership = next;
    store.setSources(sources);
    return changed;
  }

  function watchLists(next: TaskLists, atOnce: ReadonlySet<string>): ChangedLists {
    lists = next;
    const now = clock.now();
    return watch(membershipOf(config, lists, found, (name) => (atOnce.has(name) ? now : nextTick(name)), membership));
  }

  return {
    set(next, firstLook, atOnce) {
      for (const name of found.keys()) {
        const [before, after] = [config, next].map(({ collectors }) => collectors.find((each) => each.name === name));
        if (!after?.discover || before?.project !== after.project) found.delete(name);
      }
      config = next;
      taskFiles?.close();
      taskFiles = config.collectors.some(({ taskFiles: files }) => files.length > 0)
        ? createTaskFiles(config, { env, reservedLabels, clock, queue, look, first: firstLook })
        : undefined;
      return watchLists(listsOf(config, taskFiles?.tasks()), atOnce);
    },
    setFound(collector, ids) {
      found.set(collector, ids);
      watchLists(lists, new Set([collector]));
    },
    forget(collectors) {
      const gone = new Set<SourceId>();
      for (const name of collectors) {
        found.delete(name);
        for (const source of [name, discoveredBy(name)]) gone.add(source);
      }
      watch({ ...membership, sources: new Map([...membership.sources].filter(([name]) => !gone.has(name))) });
    },
    async refresh(collector) {
      const files = taskFiles;
      if (!files) return { isGood: true, changed: new Map() };
      const { tasks, changed, failed, problems } = await files.refresh(collector);
      for (const problem of problems) log.error("Task file not taken over, its last good content stays", { problem });
      const isGood = !failed.has(collector);
      // A reload may have replaced the files meanwhile.
      if (files !== taskFiles || changed.size === 0) return { isGood, changed: new Map() };
      // All files are looked at together; the tasks of the others are asked for at their own next tick.
      const others = watchLists(listsOf(config, tasks), new Set([collector]));
      log.info("Task files changed", { collectors: [...changed].sort().join(","), tasks: store.size });
      return { isGood, changed: others };
    },
    close: () => taskFiles?.close(),
    isStuck: queue.isStuck,
  };
}

/** All tasks of each collector: those of the configuration, and those of its files. */
function listsOf({ collectors }: Config, files?: TaskLists): TaskLists {
  return new Map(collectors.map(({ name, tasks }) => [name, [...tasks, ...(files?.get(name) ?? [])]]));
}
