import type { Micros } from "../base/micros.ts";
import type { Config, Labels, TaskConfig } from "../config/config.ts";
import type { Member } from "../tasks/task-store.ts";

/** The tasks of each collector, by its name. */
export type TaskLists = ReadonlyMap<string, readonly TaskConfig[]>;

/**
 * What the store is to watch for each collector. Every task gets the union of all extra labels, `""` where it has none:
 * the label names of a metric must not differ between its series.
 *
 * @param dueAt when a new task of this collector is owed its first poll
 */
export function membersOf(
  config: Config,
  lists: TaskLists,
  dueAt: (collector: string) => Micros,
): ReadonlyMap<string, readonly Member[]> {
  const names = extraLabelNames(config, lists);
  return new Map(
    config.collectors.map(({ name: collector, project }) => {
      const due = dueAt(collector);
      const members = (lists.get(collector) ?? []).map(({ id, name, labels }) => ({
        project,
        taskId: id,
        origin: { collector, ...(name !== undefined && { name }), labels: filled(labels, names) },
        dueAt: due,
      }));
      return [collector, members];
    }),
  );
}

function extraLabelNames(config: Config, lists: TaskLists): readonly string[] {
  const names = new Set<string>();
  for (const { labels } of config.collectors) for (const name of Object.keys(labels)) names.add(name);
  for (const list of lists.values())
    for (const { labels } of list) for (const name of Object.keys(labels)) names.add(name);
  return [...names].sort();
}

function filled(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.map((name) => [name, Object.hasOwn(labels, name) ? (labels[name] ?? "") : ""]));
}
