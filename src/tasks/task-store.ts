import type { Micros } from "../base/micros.ts";
import { sameLabels } from "../base/same-labels.ts";
import type { TaskId } from "./operation-log.ts";
import { afterChange, afterStepBack, type Change, nextPoll, type StepBack } from "./task-change.ts";
import { type KnownTask, type Origin, type TaskKey, type TaskRecord, taskKey, taskRecord } from "./task-record.ts";

/** Who wants tasks to be watched: a collector's list, or what it finds by itself. */
export type SourceId = string;

/** A task that a source wants. */
export interface Member {
  readonly project: string;
  readonly taskId: TaskId;
  readonly origin: Origin;
  /** When a new task's first poll is owed. */
  readonly dueAt: Micros;
}

/** What a source wants from now on. */
export interface SourceMembers {
  readonly members: readonly Member[];
  /** A task that several sources want belongs to the one of the lowest rank; of equal ranks, to the one that had it first. */
  readonly rank: number;
}

/** `before` absent: the task is new; `after` absent: it has left. */
export type OnChange = (before: TaskRecord | undefined, after: TaskRecord | undefined) => void;

/** @returns what is known of a task that is not watched; undefined for nothing */
export type Recall = (key: TaskKey) => KnownTask | undefined;

/** Records that are counted without walking through them. */
export interface Records extends Iterable<TaskRecord> {
  readonly size: number;
  /** Those that are still polled; costs no more than there are of them. */
  unfinished(): readonly TaskRecord[];
}

/** The records of all tasks that are watched, changed one at a time, each change told to the subscribers. */
export interface TaskStore {
  readonly size: number;
  get(key: TaskKey): TaskRecord | undefined;
  records(): Iterable<TaskRecord>;
  /** The tasks that belong to a source, those of the moment whenever it is asked. */
  of(source: SourceId): Records;
  /**
   * What the sources named want from now on, in one step: a task that moves between them keeps its facts, also where it
   * falls to a source that wanted it all along. Costs as much as these sources have members. One without any has left.
   *
   * @param recall what was known of a task before, that nobody watched until now
   */
  setSources(changes: ReadonlyMap<SourceId, SourceMembers>, recall?: Recall): void;
  /** Nothing is taken of a task that has left, and no poll of one that has finished. */
  apply(change: Change): void;
  /** Times that lie ahead after the clock was set back become now; next polls are reckoned anew. */
  clockSetBack(back: StepBack): void;
  /** @returns a function that ends the subscription */
  subscribe(on: OnChange): () => void;
}

interface Source {
  readonly rank: number;
  readonly list: readonly Member[];
  readonly members: ReadonlyMap<TaskKey, Member>;
  /** Those that belong to it. */
  readonly own: Set<TaskKey>;
  /** Those of them that have not finished. */
  readonly open: Set<TaskKey>;
}

export function createTaskStore(): TaskStore {
  const tasks = new Map<TaskKey, TaskRecord>();
  const sources = new Map<SourceId | undefined, Source>();
  /** Who wants a task; first the source that it belongs to. */
  const wanted = new Map<TaskKey, readonly SourceId[]>();
  const subscribers = new Set<OnChange>();

  const untold: (readonly [TaskRecord | undefined, TaskRecord | undefined])[] = [];
  let notifying = false;

  function put(key: TaskKey, after: TaskRecord | undefined): void {
    const before = tasks.get(key);
    if (before === after) return;
    if (after) tasks.set(key, after);
    else tasks.delete(key);
    if (after?.finished) ownerOf(wanted.get(key))?.open.delete(key);
    untold.push([before, after]);
    // A subscriber may itself change a task: every other one is told of its cause first.
    if (notifying) return;
    notifying = true;
    try {
      for (let change = untold.shift(); change; change = untold.shift()) {
        for (const notify of subscribers) notify(...change);
      }
    } finally {
      notifying = false;
    }
  }

  /** @param touched takes the tasks that may belong to another source from now on, or be named in another way */
  function replace(id: SourceId, { members: list, rank }: SourceMembers, touched: Set<TaskKey>): void {
    const before = sources.get(id);
    if (list.length === 0) sources.delete(id);
    // Only its rank is another: that concerns what others want too.
    else if (before?.list === list) sources.set(id, { ...before, rank });
    else sources.set(id, { rank, list, members: byKey(list), own: new Set(), open: new Set() });
    const after = sources.get(id);
    const alone = [id];
    for (const key of keysOf(after)) {
      const claims = wanted.get(key);
      if (claims === undefined) wanted.set(key, alone);
      else if (!claims.includes(id)) wanted.set(key, [...claims, id]);
      if (claims?.length !== 1 || before?.members.get(key) !== after?.members.get(key)) touched.add(key);
      else if (before !== after) give(key, after);
    }
    for (const key of keysOf(before)) if (!after?.members.has(key)) touched.add(key);
  }

  /** Gives a task to the source that it belongs to now. */
  function settle(key: TaskKey, claims: readonly SourceId[]): void {
    const left = claims.flatMap((id) => {
      const source = sources.get(id);
      return source?.members.has(key) ? [{ id, rank: source.rank }] : [];
    });
    const ids = left.sort((a, b) => a.rank - b.rank).map(({ id }) => id);
    // Nearly all tasks are wanted once: they share one list of claims.
    if (ids.length !== 1 || claims.length !== 1) {
      const before = ownerOf(claims);
      before?.own.delete(key);
      before?.open.delete(key);
      if (ids.length > 0) wanted.set(key, ids);
      else wanted.delete(key);
    }
    give(key, ownerOf(ids));
  }

  function give(key: TaskKey, source: Source | undefined): void {
    source?.own.add(key);
    if (!tasks.get(key)?.finished) source?.open.add(key);
  }

  function ownerOf(claims: readonly SourceId[] | undefined): Source | undefined {
    return sources.get(claims?.[0]);
  }

  return {
    get size() {
      return tasks.size;
    },
    get: (key) => tasks.get(key),
    records: () => tasks.values(),
    of: (id) => ({
      get size() {
        return sources.get(id)?.own.size ?? 0;
      },
      *[Symbol.iterator]() {
        const source = sources.get(id);
        if (!source) return;
        for (const key of source.own) {
          const record = tasks.get(key);
          if (record) yield record;
        }
      },
      unfinished() {
        const records: TaskRecord[] = [];
        for (const key of sources.get(id)?.open ?? []) {
          const record = tasks.get(key);
          if (record) records.push(record);
        }
        return records;
      },
    }),
    setSources(changes, recall = () => undefined) {
      const touched = new Set<TaskKey>();
      for (const [id, change] of changes) replace(id, change, touched);
      for (const key of touched) settle(key, wanted.get(key) as readonly SourceId[]);
      for (const key of touched) if (!wanted.has(key)) put(key, undefined);
      for (const key of touched) {
        const member = ownerOf(wanted.get(key))?.members.get(key);
        const before = tasks.get(key);
        if (member) put(key, before ? withOrigin(before, member) : newRecord(key, member, recall(key)));
      }
    },
    apply(change) {
      const before = tasks.get(change.key);
      if (before) put(change.key, afterChange(before, change));
    },
    clockSetBack(back) {
      for (const [key, before] of [...tasks]) put(key, afterStepBack(before, back));
    },
    subscribe(on) {
      subscribers.add(on);
      return () => subscribers.delete(on);
    },
  };
}

function keysOf(source: Source | undefined): Iterable<TaskKey> {
  return source ? source.members.keys() : new Set<TaskKey>();
}

/** A list may name a task twice; the first counts. */
function byKey(members: readonly Member[]): ReadonlyMap<TaskKey, Member> {
  const map = new Map<TaskKey, Member>();
  for (const member of members) {
    const key = taskKey(member.project, member.taskId);
    if (!map.has(key)) map.set(key, member);
  }
  return map;
}

function withOrigin(before: TaskRecord, { origin }: Member): TaskRecord {
  return sameOrigin(before.origin, origin) ? before : taskRecord({ ...before, origin });
}

function newRecord(key: TaskKey, { project, taskId, origin, dueAt }: Member, known?: KnownTask): TaskRecord {
  const { facts, poll, finished, superseded }: KnownTask = known ?? { poll: {}, finished: false };
  const owed = Object.freeze(finished ? poll : { ...poll, nextAt: nextPoll(poll.pause, dueAt) });
  return taskRecord({ key, project, taskId, origin, facts, poll: owed, finished, superseded });
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return (
    a.collector === b.collector && a.name === b.name && a.elsewhere === b.elsewhere && sameLabels(a.labels, b.labels)
  );
}
