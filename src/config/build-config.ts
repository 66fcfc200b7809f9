import { dirname, resolve } from "node:path";
import type { AuthConfig, CollectorConfig, Config, ProjectConfig, TaskConfig } from "./config.ts";
import { absolutePattern } from "./find-files.ts";
import { toTask } from "./parse-task-file.ts";
import { regionEndpoint } from "./region-endpoint.ts";
import type { ParsedConfig } from "./schema/config-schema.ts";
import { Secret } from "./secret.ts";

type ParsedProject = ParsedConfig["projects"][number];
type ParsedCollector = ParsedConfig["collectors"][number];

export interface BuildConfigOptions {
  readonly parsed: ParsedConfig;
  /** The configuration file, whose folder relative paths begin at. */
  readonly file: string;
  /** By collector, in their order. */
  readonly fileTasks: readonly (readonly TaskConfig[])[];
}

/** Makes the configuration of what has been checked. */
export function buildConfig({ parsed, file, fileTasks }: BuildConfigOptions): Config {
  const folder = dirname(file);
  const projects = parsed.projects.map((project) => buildProject(project, folder));
  const onlyProject = projects[0]?.name ?? "";
  const collectors = parsed.collectors.map((collector, index) =>
    buildCollector(collector, { folder, onlyProject, fileTasks: fileTasks[index] ?? [] }),
  );
  return { projects, collectors };
}

function buildProject(project: ParsedProject, folder: string): ProjectConfig {
  const { region, iam_endpoint: iamEndpoint } = project;
  return {
    name: project.name,
    id: project.id,
    ...(region === undefined ? {} : { region }),
    endpoint: project.endpoint ?? regionEndpoint(region ?? ""),
    ...(iamEndpoint === undefined ? {} : { iamEndpoint }),
    auth: buildAuth(project.auth, folder),
    rateLimit: project.rate_limit,
    concurrency: project.concurrency,
    timeoutMs: project.timeout,
    retries: project.retries,
  };
}

function buildAuth(auth: ParsedProject["auth"], folder: string): AuthConfig {
  if (auth.token !== undefined) return { method: "token", token: new Secret(auth.token) };
  return { method: "token_file", path: resolve(folder, auth.token_file ?? "") };
}

interface CollectorContext {
  readonly folder: string;
  readonly onlyProject: string;
  readonly fileTasks: readonly TaskConfig[];
}

function buildCollector(collector: ParsedCollector, context: CollectorContext): CollectorConfig {
  const labels = collector.labels ?? {};
  return {
    name: collector.name,
    project: collector.project ?? context.onlyProject,
    schedule: collector.schedule,
    timezone: collector.timezone,
    runOnStart: collector.run_on_start,
    tasks: (collector.tasks ?? []).map((task) => toTask(task.id, task.name, { ...labels, ...task.labels })),
    fileTasks: context.fileTasks,
    taskFiles: (collector.task_files ?? []).map((entry) => absolutePattern(context.folder, entry)),
    labels,
  };
}
