import { Registry } from "prom-client";
import { ApiError } from "../../../src/cbr/api-error.ts";
import type { ProjectApi } from "../../../src/cbr/project-api.ts";
import { type Collector, createCollector } from "../../../src/collect/collector.ts";
import { createProjectHealth } from "../../../src/collect/project-health.ts";
import type { Schedule, TickListener } from "../../../src/collect/schedule.ts";
import { createApiMetrics } from "../../../src/metrics/api-metrics.ts";
import { createExposition } from "../../../src/metrics/exposition.ts";
import { registerStateMetrics } from "../../../src/metrics/state-metrics.ts";
import { type Micros, micros } from "../../../src/tasks/micros.ts";
import { createTaskStore } from "../../../src/tasks/task-store.ts";
import { textOf } from "../../metrics/support.ts";
import { collectorConfig } from "../../support/configs.ts";
import { type ManualClock, manualClock, settled } from "../../support/manual-clock.ts";
import { recordedLog } from "../../support/recorded-log.ts";
import type { Answer, Minute, Replica, Span } from "./scenario.ts";

const minuteOf = (time: Micros): Minute => time / 60e6;
const atMinute = (minute: Minute): Micros => micros(minute * 60e6);
const within = (minute: Minute, [from, until]: Span): boolean => from <= minute && minute < until;

/**
 * Lets the exporter's own collector, store and metrics live through a scenario, a minute a step: first Prometheus
 * scrapes, then what is due is polled.
 *
 * @returns the text of each scrape by its minute; a minute in which it does not run is not there
 */
export async function replicaHistory(replica: Replica, end: Minute): Promise<ReadonlyMap<Minute, string>> {
  const [from, until] = replica.lives ?? [0, end + 1];
  const clock = manualClock(atMinute(from));
  const exporter = startExporter(replica, clock);
  const scrapes = new Map<Minute, string>();
  for (let minute = from; minute < Math.min(until, end + 1); minute += 1) {
    exporter.configure(minute);
    scrapes.set(minute, await exporter.scrape());
    await exporter.poll(minute);
    await clock.advance(60_000);
  }
  return scrapes;
}

function startExporter(replica: Replica, clock: ManualClock) {
  const { project = "prod", tasks, every = 1, lives: [start] = [0] } = replica;
  // Without the process's own metrics: no alert looks at them, and reading them takes longer than all the rest.
  const registry = new Registry();
  const observer = createApiMetrics(registry)(project);
  const store = createTaskStore();
  const health = createProjectHealth({ store, clock, onChange: () => {} });
  health.setProjects([project]);
  const hanging = new Set<() => void>();

  function answerOf(id: string): Answer {
    const minute = minuteOf(clock.now());
    if (replica.cutOff && within(minute, replica.cutOff)) return "network";
    return tasks.find((task) => task.id === id)?.answer(minute) ?? "not_found";
  }

  const api: Pick<ProjectApi, "showOperationLog" | "pausedMs"> = {
    pausedMs: () => 0,
    async showOperationLog(id) {
      const nextMinute = (): Promise<void> => new Promise((resolve) => hanging.add(resolve));
      while (answerOf(id) === "hangs") await nextMinute();
      const answer = answerOf(id);
      health.requesting(project);
      if (answer === "slow timeout") await nextMinute();
      health.requested(project, clock.now());
      observer.attempted("ShowOpLog", "none", 0.1);
      if (typeof answer === "object") return { id, ...answer };
      if (answer === "hangs") throw new Error("it no longer hangs");
      const reason = answer === "slow timeout" ? "timeout" : answer;
      observer.failed("ShowOpLog", reason);
      throw new ApiError({ project, operation: "ShowOpLog", reason, message: reason });
    },
  };

  const ticks: TickListener[] = [];
  const tick = (more: number): Micros => {
    const passed = Math.floor((minuteOf(clock.now()) - start) / every);
    return atMinute(start + (passed + more) * every);
  };
  const schedule: Schedule = {
    start: (onTick) => void ticks.push(onTick),
    next: () => tick(1),
    previous: () => tick(0),
    stop: () => {},
  };
  const collector: Collector = createCollector({
    config: collectorConfig({ name: "nightly", project, tasks: tasks.map(({ id }) => ({ id, labels: {} })) }),
    project: { name: project, concurrency: 4 },
    api,
    store,
    health,
    schedule,
    clock,
    random: () => 0.5,
    log: recordedLog(),
    refreshTasks: async () => true,
  });
  collector.start(false);
  registerStateMetrics(registry, {
    projects: () =>
      health
        .states()
        .map((state) => ({ ...state, skewMs: 0, method: replica.method ?? "token_file", expiresAt: expiry() })),
    collectors: () => [collector.state()],
  });
  const exposition = createExposition({ store, registry, clock });

  function expiry(): Micros | undefined {
    const ends = replica.tokenEnds?.(minuteOf(clock.now()));
    return ends === undefined ? undefined : atMinute(ends);
  }

  return {
    configure(minute: Minute): void {
      const wanted = tasks.filter(({ during }) => !during || within(minute, during));
      const labelNames = [...new Set(tasks.flatMap(({ labels = {} }) => Object.keys(labels)))];
      const members = wanted.map(({ id, name, labels = {} }) => ({
        project,
        taskId: id,
        origin: {
          collector: "nightly",
          ...(name === undefined ? {} : { name }),
          labels: Object.fromEntries(labelNames.map((label) => [label, labels[label] ?? ""])),
        },
        dueAt: clock.now(),
      }));
      store.setMembers(new Map([["nightly", members]]));
    },
    async scrape(): Promise<string> {
      return textOf(await exposition.body("text", "identity"));
    },
    async poll(minute: Minute): Promise<void> {
      if ((minute - start) % every === 0) for (const onTick of ticks) onTick(clock.now(), false);
      await settled();
      for (const resume of hanging) resume();
      hanging.clear();
      await settled();
    },
  };
}
