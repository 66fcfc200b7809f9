import * as config from "../../src/config/load-config.ts";
import { taskLabelNames } from "../../src/metrics/families/task.ts";

type Without<T> = Omit<T, "reservedLabels">;

/** As the program does it, with the label names that it reserves. */
export function loadConfig(options: Without<config.LoadConfigOptions>): Promise<config.LoadResult> {
  return config.loadConfig({ ...options, reservedLabels: taskLabelNames });
}

/** The same for a text. */
export function parseConfig(options: Without<config.ParseConfigOptions>): Promise<config.LoadResult> {
  return config.parseConfig({ ...options, reservedLabels: taskLabelNames });
}
