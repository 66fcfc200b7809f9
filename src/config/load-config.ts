import type { Micros } from "../base/micros.ts";
import { maxFileBytes, readTextFile } from "../base/read-text-file.ts";
import { buildConfig } from "./build-config.ts";
import { checkAcross } from "./check-across.ts";
import { checkShape } from "./check-shape.ts";
import type { Config } from "./config.ts";
import { configNotices } from "./config-notices.ts";
import { configWarnings, scheduleNotices } from "./config-warnings.ts";
import type { Environment } from "./expand-variables.ts";
import { type FileProblem, formatProblem, formatProblems, type Problem } from "./problem.ts";
import { configSchema } from "./schema/config-schema.ts";
import { secretFileProblems } from "./secret-file-problems.ts";
import { loadTaskFiles } from "./task-files/load-task-files.ts";
import { tlsFileProblems } from "./tls-file-problems.ts";
import { readYaml } from "./yaml/read-yaml.ts";

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config /** Whole lines, placed like problems. */;
      readonly warnings: readonly string[];
      /** Whole lines of the same shape, about what is right and good to know. */
      readonly notices: readonly string[];
      /** Projects whose secrets or certificates cannot be had from their files now, in their order. */
      readonly brokenProjects: readonly BrokenProject[];
      /** The lines of all of them, each once, sorted: what a check has to say. */
      readonly brokenFiles: readonly string[];
    }
  | {
      readonly ok: false /** Whole lines, `config.yaml:12:7: collectors[0].schedule: …`, sorted. */;
      readonly problems: readonly string[];
    };

/** A project that cannot be asked until its files are right; all others can. */
export interface BrokenProject {
  readonly project: string;
  /** Whole lines, placed like problems. */
  readonly lines: readonly string[];
}

export interface LoadConfigOptions {
  /** Path of the configuration, shown in problems just as it is given. */
  readonly file: string;
  /** What `${VAR}` is replaced from; also the login of a project without `auth`. */
  readonly env: Environment;
  /** Schedules are judged by their ticks from now on; not at all without it. */
  readonly now?: Micros;
}

export interface ParseConfigOptions extends LoadConfigOptions {
  /** The content; then `file` is not read, but relative paths still begin at its folder. */
  readonly text: string;
}

/** Reads and checks a configuration and all files it names; tells every problem. Never throws. */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadResult> {
  const { file } = options;
  const content = await readTextFile(file);
  if (content.ok) return parseConfig({ text: content.text, ...options });
  const advice = content.reason === "no such file" ? "; name the configuration with --config.file" : "";
  return { ok: false, problems: [`${file}: cannot be read: ${content.reason}${advice}`] };
}

/** The same for a configuration that is no file. */
export async function parseConfig({ text, file, env, now }: ParseConfigOptions): Promise<LoadResult> {
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
  checkAcross(tree, { report, isMisspelt: shape.isMisspelt, env });
  const ofFiles = [...(await secretFileProblems(tree, file)), ...(await tlsFileProblems(tree, file))].map(inFile);
  const loaded = await loadTaskFiles(tree, file, env);

  const others = [...problems.map(inFile), ...loaded.problems];
  if (others.length > 0 || shape.value === undefined) {
    return { ok: false, problems: formatProblems([...others, ...ofFiles]) };
  }
  const config = buildConfig({ parsed: shape.value, file, files: loaded, env });
  const toLines = (list: readonly Problem[]): readonly string[] => list.map((item) => formatProblem(inFile(item)));
  const brokenProjects = config.projects.flatMap(({ name }, index): BrokenProject[] => {
    const own = ofFiles.filter(({ path }) => path[1] === index);
    return own.length > 0 ? [{ project: name, lines: formatProblems(own) }] : [];
  });
  return {
    ok: true,
    config,
    warnings: toLines(configWarnings(config, tree, now)),
    notices: toLines([...configNotices(config, tree, env), ...scheduleNotices(config, tree)]),
    brokenProjects,
    brokenFiles: formatProblems(ofFiles),
  };
}
