import { Counter, Histogram, type Registry } from "prom-client";
import { operationTypes, type Status, statuses } from "../tasks/operation-log.ts";
import { durationOf, isFinal } from "../tasks/rules.ts";
import type { TaskRecord } from "../tasks/task-record.ts";
import type { RecordSource } from "./family-text.ts";

/** Seconds, a minute to a day. */
const buckets = [60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400];

const finalStatuses = statuses.filter(isFinal);

/** As many operations beside the documented ones are told apart in a project; the vendor adds some, a fault might add any. */
const mostOthers = 20;

/** Counts the tasks that finish while the exporter watches. */
export interface Finishes {
  /** A project is watched from now on: its counters are there. */
  start(project: string): void;
  /** Counts each finish that the store tells of. */
  follow(store: Pick<RecordSource<TaskRecord>, "subscribe">): void;
  /** How many were counted of a project, by operation and status. */
  counts(project: string): FinishCounts;
  /** The counters of a project go on from what was counted before. */
  restore(project: string, counts: FinishCounts): void;
  /** Lets the series of a project go that has left. */
  forget(project: string): void;
}

/** Of a project, by operation and status. */
export type FinishCounts = Readonly<Record<string, Readonly<Partial<Record<Status, number>>>>>;

interface Operation {
  /** Whether one of its tasks was seen. */
  isSeen: boolean;
  readonly counts: Partial<Record<Status, number>>;
}

export function registerFinishes(registry: Registry): Finishes {
  const registers = [registry];
  const finished = new Counter({
    name: "cbr_tasks_finished_total",
    help: "Tasks that were seen to finish, once each, by operation and status (API: operation_type, status).",
    labelNames: ["project", "operation_type", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "cbr_finished_task_duration_seconds",
    help: "How long tasks that were seen to finish ran, in seconds (API: ended_at minus started_at).",
    labelNames: ["project", "operation_type"],
    buckets,
    registers,
  });
  /** Of each project, the operations that are told apart. */
  const operations = new Map<string, Map<string, Operation>>();

  /** @returns the operation as it is told. From 0: increase() misses a counter whose first sample is 1. */
  function begin(project: string, name: string): string {
    const told = operations.get(project) ?? new Map<string, Operation>();
    operations.set(project, told);
    const operation_type = told.has(name) || told.size < operationTypes.length + mostOthers ? name : "other";
    if (!told.has(operation_type)) {
      told.set(operation_type, { isSeen: false, counts: {} });
      for (const status of finalStatuses) finished.inc({ project, operation_type, status }, 0);
    }
    return operation_type;
  }

  function see(project: string, name: string): string {
    const operation_type = begin(project, name);
    const operation = operations.get(project)?.get(operation_type);
    if (operation && !operation.isSeen) durations.zero({ project, operation_type });
    if (operation) operation.isSeen = true;
    return operation_type;
  }

  function count(project: string, operation_type: string, status: Status, number: number): void {
    finished.inc({ project, operation_type, status }, number);
    const counts = operations.get(project)?.get(operation_type)?.counts;
    if (counts) counts[status] = (counts[status] ?? 0) + number;
  }

  function forget(project: string): void {
    for (const operation_type of operations.get(project)?.keys() ?? []) {
      for (const status of finalStatuses) finished.remove({ project, operation_type, status });
      durations.remove({ project, operation_type });
    }
    operations.delete(project);
  }

  return {
    start(project) {
      for (const operationType of operationTypes) begin(project, operationType);
    },
    follow(store) {
      store.subscribe((before, after) => {
        const log = after?.facts?.log;
        if (!log || before?.facts === after.facts) return;
        const { project } = after;
        const operation_type = see(project, log.operationType ?? "");
        // What was known as finished when it came was counted before.
        const isSeen = before && !before.finished && after.finished && after.facts?.finishSeenAt !== undefined;
        if (!isSeen) return;
        count(project, operation_type, log.status, 1);
        const duration = durationOf(log);
        if (duration !== undefined) durations.observe({ project, operation_type }, duration / 1e6);
      });
    },
    counts: (project) =>
      Object.fromEntries([...(operations.get(project) ?? [])].map(([name, { counts }]) => [name, { ...counts }])),
    restore(project, before) {
      forget(project);
      for (const operationType of operationTypes) begin(project, operationType);
      for (const [name, counts] of Object.entries(before)) {
        const operation_type = begin(project, name);
        for (const status of finalStatuses) count(project, operation_type, status, counts[status] ?? 0);
      }
    },
    forget,
  };
}
