import * as z from "zod";
import { isId } from "../../base/patterns.ts";
import { listField, mapField, textField } from "./fields.ts";
import { labelsField } from "./labels-field.ts";

const id = textField("a task id of 1 to 64 letters, digits, _ or -", isId);

/** A task: its id alone, or a map with more about it. */
const taskSchema = z.union(
  [
    id.transform((text) => ({ id: text, name: undefined, labels: undefined })),
    mapField("a map", {
      id,
      /** Shown instead of the resource's name. */
      name: textField("a name of 1 to 256 characters", ({ length }) => length >= 1 && length <= 256).optional(),
      labels: labelsField().optional(),
    }),
  ],
  { error: "must be a task id, or a map with id, name and labels" },
);

/** The `tasks` of a collector, and the whole of a task file. */
export const tasksSchema = listField("a list of task ids, each alone or as id, name and labels", taskSchema);
