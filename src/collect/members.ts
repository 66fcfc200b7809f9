import type { Micros } from "../base/micros.ts";
import { owns, type Shard } from "../base/shard.ts";
import type { CollectorConfig, Config, Labels, TaskConfig } from "../config/config.ts";
import { sameTask, sameTasks } from "../config/same-tasks.ts";
import type { TaskId } from "../tasks/operation-log.ts";
import type { Origin } from "../tasks/task-record.ts";
import type { Member, SourceId, SourceMembers } from "../tasks/task-store.ts";

/** The tasks of each collector, by its name. */
export type TaskLists = ReadonlyMap<string, readonly TaskConfig[]>;

/** The source of what a collector finds by itself; no name of a collector holds a space. */
export function discoveredBy(collector: string): SourceId {
  return `${collector} discovered`;
}

/** The source of what a collector finds by itself although it is another shard's to poll, since a list names it. */
export function elsewhereOf(collector: string): SourceId {
  return `${collector} elsewhere`;
}

/**
 * What the store is to watch. Each collector is a source, its place in the configuration its rank; what it finds by itself
 * is another, behind all lists.
 */
export interface Membership {
  /** Names of all extra labels, in one order. */
  readonly labelNames: readonly string[];
  readonly sources: ReadonlyMap<SourceId, Source>;
  readonly listed: ListedTasks;
  /** What collectors had found. */
  readonly found: ReadonlyMap<string, readonly TaskId[]>;
}

/** Who polls the tasks of lists. */
interface ListedTasks {
  readonly lists: TaskLists;
  /** Those of this shard. */
  readonly own: TaskLists;
  /** Those of the others, of each project in which tasks are found. */
  readonly elsewhere: ReadonlyMap<string, ReadonlySet<TaskId>>;
}

interface Source extends SourceMembers {
  readonly project: string;
  readonly tasks: readonly TaskConfig[];
}

export const noMembership: Membership = {
  labelNames: [],
  sources: new Map(),
  listed: { lists: new Map(), own: new Map(), elsewhere: new Map() },
  found: new Map(),
};

/**
 * What the store is to watch for each collector. A list's tasks are polled by the shard that has their ids, and by no
 * other; nothing else asks which shard that is. Every task gets the union of all extra labels, those of other shards'
 * tasks too, `""` where it has none: the label names of a metric must not differ between its series.
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
  shard: Shard,
): Membership {
  // Lists are new ones with each configuration and each change of a file; they stay while collectors find.
  const haveSameLists = before.listed.lists === lists;
  const listed = haveSameLists ? before.listed : listedTasks(config, lists, shard);
  const labelNames = haveSameLists ? before.labelNames : extraLabelNames(config, lists);
  const haveSameLabels = labelNames.join() === before.labelNames.join();
  const { collectors } = config;

  function sourceOf(
    id: SourceId,
    { name: collector, project }: CollectorConfig,
    tasks: readonly TaskConfig[],
    rank: number,
    elsewhere?: true,
  ): [SourceId, Source] {
    const source = before.sources.get(id);
    const known = haveSameLabels && source?.project === project ? source : undefined;
    if (known && sameTasks(known.tasks, tasks)) {
      // The list as it is now, so that the next comparison finds the very same tasks.
      return [id, { ...known, tasks, rank }];
    }
    const due = dueAt(collector);
    const places = new Map(known?.tasks.map((task, place) => [task.id, place]));
    /** Tasks that say nothing of their own share what their collector says. */
    const shared = new Map<Labels, Origin>();
    const members = tasks.map((task): Member => {
      const place = places.get(task.id) ?? -1;
      const same = sameTask(task, known?.tasks[place]) ? known?.members[place] : undefined;
      if (same) return same;
      const { id, name, labels } = task;
      const origin = (name === undefined && shared.get(labels)) || {
        collector,
        ...(name !== undefined && { name }),
        labels: filled(labels, labelNames),
        ...(elsewhere && { elsewhere }),
      };
      if (name === undefined) shared.set(labels, origin);
      return { project, taskId: id, origin, dueAt: due };
    });
    return [id, { project, tasks, members, rank }];
  }

  const fromLists = collectors.map((collector, rank) =>
    sourceOf(collector.name, collector, listed.own.get(collector.name) ?? [], rank),
  );
  const fromListings = collectors.flatMap((collector, index) => {
    const { name, project, labels, discover } = collector;
    // A listing under way may end after its collector was told not to find any.
    const ids = discover && found.get(name);
    if (!ids) return [];
    if (haveSameLists && before.found.get(name) === ids) {
      return [discoveredBy(name), elsewhereOf(name)].flatMap((id): [SourceId, Source][] => {
        const source = before.sources.get(id);
        return source ? [[id, source]] : [];
      });
    }
    const tasks = ids.map((id) => ({ id, labels }));
    const rank = collectors.length + index;
    const isElsewhere = ({ id }: TaskConfig): boolean => listed.elsewhere.get(project)?.has(id) ?? false;
    const own = tasks.filter((task) => !isElsewhere(task));
    return [
      sourceOf(discoveredBy(name), collector, own, rank),
      ...(own.length < tasks.length
        ? [sourceOf(elsewhereOf(name), collector, tasks.filter(isElsewhere), rank, true)]
        : []),
    ];
  });
  return { labelNames, sources: new Map([...fromLists, ...fromListings]), listed, found: new Map(found) };
}

function listedTasks({ collectors }: Config, lists: TaskLists, shard: Shard): ListedTasks {
  if (shard.count === 1) return { lists, own: lists, elsewhere: new Map() };
  const own = new Map<string, readonly TaskConfig[]>();
  const elsewhere = new Map<string, Set<TaskId>>();
  for (const { project, discover } of collectors) if (discover) elsewhere.set(project, new Set());
  for (const { name, project } of collectors) {
    const tasks = lists.get(name) ?? [];
    own.set(
      name,
      tasks.filter(({ id }) => owns(shard, id)),
    );
    const others = elsewhere.get(project);
    if (others) for (const { id } of tasks) if (!owns(shard, id)) others.add(id);
  }
  return { lists, own, elsewhere };
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
