import { systemClock } from "../../src/base/clock.ts";
import { fromMillis, type Micros } from "../../src/base/micros.ts";
import type { CollectorState } from "../../src/collect/collector.ts";
import type { ProjectState } from "../../src/collect/project-health.ts";
import { createExporter, type Exporter, type ExporterOptions } from "../../src/exporter.ts";
import { taskLabelNames } from "../../src/metrics/families/task.ts";
import type { TaskRecord } from "../../src/tasks/task-record.ts";
import { type HandSchedule, handSchedule } from "./hand-schedule.ts";
import { recordedLog } from "./recorded-log.ts";
import { type RecordedObserver, recordedObserver } from "./recorded-observer.ts";

/** An exporter on the machine's clock whose ticks are given by hand, and which draws no random waits. */
export interface WatchedExporter extends Exporter {
  readonly log: ReturnType<typeof recordedLog>;
  observer(project?: string): RecordedObserver;
  /** The schedules that were made, oldest first. */
  readonly schedules: readonly HandSchedule[];
  task(id: string, project?: string): TaskRecord | undefined;
  state(collector?: string): CollectorState | undefined;
  up(project?: string): ProjectState["up"];
  /** Waits for the runs under way. */
  idle(): Promise<void>;
  /** A tick for every collector, and the runs that it starts. */
  run(at?: Micros): Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

export function watchedExporter(options: Partial<ExporterOptions> = {}): WatchedExporter {
  const log = recordedLog();
  const observers = new Map<string, RecordedObserver>();
  const schedules: HandSchedule[] = [];
  const observer = (project = "prod"): RecordedObserver => {
    const known = observers.get(project) ?? recordedObserver();
    observers.set(project, known);
    return known;
  };
  const exporter = createExporter({
    clock: systemClock,
    random: () => 0,
    log,
    env: {},
    reservedLabels: taskLabelNames,
    observe: observer,
    async forget(project) {
      observers.delete(project);
    },
    schedule() {
      // A minute ahead, so that the pause after a first 404 is over by the first tick.
      const schedule = handSchedule(fromMillis(Date.now() + 60_000));
      schedules.push(schedule);
      return schedule;
    },
    ...options,
  });
  const idle = async (): Promise<void> => {
    await Promise.all(exporter.collectors().map((collector) => collector.idle()));
  };
  return {
    ...exporter,
    log,
    observer,
    schedules,
    task: (id, project = "prod") => exporter.store.get(`${project}/${id}`),
    state: (name = "weekend") =>
      exporter
        .collectors()
        .find(({ config }) => config.name === name)
        ?.state(),
    up: (name = "prod") => exporter.projects().find(({ project }) => project === name)?.up,
    idle,
    async run(at) {
      for (const schedule of schedules) if (!schedule.stopped) schedule.tick(at);
      await idle();
    },
    close: () => exporter.drain(AbortSignal.abort()),
  };
}
