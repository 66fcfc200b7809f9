import type { TaskConfig } from "../config.ts";
import type { Environment } from "../expand-variables.ts";
import { formatPlace, type Problem } from "../problem.ts";
import { problemsOf, rootPlace, wrong } from "../read/place.ts";
import { listedIds, tasks } from "../read/tasks.ts";
import type { ListedId } from "../task-lists.ts";
import { readYaml } from "../yaml/parse.ts";
import { broughtBy } from "../yaml/tree.ts";

/** A task as a file lists it; its labels are its own alone. */
export interface ListedTask extends ListedId {
  readonly task: TaskConfig;
}

export type TaskFileContent =
  | { readonly ok: true; readonly tasks: readonly ListedTask[] }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[] /** Those that can be made out, each once. */;
      readonly ids: readonly ListedId[];
    };

/** What a task file may hold, besides what is the same for all. */
export interface TaskFileOptions {
  /** What `${VAR}` is replaced from. */
  readonly env: Environment;
  /** Label names of the exporter's own metrics, which users may not take. */
  readonly reservedLabels: ReadonlySet<string>;
}

/**
 * Reads a task file: a list of the same shape as a collector's `tasks`.
 * @param file its name, to be shown in messages
 */
export function parseTaskFile(text: string, file: string, { env, reservedLabels }: TaskFileOptions): TaskFileContent {
  // An empty file is one that is being written more often than a wish for no tasks.
  const yaml = readYaml(text, { env, whenEmpty: "the file is empty; write [] for no tasks" });
  if (!yaml.tree) return { ok: false, problems: yaml.problems, ids: [] };
  const place = rootPlace(yaml.tree, { env, reservedLabels, folder: "" });
  const value = tasks.read(place);
  const problems = problemsOf(place, yaml.problems);

  const ids = new Map<string, ListedId>();
  for (const listed of listedIds(yaml.tree)) {
    const before = ids.get(listed.id);
    if (before === undefined) ids.set(listed.id, listed);
    else {
      const at = broughtBy(before, listed) ?? listed.at;
      problems.push({ at, path: listed.path, message: repeatedTask(formatPlace(file, before.at)) });
    }
  }
  const places = [...ids.values()];
  if (problems.length > 0 || value === wrong) return { ok: false, problems, ids: places };
  return {
    ok: true,
    tasks: value.flatMap((task, index): ListedTask[] => {
      const listed = places[index];
      return listed ? [{ ...listed, task }] : [];
    }),
  };
}

/**
 * @param place of the first one: file, line and column, or words
 * @param here place of this one, where both can be the same: a file that two collectors read
 */
export function repeatedTask(place: string, here?: string): string {
  if (place === here) return "another collector of the project reads this file too; list a task once within a project";
  return `the same task is listed already (${place}); list it once within a project`;
}
