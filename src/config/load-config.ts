import { dirname } from "node:path";
import type { Micros } from "../base/micros.ts";
import { type FileText, maxFileBytes, readTextFile } from "../base/read-text-file.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./expand-variables.ts";
import { formatProblem, formatProblems } from "./format-problem.ts";
import type { FileProblem, Problem } from "./problem.ts";
import { judgeCollector } from "./read/collector.ts";
import { configuration } from "./read/configuration.ts";
import { problemsOf, rootPlace, wrong } from "./read/place.ts";
import { type FirstLook, takeFirstLook, tasksAtFirst } from "./task-files/look-at-files.ts";
import { readYaml } from "./yaml/parse.ts";

/** A configuration that is good, and all that is to be said of it. */
export interface Loaded {
  readonly ok: true;
  readonly config: Config;
  /** As it is written, secrets included. */
  readonly text: string;
  /** What the task files hold. */
  readonly firstLook: FirstLook;
  /** Whole lines, placed like problems. */
  readonly warnings: readonly string[];
  /** Whole lines of the same shape, about what is right and good to know. */
  readonly notices: readonly string[];
  /** Projects whose secrets or certificates cannot be had from their files now, in their order. */
  readonly brokenProjects: readonly BrokenProject[];
  /** The lines of all of them, each once, sorted: what a check has to say. */
  readonly brokenFiles: readonly string[];
}

export type LoadResult =
  | Loaded
  | {
      readonly ok: false;
      /** Whole lines, `config.yaml:12:7: collectors[0].schedule: …`, sorted. */
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
  /** Label names of the exporter's own metrics, which users may not take. */
  readonly reservedLabels: ReadonlySet<string>;
  /** Schedules are judged by their ticks from now on; not at all without it. */
  readonly now?: Micros;
  /** Told what the file holds, or why it cannot be read. */
  readonly onRead?: (content: FileText) => void;
}

export interface ParseConfigOptions extends LoadConfigOptions {
  /** The content; then `file` is not read, but relative paths still begin at its folder. */
  readonly text: string;
}

/** Reads and checks a configuration and all files it names; tells every problem. Never throws. */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadResult> {
  const { file } = options;
  const content = await readTextFile(file);
  options.onRead?.(content);
  if (content.ok) return parseConfig({ text: content.text, ...options });
  const advice = content.reason === "no such file" ? "; name the configuration with --config.file" : "";
  return { ok: false, problems: [`${file}: cannot be read: ${content.reason}${advice}`] };
}

/** The same for a configuration that is no file. */
export async function parseConfig({ text, file, env, reservedLabels, now }: ParseConfigOptions): Promise<LoadResult> {
  if (Buffer.byteLength(text) > maxFileBytes) {
    return { ok: false, problems: [`${file}: cannot be read: it is larger than 10 MiB`] };
  }
  const inFile = (problem: Problem): FileProblem => ({ ...problem, file });
  const toLines = (list: readonly Problem[]): readonly string[] => formatProblems(list.map(inFile));
  const yaml = readYaml(text, { env, whenEmpty: "the file is empty; it must be a map with projects and collectors" });
  if (!yaml.tree) return { ok: false, problems: toLines(yaml.problems) };
  const place = rootPlace(yaml.tree, { env, folder: dirname(file), reservedLabels });
  const value = configuration.read(place);
  const { reading } = place;
  const ofFiles: Problem[] = [];
  for (const check of reading.fileChecks) ofFiles.push(...(await check()));
  const loaded = await takeFirstLook(reading.taskLists, { file, env, reservedLabels });

  const others = [...problemsOf(place, yaml.problems).map(inFile), ...loaded.problems];
  if (others.length > 0 || value === wrong) {
    return { ok: false, problems: formatProblems([...others, ...ofFiles.map(inFile)]) };
  }
  const { projects } = value;
  const { problems: _, ...firstLook } = loaded;
  for (const draft of value.collectors) {
    const count = draft.config.tasks.length + tasksAtFirst(draft.config, firstLook).length;
    judgeCollector(draft, count, projects, now);
  }
  const brokenProjects = projects.flatMap(({ name }, index): BrokenProject[] => {
    const own = ofFiles.filter(({ path }) => path[1] === index);
    return own.length > 0 ? [{ project: name, lines: toLines(own) }] : [];
  });
  return {
    ok: true,
    text,
    config: { projects, collectors: value.collectors.map(({ config }) => config) },
    firstLook,
    warnings: reading.warnings.map((problem) => formatProblem(inFile(problem))),
    notices: reading.notices.map((problem) => formatProblem(inFile(problem))),
    brokenProjects,
    brokenFiles: toLines(ofFiles),
  };
}
