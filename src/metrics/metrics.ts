import { Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import { onlyShard, type Shard } from "../base/shard.ts";
import { type ApiMetrics, createApiMetrics } from "./api-metrics.ts";
import { type Build, type ExporterEvents, registerExporterMetrics } from "./exporter-metrics.ts";
import { createExposition, type Exposition, type Sources } from "./exposition.ts";
import { type Finishes, registerFinishes } from "./finishes.ts";
import type { ScrapeObserver } from "./text-forms.ts";

/** Everything that `/metrics` shows. */
export interface Metrics extends ApiMetrics, ExporterEvents {
  /** Starts to follow what an exporter knows. @param observer is told what scrapes cost */
  expose(sources: Sources, observer?: ScrapeObserver): Exposition;
  readonly finishes: Pick<Finishes, "counts" | "restore">;
}

export interface MetricsOptions {
  readonly build: Build;
  readonly clock: Clock;
  /** Default: the only one. */
  readonly shard?: Shard;
}

export function createMetrics({ build, clock, shard = onlyShard }: MetricsOptions): Metrics {
  const registry = new Registry();
  const api = createApiMetrics(registry);
  const finishes = registerFinishes(registry);
  return {
    ...registerExporterMetrics(registry, build, clock, shard),
    observe(project, operations) {
      finishes.start(project);
      return api.observe(project, operations);
    },
    async forget(project) {
      finishes.forget(project);
      await api.forget(project);
    },
    finishes,
    expose(sources, observer) {
      finishes.follow(sources.counted);
      return createExposition(sources, { registry, clock, observer });
    },
  };
}
