import { dirname, isAbsolute, join, resolve } from "node:path";
import { readTextFile } from "../../base/read-text-file.ts";
import type { Labels, TaskConfig } from "../config.ts";
import {
  type FileProblem,
  formatPath,
  formatPlace,
  formatProblem,
  type Position,
  type Problem,
  sortProblems,
} from "../problem.ts";
import type { TaskFilesEntry, TaskLists } from "../read/collector.ts";
import { broughtBy, type Placed } from "../yaml/tree.ts";
import { type Found, findFiles } from "./find-files.ts";
import { parseTaskFile, repeatedTask, type TaskFileContent, type TaskFileOptions } from "./parse-task-file.ts";

export interface LoadedTasks {
  /** By collector, in their order: the tasks of its files, with their own labels alone. */
  readonly tasks: readonly (readonly TaskConfig[])[];
  /** By collector and entry: the files that it names. */
  readonly found: readonly (readonly (readonly string[])[])[];
  readonly problems: readonly FileProblem[];
}

interface LoadOptions extends TaskFileOptions {
  /** The configuration, as it is shown in problems. */
  readonly file: string;
}

/** Reads the task files of a configuration, and finds tasks that stand twice, in the files or the configuration. */
export async function loadTaskFiles(lists: readonly TaskLists[], options: LoadOptions): Promise<LoadedTasks> {
  const { file } = options;
  const problems: FileProblem[] = [];
  const firstPlaces = new Map<string, ListedPlace>();
  /** Where else the project lists the task; undefined when this is the first place. */
  const listedBefore = (scope: string, id: string, place: ListedPlace): ListedPlace | undefined => {
    const key = `${scope}\0${id}`;
    const before = firstPlaces.get(key);
    if (before === undefined) firstPlaces.set(key, place);
    return before;
  };

  for (const { scope, tasks } of lists) {
    const told = new Set<Position>();
    for (const { id, at, origin, path } of tasks) {
      const here = { at, origin, shown: formatPlace(file, at) };
      const before = listedBefore(scope, id, here);
      const brought = before && broughtBy(before, here);
      // An alias or `<<` that brings a whole list once more is one mistake, not one a task.
      if (before === undefined || (brought && told.has(brought))) continue;
      if (brought) told.add(brought);
      problems.push({ file, at: brought ?? at, path, message: repeatedTask(before.shown) });
    }
  }

  const contents = new Map<string, TaskFileContent>();
  const load = async (scope: string, entry: TaskFilesEntry, path: string): Promise<readonly TaskConfig[]> => {
    const shown = entry.expanded ? `<${formatPath(entry.path)}>` : shownName(file, entry.text, path);
    // A path that a variable took part in is not shown: the problem then stands where the file is named.
    const inFile = (problem: Problem): FileProblem => {
      const told = formatProblem({ ...problem, file: shown });
      return entry.expanded ? atEntry(entry, `in a file: ${told}`) : { ...problem, file: shown };
    };
    const known = contents.get(path);
    const text = known ? undefined : await readTextFile(path);
    const content =
      known ?? (text?.ok ? parseTaskFile(text.text, shown, options) : { ok: false, problems: [], ids: [] });
    contents.set(path, content);
    if (text?.ok === false) {
      problems.push(atEntry(entry, `${entry.expanded ? "a file" : shown} cannot be read: ${text.reason}`));
    }
    if (!content.ok && !known) problems.push(...sortProblems(content.problems).map(inFile));
    for (const { id, at, path: place } of content.ok ? content.tasks : content.ids) {
      const own = formatPlace(shown, at);
      const before = listedBefore(scope, id, { at, origin: undefined, shown: own });
      if (before !== undefined) problems.push(inFile({ at, path: place, message: repeatedTask(before.shown, own) }));
    }
    return content.ok ? content.tasks.map(({ task }) => ({ ...task, file: path })) : [];
  };
  const atEntry = ({ at, path }: TaskFilesEntry, message: string): FileProblem => ({ file, at, path, message });

  const found: Found[][] = [];
  for (const { files } of lists) {
    const own: Found[] = [];
    for (const { pattern } of files) own.push(await findFiles(pattern));
    found.push(own);
  }
  const tasks: TaskConfig[][] = [];
  for (const [index, { scope, files }] of lists.entries()) {
    const own: TaskConfig[] = [];
    const seen = new Set<string>();
    for (const [number, entry] of files.entries()) {
      const { paths = [], faults = [] } = found[index]?.[number] ?? {};
      for (const { path, reason } of faults) {
        const shown = path && (entry.expanded ? "a folder or link on its way" : shownName(file, entry.text, path));
        problems.push(atEntry(entry, `cannot be looked up: ${shown ? `${shown}: ` : ""}${reason}`));
      }
      for (const path of paths) {
        if (!seen.has(path)) own.push(...(await load(scope, entry, path)));
        seen.add(path);
      }
    }
    tasks.push(own);
  }
  return { tasks, found: found.map((own) => own.map(({ paths }) => paths)), problems };
}

/** Where a project lists a task. */
interface ListedPlace extends Placed {
  /** File, line and column. */
  readonly shown: string;
}

/** A task of a file, with its own labels over its collector's. */
export function fileTask(task: TaskConfig, labels: Labels, file: string): TaskConfig {
  return { ...task, labels: { ...labels, ...task.labels }, file };
}

/** The file as the user would name it. */
function shownName(file: string, pattern: string, path: string): string {
  if (isAbsolute(pattern) || isAbsolute(file)) return path;
  const folder = resolve(dirname(file));
  return path.startsWith(`${folder}/`) ? join(dirname(file), path.slice(folder.length + 1)) : path;
}
