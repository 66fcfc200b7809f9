import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import type { Micros } from "../tasks/micros.ts";

export interface Build {
  readonly version: string;
  /** The commit it was built from, or `unknown`. */
  readonly revision: string;
  readonly nodeVersion: string;
}

/** Registers the exporter's own metrics and those of its process. @returns what to call when a configuration is in force */
export function registerExporterMetrics(registry: Registry, build: Build): { configApplied(at: Micros): void } {
  const registers = [registry];
  new Gauge({
    name: "cbr_exporter_build_info",
    help: "Always 1. Version and revision of the exporter, and the version of Node.js that runs it.",
    labelNames: ["version", "revision", "node_version"],
    registers,
  }).set({ version: build.version, revision: build.revision, node_version: build.nodeVersion }, 1);
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
  return {
    configApplied(at) {
      successful.set(1);
      successfulAt.set(at / 1e6);
    },
  };
}
