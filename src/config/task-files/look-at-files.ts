import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileErrorReason, readTextFile, signatureOf } from "../../base/read-text-file.ts";
import type { CollectorConfig, Labels, TaskConfig } from "../config.ts";
import type { Environment } from "../expand-variables.ts";
import { formatPath, formatProblem, formatProblems } from "../format-problem.ts";
import { type FileProblem, type Problem, sortProblems } from "../problem.ts";
import { mergedLabels } from "../read/labels.ts";
import { problemsOf, rootPlace, wrong } from "../read/place.ts";
import { listedIds, tasks } from "../read/tasks.ts";
import type { ListedId, TaskLists } from "../task-lists.ts";
import { readYaml } from "../yaml/parse.ts";
import { type Found, findFiles } from "./find-files.ts";
import { createListing } from "./judge-task-files.ts";

/** A task file as it was at a look. */
export interface WatchedFile extends TaskFileContent {
  /** Changes when the file does. */
  readonly signature: string;
  /** Why it could not be read, if so. */
  readonly unreadable?: string;
}

interface TaskFileContent {
  /** Their labels are their own alone. None while something is wrong. */
  readonly tasks: readonly TaskConfig[];
  /** The ids that can be made out, each once; of a good file just those of its tasks. */
  readonly listed: readonly ListedId[];
  readonly problems: readonly Problem[];
}

const noContent: TaskFileContent = { tasks: [], listed: [], problems: [] };

/** What a task file may hold, besides what is the same for all. */
export interface TaskFileOptions {
  /** What `${VAR}` is replaced from. */
  readonly env: Environment;
  /** Label names of the exporter's own metrics, which users may not take. */
  readonly reservedLabels: ReadonlySet<string>;
}

/**
 * Looks at a task file again; one that did not change costs one `stat`. Never throws.
 * @param shown its name, as messages are to say it
 * @returns the very same object when nothing changed
 */
export async function lookAtFile(
  path: string,
  options: TaskFileOptions,
  before?: WatchedFile,
  shown = path,
): Promise<WatchedFile> {
  const signature = await signatureOf(path).catch(fileErrorReason);
  if (before?.signature === signature) return before;
  const file = await readTextFile(path);
  if (!file.ok) return { ...noContent, signature, unreadable: file.reason };
  return { ...parseTaskFile(file.text, shown, options), signature };
}

/** A list of the same shape as a collector's `tasks`. */
function parseTaskFile(text: string, shown: string, { env, reservedLabels }: TaskFileOptions): TaskFileContent {
  // An empty file is one that is being written more often than a wish for no tasks.
  const yaml = readYaml(text, { env, whenEmpty: "the file is empty; write [] for no tasks" });
  if (!yaml.tree) return { ...noContent, problems: yaml.problems };
  const place = rootPlace(yaml.tree, { env, reservedLabels, folder: "" });
  const value = tasks.read(place);
  const listed = listedIds(yaml.tree);
  const problems = [...problemsOf(place, yaml.problems), ...createListing()({ scope: "", shown, listed })];
  if (problems.length === 0 && value !== wrong) return { tasks: value, listed, problems };
  const known = new Set<string>();
  return { tasks: [], problems, listed: listed.filter(({ id }) => !known.has(id) && known.add(id)) };
}

/** What is wrong with a file, in whole lines. */
export function linesOf(path: string, { unreadable, problems }: WatchedFile): readonly string[] {
  if (unreadable !== undefined) return [cannotBeRead(path, unreadable)];
  return formatProblems(problems.map((problem) => ({ ...problem, file: path })));
}

export function cannotBeRead(shown: string, reason: string): string {
  return `${shown}: cannot be read: ${reason}`;
}

/** @param way the folder or link on the way that is to blame */
export function cannotBeLookedUp(reason: string, way?: string): string {
  return `cannot be looked up: ${way ? `${way}: ` : ""}${reason}`;
}

/** The tasks of a good file, with their own labels over their collector's. */
export function tasksIn(watched: WatchedFile | undefined, labels: Labels, file: string): readonly TaskConfig[] {
  return (watched?.tasks ?? []).map((task) => ({ ...task, labels: mergedLabels(labels, task.labels), file }));
}

/** What the task files held when the configuration was read; later looks go on from there. */
export interface FirstLook {
  /** By entry of `task_files`, an absolute path or pattern: the files that it named. */
  readonly found: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, WatchedFile>;
}

export const noLook: FirstLook = { found: new Map(), files: new Map() };

/** The tasks that the files of a collector held then. */
export function tasksAtFirst(
  { taskFiles, labels }: Pick<CollectorConfig, "taskFiles" | "labels">,
  { found, files }: FirstLook,
): readonly TaskConfig[] {
  const paths = new Set(taskFiles.flatMap((pattern) => found.get(pattern) ?? []));
  return [...paths].flatMap((path) => tasksIn(files.get(path), labels, path));
}

interface FirstLookOptions extends TaskFileOptions {
  /** The configuration, as it is shown in problems. */
  readonly file: string;
}

/** The first look, a strict one: whatever is wrong with a file, or listed twice, is a problem of the configuration. */
export async function takeFirstLook(
  lists: readonly TaskLists[],
  options: FirstLookOptions,
): Promise<FirstLook & { readonly problems: readonly FileProblem[] }> {
  const { file } = options;
  const problems: FileProblem[] = [];
  const add = createListing();
  for (const { scope, tasks: listed } of lists) {
    for (const problem of add({ scope, shown: file, listed })) problems.push({ ...problem, file });
  }

  const found = new Map<string, Found>();
  const files = new Map<string, WatchedFile>();
  for (const { scope, files: entries } of lists) {
    const own = new Set<string>();
    for (const { pattern, text, expanded, at, path: place } of entries) {
      const tellHere = (message: string): void => void problems.push({ file, at, path: place, message });
      // A path that a variable took part in is not shown: the problem then stands where the file is named.
      const nameOf = (path: string, otherwise: string): string => (expanded ? otherwise : shownName(file, text, path));
      const seen = found.get(pattern) ?? (await findFiles(pattern));
      found.set(pattern, seen);
      for (const { path, reason } of seen.faults) {
        tellHere(cannotBeLookedUp(reason, path && nameOf(path, "a folder or link on its way")));
      }
      for (const path of seen.paths) {
        if (own.has(path)) continue;
        own.add(path);
        const shown = nameOf(path, `<${formatPath(place)}>`);
        const known = files.get(path);
        const watched = known ?? (await lookAtFile(path, options, undefined, shown));
        files.set(path, watched);
        const { unreadable, listed } = watched;
        // What is wrong with the file itself is told once, by the first entry that names it.
        if (!known && unreadable !== undefined) tellHere(`${nameOf(path, "a file")} cannot be read: ${unreadable}`);
        const inside = known ? [] : sortProblems(watched.problems);
        for (const problem of [...inside, ...add({ scope, shown, listed })]) {
          const told = { ...problem, file: shown };
          if (expanded) tellHere(`in a file: ${formatProblem(told)}`);
          else problems.push(told);
        }
      }
    }
  }
  return { found: new Map([...found].map(([pattern, { paths }]) => [pattern, paths])), files, problems };
}

/** The file as the user would name it. */
function shownName(file: string, pattern: string, path: string): string {
  if (isAbsolute(pattern) || isAbsolute(file)) return path;
  const folder = resolve(dirname(file));
  return path.startsWith(`${folder}/`) ? join(dirname(file), path.slice(folder.length + 1)) : path;
}
