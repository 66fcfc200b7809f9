import type { Config, TaskConfig } from "./config.ts";
import type { Environment } from "./expand-variables.ts";
import { createFileWatch, type WatchedFile } from "./file-watch.ts";
import { findFiles } from "./find-files.ts";
import { judgeTaskFiles, type TaskFileUse } from "./judge-task-files.ts";
import { fileTask } from "./load-task-files.ts";
import { createToldOnce, type Notice } from "./told-once.ts";

/** The task files of a configuration, looked at again before each run. */
export interface TaskFiles {
  /** Looks at all files; never rejects. A call during another one waits for that. */
  refresh(): Promise<TaskFilesResult>;
}

export interface TaskFilesResult {
  /** By the name of the collector: the tasks of its files, with the collector's labels. */
  readonly tasks: ReadonlyMap<string, readonly TaskConfig[]>;
  /** Collectors whose tasks differ from the previous result; at first, from those of the configuration. */
  readonly changed: ReadonlySet<string>;
  /** Collectors for which some file is missing or wrong now; it keeps its last good content. */
  readonly failed: ReadonlySet<string>;
  /** Whole lines, each told once until it has been right in between or the reason changes. */
  readonly problems: readonly string[];
}

/** What a look at the folders found: which collector uses which file, and what could not be looked up. */
interface Look {
  readonly uses: readonly { readonly collector: string; readonly path: string }[];
  readonly notices: readonly Notice[];
  readonly failed: ReadonlySet<string>;
}

export function createTaskFiles(config: Config, env: Environment): TaskFiles {
  const watch = createFileWatch(env);
  const tell = createToldOnce();
  /** What is in force, by collector and file. */
  let accepted = new Map<string, TaskFileUse>();
  for (const { name: collector, fileTasks } of config.collectors) {
    for (const path of new Set(fileTasks.flatMap(({ file }) => file ?? []))) {
      const entries = fileTasks.filter(({ file }) => file === path).map((task) => ({ task }));
      accepted.set(useKey(collector, path), { collector, path, entries });
    }
  }
  let tasks = new Map(config.collectors.map(({ name, fileTasks }) => [name, fileTasks]));
  let failed: ReadonlySet<string> = new Set();
  let lastLook: string | undefined;

  const refresh = async (): Promise<TaskFilesResult> => {
    const look = await lookUp(config, accepted);
    const files = await watch.look(new Set(look.uses.map(({ path }) => path)));
    const print = JSON.stringify([
      look.uses,
      look.notices,
      [...files].map(([path, { signature }]) => [path, signature]),
    ]);
    // Most often nothing is new: then the cost is that of asking for the files' times.
    if (print === lastLook) return { tasks, changed: new Set(), failed, problems: [] };
    lastLook = [...files.values()].every(({ settled }) => settled) ? print : undefined;

    const wrong = new Set(look.failed);
    const notices = [...look.notices];
    const uses = look.uses.map(({ collector, path }): TaskFileUse => {
      const before = accepted.get(useKey(collector, path)) ?? { collector, path, entries: [] };
      const file = files.get(path);
      if (!file?.content.ok) {
        wrong.add(collector);
        notices.push({ about: path, lines: file?.content.ok === false ? file.content.lines : [] });
        return before;
      }
      if (before.source === file) return before;
      const entries = entriesOf(file, path, labelsOf(collector));
      const use = { collector, path, source: file, entries };
      // What says the same as before is not new, and needs no judgement.
      return sameTasks(tasksOf(use), tasksOf(before)) ? use : { ...use, before };
    });
    const judged = judgeTaskFiles(config, uses);
    for (const { collector, notice } of judged.refused) {
      wrong.add(collector);
      notices.push(notice);
    }

    accepted = new Map(judged.uses.map((use) => [useKey(use.collector, use.path), use]));
    const next = new Map(
      config.collectors.map(({ name }) => {
        const own = judged.uses.filter(({ collector }) => collector === name);
        return [name, own.flatMap(tasksOf)];
      }),
    );
    const changed = new Set(
      [...next].filter(([name, list]) => !sameTasks(list, tasks.get(name) ?? [])).map(([name]) => name),
    );
    // What has not changed stays the very same list.
    tasks = new Map([...next].map(([name, list]) => [name, changed.has(name) ? list : (tasks.get(name) ?? list)]));
    failed = wrong;
    return { tasks, changed, failed, problems: tell(notices) };
  };

  const labelsOf = (name: string) => config.collectors.find((collector) => collector.name === name)?.labels ?? {};

  let queue: Promise<unknown> = Promise.resolve();
  return {
    refresh() {
      const result = queue.then(refresh);
      queue = result.catch(() => undefined);
      return result;
    },
  };
}

async function lookUp(config: Config, accepted: ReadonlyMap<string, TaskFileUse>): Promise<Look> {
  const uses = new Map<string, { collector: string; path: string }>();
  const notices: Notice[] = [];
  const failed = new Set<string>();
  for (const { name: collector, taskFiles } of config.collectors) {
    for (const [index, pattern] of taskFiles.entries()) {
      const found = await findFiles(pattern);
      if (found.ok) {
        for (const path of found.paths) uses.set(useKey(collector, path), { collector, path });
        continue;
      }
      failed.add(collector);
      const line = `collector "${collector}": task_files[${index}] cannot be looked up: ${found.reason}`;
      notices.push({ about: `${collector} ${index}`, lines: [line] });
      // Which of its files the pattern named is not known: all of them stay.
      for (const [key, use] of accepted) if (use.collector === collector) uses.set(key, { collector, path: use.path });
    }
  }
  return { uses: [...uses.values()], notices, failed };
}

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

/** Whether two lists say the same, whichever file says it. */
function sameTasks(a: readonly TaskConfig[], b: readonly TaskConfig[]): boolean {
  return a.length === b.length && a.every((task, index) => fingerprint(task) === fingerprint(b[index]));
}

function fingerprint(task: TaskConfig | undefined): string {
  return JSON.stringify([task?.id, task?.name, Object.entries(task?.labels ?? {}).sort()]);
}
