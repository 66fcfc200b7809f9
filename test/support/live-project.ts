import { fromMillis, later, type Micros } from "../../src/base/micros.ts";
import type { CollectorConfig, Config } from "../../src/config/config.ts";
import type { Fault } from "../../src/simulator/faults/kinds.ts";
import type { SimTask } from "../../src/simulator/tasks/sim-task.ts";
import { runningTask } from "./cloud.ts";
import { collectorConfig, type ProjectPart, projectConfig, taskConfigs } from "./configs.ts";
import { type LiveExporter, type LiveOptions, openLiveExporter } from "./live-exporter.ts";
import { newYear } from "./manual-clock.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** So many seconds after the start. */
export const at = (seconds: number): Micros => later(newYear, fromMillis(seconds * 1000));

/** Collectors of the project, by their names. */
export type Collectors = Readonly<Record<string, Partial<CollectorConfig>>>;

/** What is wrong in the cloud, by the target of the fault. */
export type Faults = Readonly<Record<string, Fault | "missing">>;

export interface LiveProjectOptions extends LiveOptions {
  /** Default: one that polls tasks `a` and `b` each half minute. */
  readonly collectors?: Collectors;
  readonly project?: ProjectPart | ((url: string) => ProjectPart);
  /** Those of the cloud; default: what the collectors ask for runs. */
  readonly tasks?: readonly SimTask[];
  /** Those that are there from the start on. */
  readonly faults?: Faults;
}

export interface LiveProject extends LiveExporter {
  /** The configuration with other collectors, or another project. */
  config(collectors?: Collectors, project?: ProjectPart): Config;
}

/** An exporter of one project, which asks one task at a time, and does so once; its configuration is not in force yet. */
export async function openLiveProject(options: LiveProjectOptions = {}): Promise<LiveProject> {
  const { collectors = { weekend: { tasks: taskConfigs("a", "b") } }, project = {}, ...others } = options;
  const ids = Object.values(collectors).flatMap(({ tasks = [] }) => tasks.map(({ id }) => id));
  const { tasks = ids.map(runningTask), simulator = {} } = options;
  const exporter = await openLiveExporter({ ...others, simulator: { tasks, ...simulator } });
  const { url, removeTask, setFault } = exporter.simulator;
  for (const [target, fault] of Object.entries(options.faults ?? {})) {
    if (fault === "missing") removeTask(target);
    else setFault(target, fault);
  }
  const usual: ProjectPart = {
    endpoint: url,
    rateLimit: Number.POSITIVE_INFINITY,
    concurrency: 1,
    timeoutMs: 10_000,
    ...(typeof project === "function" ? project(url) : project),
  };
  return {
    ...exporter,
    config: (wanted = collectors, part = {}) => ({
      projects: [projectConfig({ ...usual, ...part })],
      collectors: Object.entries(wanted).map(([name, own]) => collectorConfig({ name, ...own })),
    }),
  };
}

/** The same, with its configuration in force. */
export async function startLiveProject(options: LiveProjectOptions = {}): Promise<LiveProject> {
  const exporter = await openLiveProject(options);
  await exporter.reload(exporter.config());
  return exporter;
}
