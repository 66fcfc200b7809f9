import type { Micros } from "../base/micros.ts";
import type { CollectorConfig, Config, Labels, TaskConfig } from "../config/config.ts";
import { sameTask, sameTasks } from "../config/same-tasks.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import type { Member, SourceId, SourceMembers } from "../tasks/task-store.ts";

/** The tasks of each collector, by its name. */
export type TaskLists = ReadonlyMap<string, readonly TaskConfig[]>;

/** The source of what a collector finds by itself; no name of a collector holds a space. */
export function discoveredBy(collector: string): SourceId {
  return `${collector} discovered`;
}

/**
 * What the store is to watch. Each collector is a source, its place in the configuration its rank; what it finds by itself
 * is another, behind all lists.
 */
export interface Membership {
  /** Names of all extra labels, in one order. */
  readonly labelNames: readonly string[];
  readonly sources: ReadonlyMap<SourceId, Source>;
}

interface Source extends SourceMembers {
  readonly project: string;
  readonly tasks: readonly TaskConfig[];
}

export const noMembership: Membership = { labelNames: [], sources: new Map() };

/**
 * What the store is to watch for each collector. Every task gets the union of all extra labels, `""` where it has none:
 * the label names of a metric must not differ between its series.
 *
 * @param found what collectors have found, by their names
 * @param dueAt when a new task of this collector is owed its first poll
 * @param before what has not changed since is the very same list of members, or the very same member of another list
 */
export function membershipOf(
  config: Config,
  lists: TaskLists,
  found: ReadonlyMap<string, readonly TaskId[]>,
  dueAt: (collector: string) => Micros,
  before: Membership,
): Membership {
  const labelNames = extraLabelNames(config, lists);
  const haveSameLabels = labelNames.join() === before.labelNames.join();
  const { collectors } = config;

  function sourceOf(
    id: SourceId,
    { name: collector, project }: CollectorConfig,
    tasks: readonly TaskConfig[],
    rank: number,
  ): [SourceId, Source] {
    const source = before.sources.get(id);
    const known = haveSameLabels && source?.project === project ? source : undefined;
    if (known && sameTasks(known.tasks, tasks)) {
      // The list as it is now, so that the next comparison finds the very same tasks.
      return [id, { ...known, tasks, rank }];
    }
    const due = dueAt(collector);
    const places = new Map(known?.tasks.map((task, place) => [task.id, place]));
    const members = tasks.map((task): Member => {
      const place = places.get(task.id) ?? -1;
      const same = sameTask(task, known?.tasks[place]) ? known?.members[place] : undefined;
      if (same) return same;
      const { id, name, labels } = task;
      const origin = { collector, ...(name !== undefined && { name }), labels: filled(labels, labelNames) };
      return { project, taskId: id, origin, dueAt: due };
    });
    return [id, { project, tasks, members, rank }];
  }

  const listed = collectors.map((collector, rank) =>
    sourceOf(collector.name, collector, lists.get(collector.name) ?? [], rank),
  );
  const discovered = collectors.flatMap((collector, index) => {
    const { name, labels, discover } = collector;
    // A listing under way may end after its collector was told not to find any.
    const tasks = discover && found.get(name)?.map((id) => ({ id, labels }));
    return tasks ? [sourceOf(discoveredBy(name), collector, tasks, collectors.length + index)] : [];
  });
  return { labelNames, sources: new Map([...listed, ...discovered]) };
}

/** The sources that want something else than before; one that has left wants nothing. */
export function changedSources(before: Membership, after: Membership): ReadonlyMap<SourceId, SourceMembers> {
  const changes = new Map<SourceId, SourceMembers>();
  for (const id of before.sources.keys()) if (!after.sources.has(id)) changes.set(id, { members: [], rank: 0 });
  for (const [id, { members, rank }] of after.sources) {
    const old = before.sources.get(id);
    if (old?.members !== members || old.rank !== rank) changes.set(id, { members, rank });
  }
  return changes;
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
