import type { Clock } from "../base/clock.ts";
import { defined } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import type { OperationLog, Status, TaskId } from "../tasks/operation-log.ts";
import { durationOf, endOf } from "../tasks/rules.ts";
import type { TaskFacts, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { createRecordSet, type RecordSet } from "./record-set.ts";

/** What the newest task says that says it. */
export interface Newest<T> {
  readonly value: T;
  /** When that task was created or ended. */
  readonly at: Micros;
  /** Of equal times the greater id counts as newer, so that it does not matter which came first. */
  readonly taskId: TaskId;
}

export const resourceNames = ["resourceName", "resourceType", "vaultId", "vaultName"] as const;

/** What a resource is called and where it is backed up, as far as a task has said. */
export type ResourceNames = Readonly<Partial<Record<(typeof resourceNames)[number], Newest<string>>>>;

/** How the finished tasks of one operation went. */
export interface ResourceOperation {
  readonly operationType: string;
  readonly lastStatus: Newest<Status>;
  /** When an answer first showed the end of that task, where somebody had seen it unfinished. */
  readonly lastFinishSeenAt?: Micros;
  readonly lastDuration?: Newest<Micros>;
  /** End of the newest success. */
  readonly lastSuccess?: Newest<Micros>;
}

/** All that tasks have shown of one resource; it outlives their own series. */
export interface ResourceRecord {
  /** `project/resource_id`. */
  readonly key: string;
  readonly project: string;
  readonly resourceId: string;
  readonly names: ResourceNames;
  /** One each `operation_type`. A list, since there are few: a map of one takes more room than what is in it. */
  readonly operations: readonly ResourceOperation[];
}

export interface Resources extends Pick<RecordSet<ResourceRecord>, "get" | "records" | "subscribe"> {
  /** Takes over what was known before, of resources that no task has shown yet. */
  restore(records: Iterable<ResourceRecord>, now: Micros): void;
  /** Resources that came when there was no room for more. */
  dropped(): number;
  /** Lets go of what no task has shown for 30 days. */
  sweep(): void;
  /** Lets go of all that is known of a project. */
  forget(project: string): void;
}

/** How long a resource stays that no task shows any more. */
const keptMs = 30 * 24 * 3600 * 1000;

/** No cloud has as many in a project; one that makes ids up must not fill the memory. */
export const mostResources = 50_000;

/** Follows the store. */
export function followResources(
  store: Pick<TaskStore, "subscribe" | "records">,
  clock: Pick<Clock, "monotonic">,
  most = mostResources,
): Resources {
  let dropped = 0;
  const resources = createRecordSet<ResourceRecord>();
  /** How many tasks name a resource now. */
  const tasks = new Map<string, number>();
  /** When the last task of a resource left, oldest first. */
  const unshown = new Map<string, number>();

  function count(key: string, change: 1 | -1): void {
    const left = (tasks.get(key) ?? 0) + change;
    unshown.delete(key);
    if (left > 0) return void tasks.set(key, left);
    tasks.delete(key);
    if (resources.get(key)) unshown.set(key, clock.monotonic());
  }

  function follow(before: TaskRecord | undefined, after: TaskRecord | undefined): void {
    if (before && after && before.facts === after.facts) return;
    const [from, to] = [keyOf(before), keyOf(after)];
    if (after && to !== undefined) {
      const known = resources.get(to);
      const record = afterTask(known, to, after);
      if (!known && resources.size() >= most) dropped += from === to ? 0 : 1;
      else if (record !== known) resources.set(record);
    }
    if (from === to) return;
    // By the record's own key, so that no second text of it is kept.
    if (to !== undefined) count(resources.get(to)?.key ?? to, 1);
    if (from !== undefined) count(from, -1);
  }

  function remove(key: string): void {
    unshown.delete(key);
    resources.delete(key);
  }

  store.subscribe(follow);
  for (const record of store.records()) follow(undefined, record);

  return {
    get: resources.get,
    records: resources.records,
    subscribe: resources.subscribe,
    restore(records, now) {
      const ages = new Map<string, number>();
      for (const record of records) {
        if (resources.get(record.key)) continue;
        resources.set(record);
        ages.set(record.key, Math.max(0, now - newestOf(record)) / 1000);
      }
      // Until a task shows it: it stays for as long as if the newest that did had left when it ended.
      for (const [key, age] of [...ages].sort(([, a], [, b]) => b - a)) unshown.set(key, clock.monotonic() - age);
    },
    dropped: () => dropped,
    sweep() {
      for (const [key, since] of unshown) {
        if (clock.monotonic() - since < keptMs) return;
        remove(key);
      }
    },
    forget(project) {
      for (const { key, project: its } of [...resources.records()]) if (its === project) remove(key);
    },
  };
}

/** When the newest task was created or ended that says something of it. */
function newestOf({ names, operations }: ResourceRecord): number {
  const times = [...Object.values(names), ...operations.map(({ lastStatus }) => lastStatus)];
  return Math.max(0, ...times.map(({ at }) => at));
}

function keyOf(record: TaskRecord | undefined): string | undefined {
  const resourceId = record?.facts?.log?.resourceId;
  return resourceId === undefined ? undefined : [record?.project, resourceId].join("/");
}

/** @returns the very same where the task says nothing new */
function afterTask(before: ResourceRecord | undefined, key: string, task: TaskRecord): ResourceRecord {
  const { project, facts } = task;
  const log = facts?.log;
  const {
    resourceId,
    names: namesBefore,
    operations: operationsBefore,
  } = before ?? {
    resourceId: log?.resourceId ?? "",
    names: {},
    operations: [],
  };
  const names = log ? namesAfter(namesBefore, log, task.taskId) : namesBefore;
  const operations = facts && log && task.finished ? operationsAfter(operationsBefore, log, facts) : operationsBefore;
  if (before && names === before.names && operations === before.operations) return before;
  // Not spread: each such copy would have a hidden class of its own.
  return Object.freeze({ key: before?.key ?? key, project, resourceId, names, operations });
}

function namesAfter(before: ResourceNames, log: OperationLog, taskId: TaskId): ResourceNames {
  const at = log.createdAt ?? log.startedAt ?? micros(0);
  let after = before;
  for (const name of resourceNames) {
    const newest = newer(before[name], { value: log[name], at, taskId });
    if (newest !== before[name]) after = { ...after, [name]: newest };
  }
  return after;
}

function operationsAfter(
  before: ResourceRecord["operations"],
  log: OperationLog,
  facts: TaskFacts,
): ResourceRecord["operations"] {
  const { id: taskId, operationType, status } = log;
  const end = endOf(facts);
  if (operationType === undefined || end === undefined) return before;
  const known = before.find((operation) => operation.operationType === operationType);
  const place = { at: end, taskId };
  const lastStatus = newer(known?.lastStatus, { value: status, ...place });
  const after: ResourceOperation = {
    operationType,
    lastStatus,
    ...defined({
      lastFinishSeenAt: lastStatus.taskId === taskId ? facts.finishSeenAt : known?.lastFinishSeenAt,
      lastDuration: newer(known?.lastDuration, { value: durationOf(log), ...place }),
      lastSuccess: newer(known?.lastSuccess, { value: status === "success" ? end : undefined, ...place }),
    }),
  };
  const others = before.filter((operation) => operation !== known);
  // Of its own length: a list that is put together piece by piece takes room for seventeen.
  return [...others, Object.freeze(after)].slice();
}

interface Said<T> extends Omit<Newest<T>, "value"> {
  readonly value: T | undefined;
}

/** The newer of two that say something. @returns the very same where the second says nothing new */
function newer<T extends string | number>(known: Newest<T> | undefined, said: Newest<T>): Newest<T>;
function newer<T extends string | number>(known: Newest<T> | undefined, said: Said<T>): Newest<T> | undefined;
function newer<T>(known: Newest<T> | undefined, { value, at, taskId }: Said<T>): Newest<T> | undefined {
  if (value === undefined) return known;
  const isOlder = known !== undefined && (at < known.at || (at === known.at && taskId < known.taskId));
  const isSame = known?.value === value && known.at === at && known.taskId === taskId;
  return isOlder || isSame ? known : Object.freeze({ value, at, taskId });
}
