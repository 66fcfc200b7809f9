import { dirname, isAbsolute, join, resolve } from "node:path";
import { readTextFile } from "../../base/read-text-file.ts";
import type { Labels, TaskConfig } from "../config.ts";
import type { Environment } from "../expand-variables.ts";
import { formatPath } from "../path.ts";
import { type FileProblem, formatPlace, formatProblem, type Position, type Problem, sortProblems } from "../problem.ts";
import { projectOf } from "../project-of.ts";
import { broughtBy, child, items, type Placed, type TextTree, type Tree, textOf } from "../yaml/tree.ts";
import { absolutePattern, type Found, findFiles } from "./find-files.ts";
import { listedIds, parseTaskFile, repeatedTask, type TaskFileContent } from "./parse-task-file.ts";

export interface LoadedTasks {
  /** By collector, in their order: the tasks of its files, with the collector's labels. */
  readonly fileTasks: readonly (readonly TaskConfig[])[];
  /** By collector and entry: the files that it names. */
  readonly found: readonly (readonly (readonly string[])[])[];
  readonly problems: readonly FileProblem[];
}

/** Reads the task files of a configuration, and finds tasks that stand twice, in the files or the configuration. */
export async function loadTaskFiles(tree: Tree, file: string, env: Environment): Promise<LoadedTasks> {
  const problems: FileProblem[] = [];
  const firstPlaces = new Map<string, ListedPlace>();
  /** Where else the project lists the task; undefined when this is the first place. */
  const listedBefore = (collector: number, id: string, place: ListedPlace): ListedPlace | undefined => {
    const key = `${projectOf(tree, collector)}\0${id}`;
    const before = firstPlaces.get(key);
    if (before === undefined) firstPlaces.set(key, place);
    return before;
  };

  for (const [collector, tasks] of collectorsOf(tree, "tasks")) {
    const told = new Set<Position>();
    for (const { id, at, origin, path } of listedIds(tasks)) {
      const here = { at, origin, shown: formatPlace(file, at) };
      const before = listedBefore(collector, id, here);
      const brought = before && broughtBy(before, here);
      // An alias or `<<` that brings a whole list once more is one mistake, not one a task.
      if (before === undefined || (brought && told.has(brought))) continue;
      if (brought) told.add(brought);
      const message = repeatedTask(before.shown);
      problems.push({ file, at: brought ?? at, path: ["collectors", collector, "tasks", ...path], message });
    }
  }

  const contents = new Map<string, TaskFileContent>();
  const fileTasks = collectorsOf(tree, "task_files").map((): TaskConfig[] => []);
  const found = collectorsOf(tree, "task_files").map(([, files]) => items(files).map((): readonly string[] => []));
  const seen = new Set<string>();

  const load = async ({ collector, pattern, here }: FoundEntry, path: string): Promise<void> => {
    const shown = pattern.expanded ? `<${formatPath(here.path)}>` : shownName(file, pattern.text, path);
    // A path that a variable took part in is not shown: the problem then stands where the file is named.
    const inFile = (problem: Problem): FileProblem => {
      const told = formatProblem({ ...problem, file: shown });
      return pattern.expanded ? { ...here, message: `in a file: ${told}` } : { ...problem, file: shown };
    };
    const known = contents.get(path);
    const text = known ? undefined : await readTextFile(path);
    const content = known ?? (text?.ok ? parseTaskFile(text.text, shown, env) : { ok: false, problems: [], ids: [] });
    contents.set(path, content);
    if (text?.ok === false) {
      const which = pattern.expanded ? "a file" : shown;
      problems.push({ ...here, message: `${which} cannot be read: ${text.reason}` });
    }
    if (!content.ok && !known) problems.push(...sortProblems(content.problems).map(inFile));
    for (const { id, at, path: place } of content.ok ? content.tasks : content.ids) {
      const own = formatPlace(shown, at);
      const before = listedBefore(collector, id, { at, origin: undefined, shown: own });
      if (before !== undefined) problems.push(inFile({ at, path: place, message: repeatedTask(before.shown, own) }));
    }
    const labels = labelsOf(tree, collector);
    if (content.ok) fileTasks[collector]?.push(...content.tasks.map(({ task }) => fileTask(task, labels, path)));
  };

  for (const entry of await findAll(tree, file)) {
    const { collector, index, pattern, here, paths, faults } = entry;
    const list = found[collector];
    if (list) list[index] = paths;
    for (const { path, reason } of faults) {
      const shown = path && (pattern.expanded ? "a folder or link on its way" : shownName(file, pattern.text, path));
      problems.push({ ...here, message: `cannot be looked up: ${shown ? `${shown}: ` : ""}${reason}` });
    }
    for (const path of paths) {
      const key = `${collector} ${path}`;
      if (!seen.has(key)) await load(entry, path);
      seen.add(key);
    }
  }
  return { fileTasks, found, problems };
}

/** Where a project lists a task. */
interface ListedPlace extends Placed {
  /** File, line and column. */
  readonly shown: string;
}

/** What an entry of a collector's `task_files` names. */
interface FoundEntry extends Found {
  readonly collector: number;
  readonly index: number;
  readonly pattern: TextTree;
  readonly here: Omit<FileProblem, "message">;
}

async function findAll(tree: Tree, file: string): Promise<readonly FoundEntry[]> {
  const result: FoundEntry[] = [];
  for (const [collector, files] of collectorsOf(tree, "task_files")) {
    for (const [index, pattern] of items(files).entries()) {
      if (pattern.kind !== "text" || pattern.text === "" || pattern.text.length > 1024) continue;
      const here = { file, at: pattern.at, path: ["collectors", collector, "task_files", index] };
      const found = await findFiles(absolutePattern(dirname(file), pattern.text));
      result.push({ ...found, collector, index, pattern, here });
    }
  }
  return result;
}

/** A task of a file, with its own labels over its collector's. */
export function fileTask(task: TaskConfig, labels: Labels, file: string): TaskConfig {
  return { ...task, labels: { ...labels, ...task.labels }, file };
}

function collectorsOf(tree: Tree, key: string): [number, Tree | undefined][] {
  return items(child(tree, "collectors")).map((collector, index) => [index, child(collector, key)]);
}

function labelsOf(tree: Tree, collector: number): Labels {
  const labels = child(items(child(tree, "collectors"))[collector], "labels");
  if (labels?.kind !== "map") return {};
  return Object.fromEntries([...labels.entries].map(([name, { value }]) => [name, textOf(value) ?? ""]));
}

/** The file as the user would name it. */
function shownName(file: string, pattern: string, path: string): string {
  if (isAbsolute(pattern) || isAbsolute(file)) return path;
  const folder = resolve(dirname(file));
  return path.startsWith(`${folder}/`) ? join(dirname(file), path.slice(folder.length + 1)) : path;
}
