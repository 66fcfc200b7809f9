import { createSecret } from "../../src/base/secret.ts";
import type {
  CollectorConfig,
  DiscoverConfig,
  InventoryConfig,
  ProjectConfig,
  TaskConfig,
} from "../../src/config/config.ts";
import { defaultToken } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";

/** What a project has of its own; `id: undefined` for one whose id is looked up. */
export type ProjectPart = Omit<Partial<ProjectConfig>, "id"> & { readonly id?: string | undefined };

/** A project as the simulator has it. */
export function projectConfig(part: ProjectPart = {}): ProjectConfig {
  const { id, ...others } = { id: vendorProjectId, ...part };
  return {
    name: "prod",
    ...(id !== undefined && { id }),
    endpoint: "http://127.0.0.1:9",
    auth: { method: "token", token: createSecret(defaultToken) },
    rateLimit: 1000,
    concurrency: 4,
    timeoutMs: 5_000,
    retries: 0,
    ...others,
  };
}

export function collectorConfig(part: Partial<CollectorConfig> = {}): CollectorConfig {
  return {
    name: "weekend",
    project: "prod",
    schedule: "*/30 * * * * *",
    timezone: "UTC",
    runOnStart: true,
    tasks: [],
    taskFiles: [],
    labels: {},
    ...part,
  };
}

/** What `discover: {}` stands for. */
export function discoverConfig(part: Partial<DiscoverConfig> = {}): DiscoverConfig {
  const day = 24 * 3600 * 1000;
  return { sinceMs: 7 * day, operationTypes: [], vaults: [], resources: [], maxTasks: 2000, keepMs: day, ...part };
}

export function inventoryConfig(part: Partial<InventoryConfig> = {}): InventoryConfig {
  return { vaults: [], restorePoints: true, unprotected: [], graceMs: 6 * 3600 * 1000, ...part };
}

export function taskConfigs(...ids: readonly string[]): readonly TaskConfig[] {
  return ids.map((id) => ({ id, labels: {} }));
}
