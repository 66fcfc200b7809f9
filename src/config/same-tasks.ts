import { sameLabels } from "../base/same-labels.ts";
import type { TaskConfig } from "./config.ts";

/** Whether two lists say the same, whichever file says it. */
export function sameTasks(a: readonly TaskConfig[], b: readonly TaskConfig[]): boolean {
  return a === b || (a.length === b.length && a.every((task, at) => sameTask(task, b[at])));
}

export function sameTask(a: TaskConfig, b: TaskConfig | undefined): boolean {
  return a === b || (a.id === b?.id && a.name === b.name && sameLabels(a.labels, b.labels));
}
