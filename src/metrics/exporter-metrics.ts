import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/micros.ts";
import type { Shard } from "../base/shard.ts";

export interface Build {
  readonly version: string;
  /** The commit it was built from, or `unknown`. */
  readonly revision: string;
  readonly nodeVersion: string;
}

/** What the exporter's own metrics are told. */
export interface ExporterEvents {
  configApplied(at: Micros): void;
  /** Another configuration could not be put in force; the one before stays. */
  configRejected(): void;
  /** Times that lie ahead after the clock was set back become now. */
  clockSetBack(now: Micros): void;
  /** Facts are stored. @param isLastWriteGood whether the last try to write them succeeded */
  storesFacts(isLastWriteGood: () => boolean): void;
}

/** Registers the exporter's own metrics and those of its process. */
export function registerExporterMetrics(
  registry: Registry,
  build: Build,
  clock: Pick<Clock, "now">,
  { index, count }: Shard,
): ExporterEvents {
  const registers = [registry];
  new Gauge({
    name: "cbr_exporter_build_info",
    help: "Always 1. Version and revision of the exporter, and the version of Node.js that runs it.",
    labelNames: ["version", "revision", "node_version"],
    registers,
  }).set({ version: build.version, revision: build.revision, node_version: build.nodeVersion }, 1);
  new Gauge({
    name: "cbr_exporter_shards",
    help: "How many shards share the tasks, a count (--shard.count); 1 where they are not shared. The label shard is the index of this one.",
    labelNames: ["shard"],
    registers,
  }).set({ shard: `${index}` }, count);
  new Gauge({
    name: "cbr_exporter_time_seconds",
    help: "The clock of the exporter's machine, in Unix seconds, so that rules compare the exporter's times with its own clock.",
    registers,
    collect() {
      this.set(clock.now() / 1e6);
    },
  });
  const successful = new Gauge({
    name: "cbr_exporter_config_last_reload_successful",
    help: "1 when the last attempt to load the configuration was successful, else 0.",
    registers,
  });
  const successfulAt = new Gauge({
    name: "cbr_exporter_config_last_reload_success_timestamp_seconds",
    help: "When the configuration was last loaded successfully, in Unix seconds.",
    registers,
  });
  // Not known yet is absent, not 1970.
  successfulAt.remove();
  collectDefaultMetrics({ register: registry });
  let appliedAt: Micros | undefined;

  function setAppliedAt(at: Micros): void {
    appliedAt = at;
    successfulAt.set(at / 1e6);
  }

  return {
    configApplied(at) {
      successful.set(1);
      setAppliedAt(at);
    },
    configRejected: () => successful.set(0),
    storesFacts(isLastWriteGood) {
      new Gauge({
        name: "cbr_exporter_storage_last_write_successful",
        help: "1 when the last write to --storage.path was successful, else 0. Absent without.",
        registers,
        collect() {
          this.set(isLastWriteGood() ? 1 : 0);
        },
      });
    },
    clockSetBack(now) {
      if (appliedAt !== undefined && appliedAt > now) setAppliedAt(now);
    },
  };
}
