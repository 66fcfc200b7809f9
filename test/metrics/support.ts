import { gunzipSync } from "node:zlib";
import type { Registry } from "prom-client";
import { micros } from "../../src/base/micros.ts";
import { createEstate } from "../../src/estate/estate.ts";
import { followResources } from "../../src/estate/resources.ts";
import { followTaskCounts } from "../../src/estate/task-counts.ts";
import type { Build } from "../../src/metrics/exporter-metrics.ts";
import type { Body, Sources } from "../../src/metrics/exposition.ts";
import { registryText } from "../../src/metrics/registry-text.ts";
import type { Format } from "../../src/metrics/text.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { type TaskRecord, taskKey } from "../../src/tasks/task-record.ts";
import type { TaskStore } from "../../src/tasks/task-store.ts";
import { manualClock } from "../support/manual-clock.ts";

/** 2026-11-24T12:00:00Z. */
export const noon = micros(Date.UTC(2026, 10, 24, 12) * 1000);

export const build: Build = { version: "1.2.3", revision: "abc123", nodeVersion: "v20.19.0" };

/** A task that only the configuration knows, but for what `parts` says. */
export function record(parts: Partial<TaskRecord> = {}): TaskRecord {
  const { project = "prod", taskId = "t1" } = parts;
  return {
    key: taskKey(project, taskId),
    project,
    taskId,
    origin: { collector: "nightly", labels: {} },
    poll: {},
    finished: false,
    ...parts,
  };
}

/** A task of which the cloud said this. */
export function answered(log: Partial<OperationLog>, found = true): TaskRecord {
  return record({ facts: { log: { id: "t1", status: "running", ...log }, found, finalPolls: 0, statusSince: noon } });
}

export function bytesOf({ chunks }: Body): Buffer {
  return Buffer.concat(chunks);
}

export function textOf(body: Body, encoding: "identity" | "gzip" = "identity"): string {
  const bytes = bytesOf(body);
  return (encoding === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** A store, and what the exporter makes of its tasks. */
export function withEstate(store: TaskStore): Omit<Sources, "projects" | "collectors"> {
  const estate = createEstate();
  return {
    store,
    counted: store,
    resources: followResources(store, estate.resources, manualClock()),
    taskCounts: followTaskCounts(store),
    estate,
  };
}

/** The lines of samples, without HELP and TYPE. */
export function sampleLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The families whose name begins with `cbr_`, as they stand, and the end of the file where there is one. */
export function ownFamilies(text: string): string {
  return text
    .split(/^(?=# HELP )/m)
    .map((family) => (family.startsWith("# HELP cbr_") ? family : family.endsWith("# EOF\n") ? "# EOF\n" : ""))
    .join("");
}

/** What prom-client keeps, in both formats. */
export async function registryTexts(registry: Registry): Promise<Record<Format, string>> {
  const written = await registryText(registry);
  return { text: written("text"), openmetrics: written("openmetrics") };
}
