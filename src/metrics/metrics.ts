import { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { createApiMetrics, type Observe } from "./api-metrics.ts";
import { type Build, type ExporterEvents, registerExporterMetrics } from "./exporter-metrics.ts";
import { createExposition, type Exposition } from "./exposition.ts";
import { registerStateMetrics, type States } from "./state-metrics.ts";

/** Everything that `/metrics` shows: the task families of the store, and what prom-client keeps. */
export interface Metrics extends ExporterEvents {
  /** What counts the requests of a project. */
  readonly observe: Observe;
  /** Starts to follow the tasks and states of an exporter. */
  expose(source: States & { readonly store: TaskStore }): Exposition;
}

export function createMetrics({ build, clock }: { readonly build: Build; readonly clock: Clock }): Metrics {
  const registry = new Registry();
  const observe = createApiMetrics(registry);
  const events = registerExporterMetrics(registry, build, clock);
  return {
    observe,
    ...events,
    expose({ store, ...states }) {
      registerStateMetrics(registry, states);
      return createExposition({ store, registry, clock });
    },
  };
}
