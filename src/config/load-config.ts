import { dirname, resolve } from "node:path";
import { buildConfig } from "./build-config.ts";
import { capacityWarning } from "./capacity-warning.ts";
import { checkAcross } from "./check-across.ts";
import { checkShape } from "./check-shape.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./expand-variables.ts";
import { loadTaskFiles } from "./load-task-files.ts";
import type { Path } from "./path.ts";
import { type FileProblem, formatProblem, formatProblems, type Problem } from "./problem.ts";
import { maxFileBytes, readTextFile } from "./read-text-file.ts";
import { configSchema } from "./schema/config-schema.ts";
import { tokenFileFault } from "./token-file-fault.ts";
import { readYaml } from "./yaml/read-yaml.ts";
import { child, follow, items, type Tree, textOf } from "./yaml/tree.ts";

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config /** Whole lines, placed like problems. */;
      readonly warnings: readonly string[];
    }
  | {
      readonly ok: false /** Whole lines, `config.yaml:12:7: collectors[0].schedule: …`, sorted. */;
      readonly problems: readonly string[];
    };

export interface LoadConfigOptions {
  /** Path of the configuration, shown in problems just as it is given. */
  readonly file: string;
  /** What `${VAR}` is replaced from. */
  readonly env: Environment;
}

export interface ParseConfigOptions extends LoadConfigOptions {
  /** The content; then `file` is not read, but relative paths still begin at its folder. */
  readonly text: string;
}

/** Reads and checks a configuration and all files it names; tells every problem. Never throws. */
export async function loadConfig({ file, env }: LoadConfigOptions): Promise<LoadResult> {
  const content = await readTextFile(file);
  if (content.ok) return parseConfig({ text: content.text, file, env });
  const advice = content.reason === "no such file" ? "; name the configuration with --config.file" : "";
  return { ok: false, problems: [`${file}: cannot be read: ${content.reason}${advice}`] };
}

/** The same for a configuration that is no file. */
export async function parseConfig({ text, file, env }: ParseConfigOptions): Promise<LoadResult> {
  if (Buffer.byteLength(text) > maxFileBytes) {
    return { ok: false, problems: [`${file}: cannot be read: it is larger than 10 MiB`] };
  }
  const inFile = (problem: Problem): FileProblem => ({ ...problem, file });
  const { tree, problems: syntax } = readYaml(text, {
    env,
    whenEmpty: "the file is empty; it must be a map with projects and collectors",
  });
  if (!tree) return { ok: false, problems: formatProblems(syntax.map(inFile)) };

  const shape = checkShape(configSchema, tree);
  const problems: Problem[] = syntax.filter(({ path }) => !shape.isUnknown(path));
  problems.push(...shape.problems);
  const report = (problem: Problem): void => void problems.push(problem);
  checkAcross(tree, { report, isMisspelt: shape.isMisspelt });
  problems.push(...(await tokenFileProblems(tree, file)));
  const loaded = await loadTaskFiles(tree, file, env);

  const all = [...problems.map(inFile), ...loaded.problems];
  if (all.length > 0 || shape.value === undefined) return { ok: false, problems: formatProblems(all) };
  const config = buildConfig({ parsed: shape.value, file, fileTasks: loaded.fileTasks });
  return { ok: true, config, warnings: warningsOf(config, tree).map((warning) => formatProblem(inFile(warning))) };
}

async function tokenFileProblems(tree: Tree, file: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [index, project] of items(child(tree, "projects")).entries()) {
    const path = child(child(project, "auth"), "token_file");
    const text = textOf(path);
    if (path === undefined || text === undefined || text === "") continue;
    const message = await tokenFileFault(resolve(dirname(file), text));
    if (message !== undefined) problems.push({ at: path.at, path: ["projects", index, "auth", "token_file"], message });
  }
  return problems;
}

function warningsOf(config: Config, tree: Tree): readonly Problem[] {
  const warn = (path: Path, message: string): Problem => ({ at: follow(tree, path).tree.at, path, message });
  if (config.collectors.length === 0) return [warn(["collectors"], "there are none, so no task is polled")];
  return config.collectors.flatMap((collector, index) => {
    const project = config.projects.find(({ name }) => name === collector.project);
    if (!project) return [];
    const { schedule, timezone } = collector;
    const tasks = collector.tasks.length + collector.fileTasks.length;
    const message = capacityWarning({ tasks, schedule, timezone, rateLimit: project.rateLimit });
    return message === undefined ? [] : [warn(["collectors", index, "schedule"], message)];
  });
}
