import { dirname, isAbsolute, join, resolve } from "node:path";
import type { CollectorConfig, Labels, TaskConfig } from "../config.ts";
import { formatPath, formatProblem } from "../format-problem.ts";
import { type FileProblem, formatPlace, type Position, type Problem, sortProblems } from "../problem.ts";
import type { TaskFilesEntry, TaskLists } from "../task-lists.ts";
import { broughtBy, type Placed } from "../yaml/tree.ts";
import { type Found, findFiles } from "./find-files.ts";
import { repeatedTask, type TaskFileOptions } from "./parse-task-file.ts";
import { lookAtFile, type WatchedFile } from "./watched-file.ts";

/** What the task files held when the configuration was read; later looks go on from there. */
export interface FirstLook {
  /** By entry of `task_files`, an absolute path or pattern: the files that it named. */
  readonly found: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, WatchedFile>;
}

export const noLook: FirstLook = { found: new Map(), files: new Map() };

/** The tasks that the files of a collector held then, with its labels. */
export function tasksAtFirst(
  { taskFiles, labels }: Pick<CollectorConfig, "taskFiles" | "labels">,
  { found, files }: FirstLook,
): readonly TaskConfig[] {
  const paths = new Set(taskFiles.flatMap((pattern) => found.get(pattern) ?? []));
  return [...paths].flatMap((path) => {
    const content = files.get(path)?.content;
    return content?.ok ? content.tasks.map(({ task }) => fileTask(task, labels, path)) : [];
  });
}

interface LoadedTasks extends FirstLook {
  readonly problems: readonly FileProblem[];
}

interface LoadOptions extends TaskFileOptions {
  /** The configuration, as it is shown in problems. */
  readonly file: string;
}

/** The first look, a strict one: reads the task files of a configuration, and finds tasks that stand twice, in the files or the configuration. */
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

  const files = new Map<string, WatchedFile>();
  const load = async (scope: string, entry: TaskFilesEntry, path: string): Promise<void> => {
    const shown = entry.expanded ? `<${formatPath(entry.path)}>` : shownName(file, entry.text, path);
    // A path that a variable took part in is not shown: the problem then stands where the file is named.
    const inFile = (problem: Problem): FileProblem => {
      const told = formatProblem({ ...problem, file: shown });
      return entry.expanded ? atEntry(entry, `in a file: ${told}`) : { ...problem, file: shown };
    };
    const known = files.get(path);
    const watched = known ?? (await lookAtFile(path, options, undefined, shown));
    const { content } = watched;
    files.set(path, watched);
    if ("unreadable" in content) {
      const which = entry.expanded ? "a file" : shown;
      if (!known) problems.push(atEntry(entry, `${which} cannot be read: ${content.unreadable}`));
      return;
    }
    if (!content.ok && !known) problems.push(...sortProblems(content.problems).map(inFile));
    for (const { id, at, path: place } of content.ok ? content.tasks : content.ids) {
      const own = formatPlace(shown, at);
      const before = listedBefore(scope, id, { at, origin: undefined, shown: own });
      if (before !== undefined) problems.push(inFile({ at, path: place, message: repeatedTask(before.shown, own) }));
    }
  };
  const atEntry = ({ at, path }: TaskFilesEntry, message: string): FileProblem => ({ file, at, path, message });

  const found = new Map<string, Found>();
  for (const { pattern } of lists.flatMap((list) => list.files)) {
    if (!found.has(pattern)) found.set(pattern, await findFiles(pattern));
  }
  for (const { scope, files: entries } of lists) {
    const seen = new Set<string>();
    for (const entry of entries) {
      const { paths = [], faults = [] } = found.get(entry.pattern) ?? {};
      for (const { path, reason } of faults) {
        const shown = path && (entry.expanded ? "a folder or link on its way" : shownName(file, entry.text, path));
        problems.push(atEntry(entry, `cannot be looked up: ${shown ? `${shown}: ` : ""}${reason}`));
      }
      for (const path of paths) {
        if (!seen.has(path)) await load(scope, entry, path);
        seen.add(path);
      }
    }
  }
  return { found: new Map([...found].map(([pattern, { paths }]) => [pattern, paths])), files, problems };
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
