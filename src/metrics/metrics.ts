import { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import { type ApiMetrics, createApiMetrics } from "./api-metrics.ts";
import { type Build, type ExporterEvents, registerExporterMetrics } from "./exporter-metrics.ts";
import { createExposition, type Exposition, type Sources } from "./exposition.ts";

/** Everything that `/metrics` shows. */
export interface Metrics extends ApiMetrics, ExporterEvents {
  /** Starts to follow what an exporter knows. */
  expose(sources: Sources): Exposition;
}

export function createMetrics({ build, clock }: { readonly build: Build; readonly clock: Clock }): Metrics {
  const registry = new Registry();
  return {
    ...createApiMetrics(registry),
    ...registerExporterMetrics(registry, build, clock),
    expose: (sources) => createExposition(sources, registry, clock),
  };
}
