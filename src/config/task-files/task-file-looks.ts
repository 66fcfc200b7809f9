import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../base/clock.ts";
import type { Asked, FileQueue } from "./file-queue.ts";
import { type Found, findFiles, plainPath, type ReadFolder, readFoldersOnce, staticFolder } from "./find-files.ts";
import { type FirstLook, lookAtFile, noLook, type TaskFileOptions, type WatchedFile } from "./look-at-files.ts";

export interface LooksOptions extends TaskFileOptions {
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** Lives on through a reload, so that what hangs is not asked once more. */
  readonly queue: FileQueue;
  /** What is known of the files; one that has not changed since is not read again. */
  readonly first?: FirstLook;
  readonly find?: typeof findFiles;
  readonly look?: typeof lookAtFile;
}

/** What is known of a pattern or a file. */
export interface Seen<T> {
  /** The last one; undefined before the first. */
  readonly answer?: T;
  readonly state: "answered" | "asked" | "hung";
}

/** Looks at task files and folders; each is asked once a look, whoever names it. */
export interface Looks {
  /**
   * Takes a look at everything, and waits for what one collector names; at most ten seconds for what hangs. Calls
   * during a look share the next one: one that has begun may have passed a file that was changed just before the call.
   */
  take(collector: string): Promise<void>;
  /** The files that an entry names; a plain path is always found. */
  found(pattern: string): Seen<Found>;
  file(path: string): Seen<WatchedFile>;
  /** Whether something is not as it was at the last call. */
  hasNews(): boolean;
}

/** Milliseconds that a collector waits for files that do not answer. */
export const giveUpMs = 10_000;

interface Known<T> {
  asked: Asked<T>;
  answer?: T;
}

/** @param taskFiles by collector, its paths and patterns */
export function createLooks(taskFiles: ReadonlyMap<string, readonly string[]>, options: LooksOptions): Looks {
  const { env, reservedLabels, clock, queue, first = noLook, find = findFiles, look = lookAtFile } = options;
  const all = [...taskFiles.values()].flat();
  const patterns = new Map<string, Known<Found>>();
  const files = new Map<string, Known<WatchedFile>>();
  const open = new Map<string, Known<unknown>>();
  let isNew = true;
  let hungBefore = "";

  function ask<T>(known: Map<string, Known<T>>, name: string, folder: string, question: () => Promise<T>): Asked<T> {
    const key = `${known === patterns ? "find" : "look at"} ${name}`;
    const asked = queue.ask(key, folder, question);
    const item = known.get(name) ?? { asked };
    known.set(name, item);
    item.asked = asked;
    open.set(key, item);
    asked.answer.then(
      (answer) => {
        open.delete(key);
        // A file that did not change is the same object; what a pattern finds is told anew each time.
        isNew ||= !isDeepStrictEqual(item.answer, answer);
        item.answer = answer;
      },
      () => open.delete(key),
    );
    return asked;
  }

  const askPattern = (pattern: string, readFolder: ReadFolder): Asked<Found> =>
    ask(patterns, pattern, staticFolder(pattern), () => find(pattern, readFolder));

  const askFile = (path: string): Asked<WatchedFile> =>
    ask(files, path, dirname(path), () => {
      const before = files.get(path)?.answer ?? first.files.get(path);
      return look(path, { env, reservedLabels }, before);
    });

  function seen<T>(known: Known<T> | undefined): Seen<T> {
    if (known === undefined) return { state: "asked" };
    const isHung = clock.monotonic() - known.asked.since >= giveUpMs;
    const state = known.asked.isAnswered() ? "answered" : isHung ? "hung" : "asked";
    return known.answer === undefined ? { state } : { state, answer: known.answer };
  }

  function found(entry: string): Seen<Found> {
    const path = plainPath(entry);
    if (path !== undefined) return { state: "answered", answer: { paths: [path], faults: [] } };
    return seen(patterns.get(entry));
  }

  /** Below a folder that hangs nothing would answer. */
  function filesOf(entries: readonly string[]): ReadonlySet<string> {
    const answered = entries.map(found).filter(({ state }) => state === "answered");
    return new Set(answered.flatMap(({ answer }) => answer?.paths ?? []));
  }

  /** @returns the files that were looked at */
  async function lookAt(entries: readonly string[], until: "passed" | "answer"): Promise<ReadonlySet<string>> {
    const asked = new Set(entries.filter((entry) => plainPath(entry) === undefined));
    const readFolder = readFoldersOnce();
    await Promise.allSettled([...asked].map((pattern) => askPattern(pattern, readFolder)[until]));
    const paths = filesOf(entries);
    for (const path of files.keys()) if (until === "passed" && !paths.has(path)) files.delete(path);
    await Promise.allSettled([...paths].map((path) => askFile(path)[until]));
    return paths;
  }

  let last: Promise<ReadonlySet<string>> = Promise.resolve(new Set());
  let next: Promise<ReadonlySet<string>> | undefined;
  function share(): Promise<ReadonlySet<string>> {
    next ??= last.then(() => {
      next = undefined;
      return lookAt(all, "passed");
    });
    last = next;
    return next;
  }

  return {
    async take(collector) {
      const looked = await share();
      const own = taskFiles.get(collector) ?? [];
      const known = [...own.map((entry) => patterns.get(entry)), ...[...filesOf(own)].map((path) => files.get(path))];
      const since = known.flatMap((item) => (item?.asked.isAnswered() === false ? item.asked.since : []));
      // What answered late, just now, may have brought others to look at.
      if (since.length === 0 && [...filesOf(own)].every((path) => looked.has(path))) return;
      const now = clock.monotonic();
      const waitMs = (since.length === 0 ? now : Math.max(...since)) + giveUpMs - now;
      if (waitMs <= 0) return;
      let cancel = (): void => undefined;
      const givenUp = new Promise<void>((resolve) => {
        cancel = clock.after(waitMs, resolve);
      });
      await Promise.race([lookAt(own, "answer"), givenUp]);
      cancel();
      // Others may have begun a look meanwhile; what is half seen would be half taken over.
      await last;
    },
    found,
    file: (path) => seen(files.get(path)),
    hasNews() {
      const hung = [...open].filter(([, known]) => seen(known).state === "hung").map(([key]) => key);
      const before = hungBefore;
      hungBefore = hung.join("\n");
      const news = isNew || before !== hungBefore;
      isNew = false;
      return news;
    },
  };
}
