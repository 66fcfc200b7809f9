import { isName } from "../../base/patterns.ts";
import { booleanField, listField, mapField, textField } from "./fields.ts";
import { labelsField } from "./labels-field.ts";
import { scheduleField } from "./schedule-field.ts";
import { tasksSchema } from "./task-schema.ts";

export const collectorSchema = mapField("a map with name, schedule and tasks", {
  name: textField("a name of 1 to 64 letters, digits, _, . or -", isName),
  /** May be left out when there is one project. */
  project: textField("the name of a project", isName).optional(),
  schedule: scheduleField(),
  /** Of the schedule; whether there is such a timezone is judged by `checkAcross`, which may quote it. */
  timezone: textField("the IANA name of a timezone, such as Europe/Berlin", (text) => text !== "").default("UTC"),
  run_on_start: booleanField().default(true),
  tasks: tasksSchema.optional(),
  /** Paths or glob patterns, relative to the configuration file. */
  task_files: listField(
    "a list of paths or patterns, such as [ tasks/*.yaml ]",
    textField("a path or pattern of 1 to 1024 characters", ({ length }) => length >= 1 && length <= 1024),
  ).optional(),
  labels: labelsField().optional(),
});
