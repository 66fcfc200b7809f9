import type { Scenario } from "../scenario.ts";
import { annotations } from "./annotations.ts";
import { api } from "./api.ts";
import { appConsistency } from "./app-consistency.ts";
import { exporter } from "./exporter.ts";
import { finished } from "./finished.ts";
import { healthySchedules } from "./healthy.ts";
import { notFound } from "./not-found.ts";
import { pollStale } from "./poll-stale.ts";
import { stalled } from "./stalled.ts";
import { tooLong } from "./too-long.ts";

/** The cases of each file of rule tests, by its name. */
export const scenarioFiles: Readonly<Record<string, readonly Scenario[]>> = {
  "annotations.yaml": annotations,
  "finished.yaml": finished,
  "app-consistency.yaml": appConsistency,
  "stalled.yaml": stalled,
  "too-long.yaml": tooLong,
  "poll-stale.yaml": pollStale,
  "not-found.yaml": notFound,
  "api.yaml": api,
  "exporter.yaml": exporter,
  "healthy.yaml": healthySchedules,
};
