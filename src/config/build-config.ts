import { dirname } from "node:path";
import { buildProject } from "./build-project.ts";
import type { CollectorConfig, Config } from "./config.ts";
import type { Environment } from "./expand-variables.ts";
import type { ParsedConfig } from "./schema/config-schema.ts";
import { sdkEnvironment } from "./sdk-environment.ts";
import { absolutePattern } from "./task-files/find-files.ts";
import type { LoadedTasks } from "./task-files/load-task-files.ts";
import { toTask } from "./task-files/parse-task-file.ts";

type ParsedCollector = ParsedConfig["collectors"][number];

export interface BuildConfigOptions {
  readonly parsed: ParsedConfig;
  /** The configuration file, whose folder relative paths begin at. */
  readonly file: string;
  readonly files: Pick<LoadedTasks, "fileTasks" | "found">;
  /** Holds the login of a project without one. */
  readonly env: Environment;
}

/** Makes the configuration of what has been checked. */
export function buildConfig({ parsed, file, files, env }: BuildConfigOptions): Config {
  const folder = dirname(file);
  const projects = parsed.projects.map((project) => buildProject(project, { folder, sdk: sdkEnvironment(env) }));
  const onlyProject = projects[0]?.name ?? "";
  const collectors = parsed.collectors.map((collector, index) =>
    buildCollector(collector, {
      folder,
      onlyProject,
      fileTasks: files.fileTasks[index] ?? [],
      taskFilesFound: files.found[index] ?? [],
    }),
  );
  return { projects, collectors };
}

interface CollectorContext extends Pick<CollectorConfig, "fileTasks" | "taskFilesFound"> {
  readonly folder: string;
  readonly onlyProject: string;
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
    taskFilesFound: context.taskFilesFound,
    labels,
  };
}
