import { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import { createApiMetrics, type Observe } from "./api-metrics.ts";
import { type Build, type ExporterEvents, registerExporterMetrics } from "./exporter-metrics.ts";
import { createExposition, type Exposition, type Sources } from "./exposition.ts";

/** Everything that `/metrics` shows. */
export interface Metrics extends ExporterEvents {
  /** What counts the requests of a project. */
  readonly observe: Observe;
  /** Starts to follow what an exporter knows. */
  expose(sources: Sources): Exposition;
}

export function createMetrics({ build, clock }: { readonly build: Build; readonly clock: Clock }): Metrics {
  const registry = new Registry();
  return {
    observe: createApiMetrics(registry),
    ...registerExporterMetrics(registry, build, clock),
    expose: (sources) => createExposition(sources, registry, clock),
  };
}
