import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { onlyShard, owns, type Shard } from "../base/shard.ts";
import type { TaskRef } from "../collect/watch-list.ts";
import type { Config } from "../config/config.ts";
import { taskKey } from "../tasks/task-record.ts";
import type { Recall } from "../tasks/task-store.ts";
import { type Changes, type Followed, followChanges } from "./changes.ts";
import { openFactsDatabase } from "./facts-database.ts";
import { type Key, keyText } from "./key.ts";
import { nothingRecalled, type Present, type Recalled, recall, recallTasks } from "./recall.ts";
import { isByName, nameKey, type Scopes } from "./scopes.ts";
import { sweep } from "./sweep.ts";

/** Facts that outlast the program. */
export interface Facts {
  /** Reads what was known of what a configuration wants, as far as it is not there already. @param lists its tasks */
  recall(config: Config, lists: readonly TaskRef[]): Promise<Recalled>;
  recallTasks(tasks: readonly TaskRef[]): Promise<Recall>;
  /** A configuration is about to be in force, with what was recalled for it. */
  attach(config: Config, recalled: Recalled): void;
  /** Stores what changes from now on. */
  follow(followed: Followed): void;
  /**
   * The login has found a project's id.
   * @returns whether more, or something else, is known of it under this id: then all is to be recalled anew
   */
  projectFound(project: string, id: string): Promise<boolean>;
  isLastWriteGood(): boolean;
  /** Whether a write is under way. */
  isWriting(): boolean;
  /** Writes what is to be written, if that can be done, and closes. */
  close(): Promise<void>;
}

export interface FactsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Of whose tasks and resources facts are recalled; others are kept for a while, and not shown. Default: of all. */
  readonly shard?: Shard;
}

/** How long what is no finish waits at most. */
const writeEveryMs = 5_000;
/** A disk that takes longer to be read may hang. */
const slowMs = 10_000;
/** Not while it starts. */
const firstSweepMs = 60_000;
const sweepEveryMs = 24 * 3600 * 1000;

/** @throws {StorageInUseError} */
export async function openStoredFacts({ folder, clock, log, shard = onlyShard }: FactsOptions): Promise<Facts> {
  const cancelSlow = clock.after(slowMs, () => log.warn("Reading stored facts takes long", { storage: folder }));
  const database = await openFactsDatabase({
    folder,
    clock,
    log,
    onOpenedAgain: (has) => changes?.missing(scopes, has),
  }).finally(cancelSlow);
  let followed: Followed | undefined;
  let changes: Changes | undefined;
  let config: Config = { projects: [], collectors: [] };
  let scopes: Scopes = new Map();
  let projects: ReadonlyMap<string, string> = new Map();
  let isSoon = false;
  let closed = false;
  let cancelWrite = clock.after(writeEveryMs, writeRegularly);
  let cancelSweep: (() => void) | undefined;
  let sweeping: Promise<void> | undefined;

  function setScopes(next: Scopes): void {
    scopes = next;
    projects = new Map([...scopes].map(([name, { endpoint, project }]) => [`${endpoint} ${project}`, name]));
  }

  function write(): void {
    const taken = changes?.take(scopes);
    if (taken && taken.size > 0) database.write(taken);
  }

  function writeRegularly(): void {
    write();
    cancelWrite = clock.after(writeEveryMs, writeRegularly);
  }

  /** Together with all else that the same answer changes. */
  function writeSoon(): void {
    if (isSoon) return;
    isSoon = true;
    queueMicrotask(() => {
      isSoon = false;
      if (!closed) write();
    });
  }

  function sweepRegularly(): void {
    cancelSweep = clock.after(sweepEveryMs, sweepRegularly);
    sweeping = sweep(database, isWanted, clock.now).catch((error: unknown) => {
      log.warn("Stored facts that nothing wants were not looked for", { error: String(error) });
    });
  }

  /** A disk that breaks while it is read is no reason not to poll. */
  async function orNothing<T>(nothing: T, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      log.error("Stored facts could not be read", { storage: folder, error: String(error) });
      return nothing;
    }
  }

  const present: Present = {
    shard,
    get scopes() {
      return scopes;
    },
    isWatched: (key) => followed?.store.get(key) !== undefined,
    lists: (project, collector, what) =>
      followed
        ?.collectors()
        .some(
          ({ config: { name, project: its }, memory }) =>
            its === project && name === collector && memory()[what] !== undefined,
        ) ?? false,
  };

  function isWanted(key: Key): boolean {
    if (key[0] === "project") return config.projects.some((each) => nameKey(each) === keyText(key));
    const [kind, endpoint, id, name] = key;
    const project = projects.get(`${endpoint} ${id}`);
    if (project === undefined) return false;
    if (kind === "task") return present.isWatched(taskKey(project, name));
    if (kind === "resource") return owns(shard, name);
    return kind === "finishes" || present.lists(project, name, kind === "sights" ? "inventory" : "discovery");
  }

  return {
    recall(next, lists) {
      write();
      return orNothing({ ...nothingRecalled, scopes }, () => recall(database, next, lists, present, clock));
    },
    recallTasks(tasks) {
      write();
      const unknown = tasks.filter(({ project, taskId }) => !present.isWatched(taskKey(project, taskId)));
      return orNothing(nothingRecalled.task, () => recallTasks(database, unknown, scopes, clock.now()));
    },
    attach(next, recalled) {
      // What has changed belongs to the projects of before.
      write();
      config = next;
      setScopes(recalled.scopes);
      for (const { name } of config.projects) {
        if (!scopes.has(name))
          log.warn("Another project is the same one, so the facts of this are not stored", { project: name });
      }
      for (const { name, project } of config.collectors) {
        const memory = recalled.listed.get(name);
        if (memory) changes?.recalled(project, name, memory);
        const sights = recalled.sights.get(name);
        if (sights) changes?.recalledSights(project, name, sights);
      }
      changes?.restored(recalled.resources);
      for (const [project, counts] of recalled.finishes) followed?.finishes.restore(project, counts);
      database.started();
      cancelSweep ??= clock.after(firstSweepMs, sweepRegularly);
    },
    follow(given) {
      followed = given;
      changes = followChanges(given, writeSoon);
    },
    async projectFound(name, id) {
      const scope = scopes.get(name);
      const project = config.projects.find((each) => each.name === name);
      if (!scope || !project || scope.project === id) return false;
      const rename = new Map([[nameKey(project), { value: id }]]);
      for await (const _ of isByName(scope) ? database.below("task", scope.endpoint, id) : [undefined]) {
        database.write(rename);
        return true;
      }
      // All that is known of it was learnt since the start.
      database.write(rename);
      setScopes(new Map([...scopes, [name, { ...scope, project: id }]]));
      changes?.missing(scopes, () => false);
      return false;
    },
    isLastWriteGood: database.isLastWriteGood,
    isWriting: database.isWriting,
    async close() {
      write();
      closed = true;
      cancelWrite();
      cancelSweep?.();
      await sweeping;
      await database.close();
    },
  };
}
