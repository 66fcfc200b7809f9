import { defined } from "../../base/json.ts";
import { idPattern, isId } from "../../base/patterns.ts";
import type { ListedId } from "../task-lists.ts";
import { child, items, type Tree } from "../yaml/tree.ts";
import { textField } from "./fields.ts";
import { described, type Kind, listOf, mapOf, required } from "./kind.ts";
import { type Labels, labelsField } from "./labels.ts";
import { type Wrong, wrong } from "./place.ts";

export interface TaskConfig {
  readonly id: string;
  /** Shown instead of the resource's name. */
  readonly name?: string;
  /** Its own extra labels over its collector's. */
  readonly labels: Labels;
  /** Absolute path of the task file that lists it; `undefined` for a task of the configuration itself. */
  readonly file?: string;
}

const taskId = textField({
  what: "a task id of 1 to 64 letters, digits, _ or -",
  about: "The task's id at the cloud.",
  pattern: idPattern,
});

const taskMap = mapOf(
  {
    what: "a task id, or a map with id, name and labels",
    about: "A task: its id alone, or a map.",
    keys: {
      id: required(taskId),
      name: textField({
        what: "a name of 1 to 256 characters",
        about: "Shown instead of the resource's name.",
        pattern: /^[\s\S]{1,256}$/,
      }),
      labels: labelsField("Extra labels of `cbr_task_config_info`, over those of the collector."),
    },
  },
  (_, values): TaskConfig | Wrong => {
    if (!values) return wrong;
    const { id, name, labels = {} } = values;
    return defined({ id, name, labels });
  },
);

const noLabels: Labels = {};

const task: Kind<TaskConfig> = {
  ...taskMap,
  schema: { anyOf: [described(taskId), taskMap.schema] },
  read: (place) => {
    if (place.tree.kind !== "text") return taskMap.read(place);
    const id = taskId.read(place);
    return id === wrong ? wrong : { id, labels: noLabels };
  },
};

/** The `tasks` of a collector, and the whole of a task file. */
export const tasks = listOf(
  { what: "a list of task ids, each alone or as id, name and labels", about: "The tasks that are polled." },
  task,
);

/** The ids of a list of tasks that are ids; what else stands there is told by its reader. */
export function listedIds(list: Tree | undefined): readonly ListedId[] {
  return items(list).flatMap((item, index): ListedId[] => {
    const place = item.kind === "map" ? child(item, "id") : item;
    if (place?.kind !== "text" || !isId(place.text)) return [];
    const { text: id, at, origin } = place;
    return [{ id, at, origin, path: item.kind === "map" ? [index, "id"] : [index] }];
  });
}
