import { isId } from "../../base/patterns.ts";
import { checkTaskLabels } from "../check-across.ts";
import { checkShape } from "../check-shape.ts";
import type { Labels, TaskConfig } from "../config.ts";
import type { Environment } from "../expand-variables.ts";
import type { Path } from "../path.ts";
import { formatPlace, type Problem } from "../problem.ts";
import { tasksSchema } from "../schema/task-schema.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import { broughtBy, child, items, type Placed, type Tree, textOf } from "../yaml/tree.ts";

/** An id in a list of tasks. */
export interface ListedId extends Placed {
  readonly id: string;
  /** Within the list. */
  readonly path: Path;
}

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

/**
 * Reads a task file: a list of the same shape as a collector's `tasks`.
 * @param file its name, to be shown in messages
 */
export function parseTaskFile(text: string, file: string, env: Environment): TaskFileContent {
  // An empty file is one that is being written more often than a wish for no tasks.
  const whenEmpty = "the file is empty; write [] for no tasks";
  const { tree, problems: syntax } = readYaml(text, { env, whenEmpty });
  if (!tree) return { ok: false, problems: syntax, ids: [] };
  const shape = checkShape(tasksSchema, tree);
  const problems: Problem[] = syntax.filter(({ path }) => !shape.isUnknown(path));
  problems.push(...shape.problems);
  checkTaskLabels(tree, [], (problem) => problems.push(problem));

  const ids = new Map<string, ListedId>();
  for (const listed of listedIds(tree)) {
    const before = ids.get(listed.id);
    if (before === undefined) ids.set(listed.id, listed);
    else {
      const at = broughtBy(before, listed) ?? listed.at;
      problems.push({ at, path: listed.path, message: repeatedTask(formatPlace(file, before.at)) });
    }
  }
  if (problems.length > 0 || shape.value === undefined) return { ok: false, problems, ids: [...ids.values()] };
  const places = [...ids.values()];
  const tasks = shape.value.flatMap(({ id, name, labels }, index): ListedTask[] => {
    const listed = places[index];
    return listed ? [{ ...listed, task: toTask(id, name, labels ?? {}) }] : [];
  });
  return { ok: true, tasks };
}

/** The ids of a list of tasks that are ids; what else stands there is reported by the schema. */
export function listedIds(tasks: Tree | undefined): readonly ListedId[] {
  return items(tasks).flatMap((item, index): ListedId[] => {
    const place = item.kind === "map" ? child(item, "id") : item;
    const id = textOf(place);
    if (place === undefined || id === undefined || !isId(id)) return [];
    return [{ id, at: place.at, origin: place.origin, path: item.kind === "map" ? [index, "id"] : [index] }];
  });
}

export function toTask(id: string, name: string | undefined, labels: Labels): TaskConfig {
  return name === undefined ? { id, labels } : { id, name, labels };
}

/**
 * @param place of the first one: file, line and column, or words
 * @param here place of this one, where both can be the same: a file that two collectors read
 */
export function repeatedTask(place: string, here?: string): string {
  if (place === here) return "another collector of the project reads this file too; list a task once within a project";
  return `the same task is listed already (${place}); list it once within a project`;
}
