import type { Config, TaskConfig } from "../config.ts";
import { formatProblem } from "../format-problem.ts";
import type { Path } from "../problem.ts";
import { formatPlace, type Position } from "../problem.ts";
import { repeatedTask } from "./parse-task-file.ts";
import type { Notice } from "./told-once.ts";
import type { WatchedFile } from "./watched-file.ts";

/** What one collector takes from one file. */
export interface TaskFileUse {
  readonly collector: string;
  readonly path: string;
  /** The content that the entries are from; undefined before there was a good one. */
  readonly source?: WatchedFile;
  readonly entries: readonly Entry[];
  /** What is in force until now; there only while the entries are new. */
  readonly before?: TaskFileUse;
}

interface Entry {
  readonly task: TaskConfig;
  /** Where it stands in the file, as far as that is known. */
  readonly at?: Position;
  readonly place?: Path;
}

export interface Judged {
  readonly uses: readonly TaskFileUse[];
  /** New contents that list what is listed already, so that the last good one stays. */
  readonly refused: readonly { readonly collector: string; readonly notice: Notice }[];
}

/** A task that is taken, and by which use; by none when the configuration itself lists it. */
interface Owner {
  readonly use: TaskFileUse | undefined;
  readonly entry: Entry | undefined;
}

/**
 * Judges new contents together: none may list a task that its project has already.
 * The later of two new ones gives way, and a new one to what is in force, so what comes out never holds a task twice:
 * in the worst case it is what was in force before.
 */
export function judgeTaskFiles(config: Config, candidates: readonly TaskFileUse[]): Judged {
  const projects = new Map(config.collectors.map(({ name, project }) => [name, project]));
  const scopeOf = (collector: string, { task }: { task: TaskConfig }): string =>
    `${projects.get(collector)}\0${task.id}`;
  const refused: Judged["refused"][number][] = [];
  const uses = [...candidates];

  const refuse = (index: number, use: TaskFileUse, entry: Entry, other: Owner): void => {
    uses[index] = use.before ?? use;
    const { collector, path } = use;
    const at = entry.at ?? { line: 1, column: 1 };
    const line = formatProblem({
      file: path,
      at,
      path: entry.place ?? [],
      message: repeatedTask(placeOf(other), formatPlace(path, at)),
    });
    refused.push({ collector, notice: { about: `${path} ${collector}`, lines: [line] } });
  };

  // What is in force holds no task twice: only what is new can meet another.
  const fresh = new Set(candidates.filter(({ before }) => before).flatMap(({ entries }) => entries.map(idOf)));

  // Each round but the last takes one new content back, so it ends.
  rounds: for (;;) {
    const taken = new Map<string, Owner>();
    for (const { name, tasks } of config.collectors) {
      for (const task of tasks) {
        if (fresh.has(task.id)) taken.set(scopeOf(name, { task }), { use: undefined, entry: undefined });
      }
    }
    for (const [index, use] of uses.entries()) {
      for (const entry of use.entries) {
        if (!fresh.has(entry.task.id)) continue;
        const key = scopeOf(use.collector, entry);
        const owner = taken.get(key);
        if (owner === undefined) {
          taken.set(key, { use, entry });
        } else if (use.before !== undefined) {
          refuse(index, use, entry, owner);
          continue rounds;
        } else if (owner.use?.before !== undefined && owner.entry !== undefined) {
          refuse(uses.indexOf(owner.use), owner.use, owner.entry, { use, entry });
          continue rounds;
        }
      }
    }
    return { uses: uses.map(withoutBefore), refused };
  }
}

function idOf({ task }: Entry): string {
  return task.id;
}

function placeOf({ use, entry }: Owner): string {
  if (use === undefined) return "the configuration";
  return entry?.at === undefined ? use.path : formatPlace(use.path, entry.at);
}

function withoutBefore({ before: _, ...use }: TaskFileUse): TaskFileUse {
  return use;
}
