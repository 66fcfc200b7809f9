import type { Scenario } from "../scenario.ts";
import { cloud } from "./cloud.ts";
import { exporter } from "./exporter.ts";
import { finished } from "./finished.ts";
import { found } from "./found.ts";
import { healthySchedules } from "./healthy.ts";
import { logins } from "./logins.ts";
import { shards } from "./shards.ts";
import { unfinished } from "./unfinished.ts";

/** What is about tasks, in the order of the table of docs/alerting.md. */
export const taskScenarios: readonly Scenario[] = [...finished, ...found, ...unfinished, ...healthySchedules];

/** What is about the cloud, logins, the exporters themselves, and several that share the tasks. */
export const cloudScenarios: readonly Scenario[] = [...cloud, ...logins, ...exporter, ...shards];

export const scenarios: readonly Scenario[] = [...taskScenarios, ...cloudScenarios];
