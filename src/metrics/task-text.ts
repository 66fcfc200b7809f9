import type { TaskKey, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { type TaskFamily, taskFamilies } from "./task-families.ts";
import { headText, labelText, numberText } from "./text.ts";

/** The series of all tasks as text: one chunk of bytes for each family, the same object as long as it says the same. */
export interface TaskText {
  chunks(): readonly Uint8Array[];
}

/** Follows the store: a changed task is written anew at the next look, the rest is kept. */
export function createTaskText(
  store: Pick<TaskStore, "subscribe" | "records" | "get">,
  families: readonly TaskFamily[] = taskFamilies,
): TaskText {
  const heads = families.map(({ name, help }) => headText(name, help, "gauge"));
  const texts = families.map(() => new Map<TaskKey, string>());
  const chunks: (Uint8Array | undefined)[] = families.map(() => undefined);
  const changed = new Set<TaskKey>();

  for (const { key } of store.records()) changed.add(key);
  store.subscribe((before, after) => {
    const key = (after ?? before)?.key;
    if (key) changed.add(key);
  });

  function update(key: TaskKey): void {
    const task = store.get(key);
    const prefix = task && labelText({ project: task.project, task_id: task.taskId });
    families.forEach((family, at) => {
      const text = task && prefix !== undefined ? samplesText(family, task, prefix) : "";
      const kept = texts[at];
      if (!kept || (kept.get(key) ?? "") === text) return;
      if (text === "") kept.delete(key);
      else kept.set(key, text);
      chunks[at] = undefined;
    });
  }

  return {
    chunks() {
      for (const key of changed) update(key);
      changed.clear();
      return families.map((_, at) => {
        chunks[at] ??= Buffer.from((heads[at] ?? "") + [...(texts[at]?.values() ?? [])].join(""));
        return chunks[at];
      });
    },
  };
}

function samplesText(family: TaskFamily, task: TaskRecord, prefix: string): string {
  let text = "";
  for (const { labels, value } of family.samples(task)) {
    const more = labels ? `,${labelText(labels)}` : "";
    text += `${family.name}{${prefix}${more}} ${numberText(value)}\n`;
  }
  return text;
}
