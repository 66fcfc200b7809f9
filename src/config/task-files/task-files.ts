import { isDeepStrictEqual } from "node:util";
import type { CollectorConfig, Config, TaskConfig } from "../config.ts";
import { formatProblem } from "../format-problem.ts";
import { sameTasks } from "../same-tasks.ts";
import { type Candidate, refuseRepeated, type TaskList } from "./judge-task-files.ts";
import { cannotBeLookedUp, cannotBeRead, linesOf, noLook, tasksIn, type WatchedFile } from "./look-at-files.ts";
import { createLooks, giveUpMs, type LooksOptions } from "./task-file-looks.ts";

/** The task files of a configuration, looked at again before each run. */
export interface TaskFiles {
  /** What is in force, by the name of the collector: at first what the first look found. */
  tasks(): TaskFilesResult["tasks"];
  /** Looks at the files, and waits for those of this collector; ten seconds at the most for what hangs. Never rejects. */
  refresh(collector: string): Promise<TaskFilesResult>;
  /** Lets all that wait go on with what is in force; nothing is looked at any more. */
  close(): void;
}

export interface TaskFilesResult {
  /** By the name of the collector: the tasks of its files, with the collector's labels. */
  readonly tasks: ReadonlyMap<string, readonly TaskConfig[]>;
  /** Collectors whose tasks differ from the previous result; at first, from those of the first look. */
  readonly changed: ReadonlySet<string>;
  /** Collectors for which some file is missing or wrong now; it keeps its last good content. */
  readonly failed: ReadonlySet<string>;
  /** Whole lines, each told once until it has been right in between or the reason changes. */
  readonly problems: readonly string[];
}

/** What one entry of a collector's `task_files` names. */
interface Entry {
  readonly collector: CollectorConfig;
  /** As messages name it. */
  readonly place: string;
  readonly pattern: string;
  /** Those of the last look that saw all, and what was seen since. */
  paths: readonly string[];
}

/** What a collector takes from a file, which is shown as its path. */
interface FileTasks extends TaskList {
  readonly collector: CollectorConfig;
  /** The content that they are from; undefined before there was a good one. */
  readonly source: WatchedFile | undefined;
  readonly tasks: readonly TaskConfig[];
}

export function createTaskFiles({ collectors }: Config, options: LooksOptions): TaskFiles {
  const { first = noLook } = options;
  const looks = createLooks(new Map(collectors.map(({ name, taskFiles }) => [name, taskFiles])), options);
  const configured = collectors.map(({ project, tasks: listed }): TaskList => {
    return { scope: project, shown: "the configuration", listed };
  });
  const entries = collectors.flatMap((collector) =>
    collector.taskFiles.map((pattern, index): Entry => {
      const place = `collector "${collector.name}": task_files[${index}]`;
      return { collector, place, pattern, paths: first.found.get(pattern) ?? [] };
    }),
  );
  /** By collector and file. */
  let inForce = new Map<string, FileTasks>();
  for (const { collector, paths } of entries) {
    for (const path of paths) inForce.set(keyOf(collector, path), fileTasks(collector, path, first.files.get(path)));
  }
  let tasks = listsOf(inForce.values());
  let failed: ReadonlySet<string> = new Set();
  /** What is wrong, by what it is about; all of it is told. */
  let told: ReadonlyMap<string, readonly string[]> = new Map();

  function listsOf(all: Iterable<FileTasks>): TaskFilesResult["tasks"] {
    const lists = new Map(collectors.map(({ name }): [string, TaskConfig[]] => [name, []]));
    for (const { collector, tasks: own } of all) lists.get(collector.name)?.push(...own);
    return lists;
  }

  /** Brings the paths of an entry up to date. @returns what is wrong with it */
  function update(entry: Entry): readonly string[] {
    const { state, answer } = looks.found(entry.pattern);
    const seen = answer?.paths ?? [];
    const faults = answer?.faults.map(({ path, reason }) => cannotBeLookedUp(reason, path)) ?? [];
    const said = state === "hung" ? [cannotBeLookedUp(noAnswer)] : faults;
    if (answer && said.length + seen.length === 0 && entry.paths.length > 0) {
      said.push("matches no file any more; leave a file with [] if that is meant");
    }
    // While not all is seen, what was there stays.
    const isWhole = said.length === 0 && state === "answered" && seen.every((path) => looks.file(path).answer);
    entry.paths = isWhole ? seen : [...new Set([...entry.paths, ...seen])].sort();
    return said.map((text) => `${entry.place} ${text}`);
  }

  /** Judges what is known now. */
  function judge(): TaskFilesResult {
    const wrong = new Set<string>();
    const notices = new Map<string, readonly string[]>();
    const fail = ({ name }: CollectorConfig, about: string, lines: readonly string[]): void => {
      if (lines.length === 0) return;
      wrong.add(name);
      notices.set(about, lines);
    };
    const known = new Map<string, FileTasks>();
    const seen = new Set<string>();
    for (const entry of entries) {
      const { collector, place, pattern } = entry;
      fail(collector, place, update(entry));
      for (const path of looks.found(pattern).answer?.paths ?? []) seen.add(keyOf(collector, path));
      for (const path of entry.paths) {
        const key = keyOf(collector, path);
        known.set(key, inForce.get(key) ?? fileTasks(collector, path));
      }
    }

    const candidates = [...known].map(([key, before]): Candidate<FileTasks> => {
      // A file that an entry keeps without seeing it is not there to be read.
      if (!seen.has(key)) return { inForce: before };
      const { collector, shown: path } = before;
      const { state, answer: file } = looks.file(path);
      const lines = state === "hung" ? [cannotBeRead(path, noAnswer)] : file ? linesOf(path, file) : [];
      fail(collector, path, lines);
      if (lines.length > 0 || file === undefined || before.source === file) return { inForce: before };
      const next = fileTasks(collector, path, file);
      // What says the same as before is not new, and needs no judgement.
      return sameTasks(next.tasks, before.tasks) ? { inForce: next } : { inForce: before, next };
    });
    const refused = refuseRepeated(configured, candidates);
    for (const [{ inForce: kept }, problem] of refused) {
      fail(kept.collector, keyOf(kept.collector, kept.shown), [formatProblem({ ...problem, file: kept.shown })]);
    }
    const taken = candidates.map((it) => (it.next === undefined || refused.has(it) ? it.inForce : it.next));

    inForce = new Map(taken.map((it) => [keyOf(it.collector, it.shown), it]));
    const lists = listsOf(taken);
    const changed = new Map([...lists].filter(([name, list]) => !sameTasks(list, tasks.get(name) ?? [])));
    // What has not changed stays the very same list.
    tasks = new Map([...tasks, ...changed]);
    failed = wrong;
    const news = [...notices].filter(([about, lines]) => !isDeepStrictEqual(lines, told.get(about)));
    told = notices;
    return { tasks, changed: new Set(changed.keys()), failed, problems: news.flatMap(shortened) };
  }

  const waiting = new Set<() => void>();
  let closed = false;
  return {
    tasks: () => tasks,
    async refresh(collector) {
      if (!closed) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          void looks.take(collector).then(() => waiting.delete(resolve) && resolve());
        });
      }
      // Each asks for the news, but most often there is none: then the cost is that of asking for the files' times.
      if (closed || !looks.hasNews()) return { tasks, changed: new Set(), failed, problems: [] };
      return judge();
    },
    close() {
      closed = true;
      for (const goOn of waiting) goOn();
    },
  };
}

const noAnswer = `no answer for ${giveUpMs / 1000} s`;

function fileTasks(collector: CollectorConfig, path: string, source?: WatchedFile): FileTasks {
  const tasks = tasksIn(source, collector.labels, path);
  return { scope: collector.project, shown: path, listed: source?.listed ?? [], collector, source, tasks };
}

function keyOf({ name }: CollectorConfig, path: string): string {
  return `${name}\0${path}`;
}

/** Lines about one thing that are told at once: a file that became garbage may have thousands. */
const maxLines = 10;

function shortened([about, lines]: readonly [string, readonly string[]]): readonly string[] {
  if (lines.length <= maxLines) return lines;
  return [...lines.slice(0, maxLines), `${about}: and ${lines.length - maxLines} more problems`];
}
