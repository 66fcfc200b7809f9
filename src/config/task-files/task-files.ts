import type { Config, TaskConfig } from "../config.ts";
import { sameTasks } from "../same-tasks.ts";
import { judgeTaskFiles, type TaskFileUse } from "./judge-task-files.ts";
import { fileTask, noLook } from "./load-task-files.ts";
import { createLooks, giveUpMs, type LooksOptions } from "./task-file-looks.ts";
import { createToldOnce, type Notice } from "./told-once.ts";
import { linesOf, type WatchedFile } from "./watched-file.ts";

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
  readonly collector: string;
  readonly index: number;
  readonly pattern: string;
  /** Those of the last look that saw all, and what was seen since. */
  paths: readonly string[];
}

export function createTaskFiles(config: Config, options: LooksOptions): TaskFiles {
  const { first = noLook } = options;
  const tellOnce = createToldOnce();
  const looks = createLooks(new Map(config.collectors.map(({ name, taskFiles }) => [name, taskFiles])), options);
  const labels = new Map(config.collectors.map((collector) => [collector.name, collector.labels]));
  const entries = config.collectors.flatMap(({ name: collector, taskFiles }) =>
    taskFiles.map((pattern, index): Entry => ({ collector, index, pattern, paths: first.found.get(pattern) ?? [] })),
  );
  /** What is in force, by collector and file. */
  let accepted = new Map<string, TaskFileUse>();
  for (const { collector, paths } of entries) {
    for (const path of paths) {
      const file = first.files.get(path);
      if (file) accepted.set(useKey(collector, path), useOf(collector, path, file));
    }
  }
  let tasks: TaskFilesResult["tasks"] = listsOf(accepted.values());
  let failed: ReadonlySet<string> = new Set();

  function useOf(collector: string, path: string, source: WatchedFile): TaskFileUse {
    return { collector, path, source, entries: entriesOf(source, path, labels.get(collector) ?? {}) };
  }

  function listsOf(uses: Iterable<TaskFileUse>): ReadonlyMap<string, readonly TaskConfig[]> {
    const lists = new Map(config.collectors.map(({ name }): [string, TaskConfig[]] => [name, []]));
    for (const use of uses) lists.get(use.collector)?.push(...tasksOf(use));
    return lists;
  }

  /** Brings the paths of an entry up to date. @returns what is wrong with it */
  function update(entry: Entry): readonly string[] {
    const { state, answer } = looks.found(entry.pattern);
    const seen = answer?.paths ?? [];
    const faults = state === "hung" ? [{ path: undefined, reason: noAnswer }] : (answer?.faults ?? []);
    const said = faults.map(({ path, reason }) => `cannot be looked up: ${path ? `${path}: ` : ""}${reason}`);
    if (answer && said.length + seen.length === 0 && entry.paths.length > 0) {
      said.push("matches no file any more; leave a file with [] if that is meant");
    }
    // While not all is seen, what was there stays.
    const isWhole = said.length === 0 && state === "answered" && seen.every((path) => looks.file(path).answer);
    entry.paths = isWhole ? seen : [...new Set([...entry.paths, ...seen])].sort();
    return said;
  }

  /** Judges what is known now. */
  function judge(): TaskFilesResult {
    const wrong = new Set<string>();
    const notices: Notice[] = [];
    const fail = (collector: string, about: string, lines: readonly string[]): void => {
      wrong.add(collector);
      notices.push({ about, lines });
    };
    /** A file that an entry keeps without seeing it is not there to be read. */
    const named = new Map<string, { readonly collector: string; readonly path: string; readonly isSeen: boolean }>();
    for (const entry of entries) {
      const { collector, index, pattern } = entry;
      const place = `collector "${collector}": task_files[${index}]`;
      const said = update(entry);
      if (said.length > 0)
        fail(
          collector,
          place,
          said.map((text) => `${place} ${text}`),
        );
      const seen = new Set(looks.found(pattern).answer?.paths);
      for (const path of entry.paths) {
        const key = useKey(collector, path);
        named.set(key, { collector, path, isSeen: seen.has(path) || named.get(key)?.isSeen === true });
      }
    }

    const uses = [...named].map(([key, { collector, path, isSeen }]): TaskFileUse => {
      const before = accepted.get(key) ?? { collector, path, entries: [] };
      const { state, answer: file } = looks.file(path);
      const lines = state === "hung" ? [`${path}: cannot be read: ${noAnswer}`] : file ? linesOf(path, file) : [];
      if (isSeen && lines.length > 0) fail(collector, path, lines);
      if (!isSeen || lines.length > 0 || file === undefined || before.source === file) return before;
      const use = useOf(collector, path, file);
      // What says the same as before is not new, and needs no judgement.
      return sameTasks(tasksOf(use), tasksOf(before)) ? use : { ...use, before };
    });
    const judged = judgeTaskFiles(config, uses);
    for (const { collector, notice } of judged.refused) fail(collector, notice.about, notice.lines);

    accepted = new Map(judged.uses.map((use) => [useKey(use.collector, use.path), use]));
    const lists = listsOf(judged.uses);
    const changed = new Set(
      [...lists].filter(([name, list]) => !sameTasks(list, tasks.get(name) ?? [])).map(([name]) => name),
    );
    // What has not changed stays the very same list.
    tasks = new Map([...lists].map(([name, list]) => [name, changed.has(name) ? list : (tasks.get(name) ?? list)]));
    failed = wrong;
    return { tasks, changed, failed, problems: tellOnce(notices) };
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

function entriesOf(file: WatchedFile, path: string, labels: TaskConfig["labels"]): TaskFileUse["entries"] {
  if (!file.content.ok) return [];
  return file.content.tasks.map(({ task, at, path: place }) => ({ task: fileTask(task, labels, path), at, place }));
}

function tasksOf({ entries }: TaskFileUse): readonly TaskConfig[] {
  return entries.map(({ task }) => task);
}

function useKey(collector: string, path: string): string {
  return `${collector}\0${path}`;
}
