import type { Clock } from "../base/clock.ts";
import { defined } from "../base/json.ts";
import { type Micros, micros } from "../base/micros.ts";
import type { OperationLog, Status, TaskId } from "../tasks/operation-log.ts";
import { durationOf, endOf } from "../tasks/rules.ts";
import type { TaskFacts, TaskRecord } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { ResourceEstate } from "./estate.ts";
import { createRecordSet, type RecordSet } from "./record-set.ts";

export const resourceNames = ["resourceName", "resourceType", "vaultId", "vaultName"] as const;
type ResourceName = (typeof resourceNames)[number];

/** Which of several tasks is the newest; of equal times that of the greater id, so that it does not matter which came first. */
interface Place {
  readonly taskId: TaskId;
  /** When the task was created, or ended. */
  readonly at: Micros;
}

/** What one task says of the resource that it was about. */
export interface Naming extends Place, Readonly<Partial<Record<ResourceName, string>>> {}

/** What a resource is called and where it is backed up: for each, the newest task that says it, which is often one. */
export type ResourceNames = Readonly<Partial<Record<ResourceName, Naming>>>;

/** How one task ended. */
export interface Finish extends Place {
  readonly status: Status;
  readonly duration?: Micros;
  /** When an answer first showed the end, where somebody had seen the task unfinished. */
  readonly seenAt?: Micros;
}

/** How the finished tasks of one operation went; the newest is often all three. */
export interface ResourceOperation {
  readonly operationType: string;
  readonly last: Finish;
  /** The newest that has a duration. */
  readonly lastTimed?: Finish;
  readonly lastSuccess?: Finish;
}

/** All that is known of one resource; what tasks have shown of it outlives their own series. */
export interface ResourceRecord {
  /** `project/resource_id`. */
  readonly key: string;
  readonly project: string;
  readonly resourceId: string;
  readonly names: ResourceNames;
  /** One each `operation_type`. A list, since there are few: a map of one takes more room than what is in it. */
  readonly operations: readonly ResourceOperation[];
  /** What an inventory says of it now. */
  readonly estate?: ResourceEstate | undefined;
}

/** What it is called and where it is backed up: as an inventory says now, else as the newest task that says it. */
export function namesOf({ names, estate }: Pick<ResourceRecord, "names" | "estate">) {
  const inVault = estate?.vaultId !== undefined;
  return defined({
    resourceName: estate?.name ?? names.resourceName?.resourceName,
    resourceType: estate?.type ?? names.resourceType?.resourceType,
    vaultId: inVault ? estate.vaultId : names.vaultId?.vaultId,
    vaultName: inVault ? estate.vaultName : names.vaultName?.vaultName,
  });
}

/** Whether a task has shown it, now or before. */
export function isShownByTasks({ names, operations }: Pick<ResourceRecord, "names" | "operations">): boolean {
  return operations.length > 0 || Object.keys(names).length > 0;
}

export interface Resources extends Pick<RecordSet<ResourceRecord>, "get" | "records" | "subscribe"> {
  /** Takes over what was known before, of resources that no task has shown yet. */
  restore(records: Iterable<ResourceRecord>, now: Micros): void;
  /** Resources that came when there was no room for more. */
  dropped(): number;
  /** Lets go of what nothing has shown for 30 days. */
  sweep(): void;
  /** Lets go of all that is known of a project. */
  forget(project: string): void;
}

/** How long a resource stays that nothing shows any more. */
const keptMs = 30 * 24 * 3600 * 1000;

/** No cloud has as many in a project; one that makes ids up must not fill the memory. */
export const mostResources = 50_000;

/** Follows tasks, and what an inventory shows. */
export function followResources(
  store: Pick<TaskStore, "subscribe" | "records">,
  estate: Pick<RecordSet<ResourceEstate>, "subscribe">,
  clock: Pick<Clock, "monotonic">,
  most = mostResources,
): Resources {
  let dropped = 0;
  const resources = createRecordSet<ResourceRecord>();
  /** How many tasks name a resource now, an inventory being one more; of one that is known, and named once, nothing. */
  const tasks = new Map<string, number>();
  /** When the last task of a resource left, oldest first. */
  const unshown = new Map<string, number>();

  function count(key: string, change: 1 | -1): void {
    const isKnown = resources.get(key) !== undefined;
    const left = (tasks.get(key) ?? (isKnown && !unshown.has(key) ? 1 : 0)) + change;
    tasks.delete(key);
    unshown.delete(key);
    if (left > 1 || (left === 1 && !isKnown)) tasks.set(key, left);
    else if (left < 1 && isKnown) unshown.set(key, clock.monotonic());
  }

  function follow(before: TaskRecord | undefined, after: TaskRecord | undefined): void {
    if (before && after && before.facts === after.facts) return;
    const [from, to] = [keyOf(before), keyOf(after)];
    if (to !== undefined && from !== to) count(resources.get(to)?.key ?? to, 1);
    if (after && to !== undefined) {
      const known = resources.get(to);
      const record = afterTask(known, to, after);
      if (!known && resources.size() >= most) dropped += from === to ? 0 : 1;
      else if (record !== known) resources.set(record);
      if (!known && tasks.get(to) === 1 && resources.get(to)) tasks.delete(to);
    }
    if (from !== undefined && from !== to) count(from, -1);
  }

  function followEstate(before: ResourceEstate | undefined, after: ResourceEstate | undefined): void {
    const key = (after ?? before)?.key ?? "";
    const known = resources.get(key);
    if (!after) {
      if (known && isShownByTasks(known)) resources.set(Object.freeze({ ...known, estate: undefined }));
      count(key, -1);
      if (known && !isShownByTasks(known)) remove(key);
      return;
    }
    if (!before) count(known?.key ?? key, 1);
    if (!known && resources.size() >= most) dropped += before ? 0 : 1;
    else resources.set(recordOf(known, after));
    if (!known && tasks.get(key) === 1 && resources.get(key)) tasks.delete(key);
  }

  function remove(key: string): void {
    unshown.delete(key);
    resources.delete(key);
  }

  store.subscribe(follow);
  for (const record of store.records()) follow(undefined, record);
  estate.subscribe(followEstate);

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
  return Math.max(0, ...[...Object.values(names), ...operations.map(({ last }) => last)].map(({ at }) => at));
}

function keyOf(record: TaskRecord | undefined): string | undefined {
  const resourceId = record?.facts?.log?.resourceId;
  return resourceId === undefined ? undefined : [record?.project, resourceId].join("/");
}

const unknown: Pick<ResourceRecord, "names" | "operations"> = { names: {}, operations: [] };

function recordOf(known: ResourceRecord | undefined, estate: ResourceEstate): ResourceRecord {
  const { key, project, resourceId } = known ?? estate;
  const { names, operations } = known ?? unknown;
  return Object.freeze({ key, project, resourceId, names, operations, estate });
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
  return Object.freeze({ key: before?.key ?? key, project, resourceId, names, operations, estate: before?.estate });
}

function namesAfter(before: ResourceNames, log: OperationLog, taskId: TaskId): ResourceNames {
  const { resourceName, resourceType, vaultId, vaultName } = log;
  const at = log.createdAt ?? log.startedAt ?? micros(0);
  const naming = defined({ taskId, at, resourceName, resourceType, vaultId, vaultName });
  const newer = resourceNames.filter((name) => {
    const known = before[name];
    const isSame = known?.[name] === naming[name] && known?.at === at && known.taskId === taskId;
    return naming[name] !== undefined && !isSame && !isOlder(naming, known);
  });
  if (newer.length === 0) return before;
  const of = (name: ResourceName): Naming | undefined => (newer.includes(name) ? naming : before[name]);
  return defined({
    resourceName: of("resourceName"),
    resourceType: of("resourceType"),
    vaultId: of("vaultId"),
    vaultName: of("vaultName"),
  });
}

function operationsAfter(
  before: ResourceRecord["operations"],
  log: OperationLog,
  facts: TaskFacts,
): ResourceRecord["operations"] {
  const { id: taskId, operationType, status } = log;
  const at = endOf(facts);
  if (operationType === undefined || at === undefined) return before;
  const known = before.find((operation) => operation.operationType === operationType);
  const finish: Finish = defined({ taskId, at, status, duration: durationOf(log), seenAt: facts.finishSeenAt });
  const after: ResourceOperation = defined({
    operationType,
    last: newerFinish(known?.last, finish) ?? finish,
    lastTimed: newerFinish(known?.lastTimed, finish.duration === undefined ? undefined : finish),
    lastSuccess: newerFinish(known?.lastSuccess, status === "success" ? finish : undefined),
  });
  const { last, lastTimed, lastSuccess } = after;
  if (last === known?.last && lastTimed === known.lastTimed && lastSuccess === known.lastSuccess) return before;
  const others = before.filter((operation) => operation !== known);
  // Of its own length: a list that is put together piece by piece takes room for seventeen.
  return [...others, after].slice();
}

/** The newer of two. @returns the very same where the second says nothing new */
function newerFinish(known: Finish | undefined, finish: Finish | undefined): Finish | undefined {
  const isSame = (["taskId", "at", "status", "duration", "seenAt"] as const).every(
    (name) => finish?.[name] === known?.[name],
  );
  return !finish || isSame || isOlder(finish, known) ? known : finish;
}

function isOlder({ at, taskId }: Place, known: Place | undefined): boolean {
  return known !== undefined && (at < known.at || (at === known.at && taskId < known.taskId));
}
