import type { Scenario } from "../scenario.ts";
import { cloud } from "./cloud.ts";
import { exporter } from "./exporter.ts";
import { finished } from "./finished.ts";
import { found } from "./found.ts";
import { healthySchedules } from "./healthy.ts";
import { inventory } from "./inventory.ts";
import { logins } from "./logins.ts";
import { missingBackups } from "./missing-backups.ts";
import { shards } from "./shards.ts";
import { unfinished } from "./unfinished.ts";
import { vaults } from "./vaults.ts";

/** What is about tasks, in the order of the table of docs/alerting.md. */
export const taskScenarios: readonly Scenario[] = [...finished, ...found, ...unfinished, ...healthySchedules];

/** What is about the cloud, logins, the exporters themselves, and several that share the tasks. */
export const cloudScenarios: readonly Scenario[] = [...cloud, ...logins, ...exporter, ...shards];

/** What is about lists of vaults, policies and backups. */
export const inventoryScenarios: readonly Scenario[] = [...missingBackups, ...vaults, ...inventory];

export const scenarios: readonly Scenario[] = [...taskScenarios, ...inventoryScenarios, ...cloudScenarios];
