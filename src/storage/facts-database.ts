import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { type Entry, entryText, keysBelow, readEntry } from "./key.ts";
import { writeNote } from "./note.ts";
import { type Database, type OpenedFacts, openFacts, writeEntries } from "./open-facts.ts";

/** Entries by the text of their keys, written one batch after the other; what fails is written again. */
export interface FactsDatabase {
  get(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>>;
  /** Those whose keys begin with these parts; what is written meanwhile may be among them or not. */
  below(...parts: readonly string[]): AsyncIterable<readonly [key: string, entry: Entry]>;
  /** Takes these over, to be written all or none, as soon as can be. @param changes undefined deletes */
  write(changes: ReadonlyMap<string, Entry | undefined>): void;
  /** Whether another write of the key is under way or to come. */
  isPending(key: string): boolean;
  isLastWriteGood(): boolean;
  /** Whether a write is under way. */
  isWriting(): boolean;
  /** What was found at the start is kept for reading no more, where the database is there. */
  started(): void;
  /** Writes what is to be written, if that can be done, and closes. */
  close(): Promise<void>;
}

export interface FactsDatabaseOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The database was opened again after a failure, and may hold less. @param has whether it has an entry */
  readonly onOpenedAgain: (has: (key: string) => boolean) => void;
}

const retryMs = 30_000;
/** A disk that takes longer for a write hangs. */
const slowMs = 60_000;
const stepSize = 200;

/** @throws {StorageInUseError} */
export async function openFactsDatabase(options: FactsDatabaseOptions): Promise<FactsDatabase> {
  const { folder, clock, log, onOpenedAgain } = options;
  const opened = await openFacts(folder, log);
  let { database } = opened;
  let atStart: OpenedFacts["entries"] | undefined = opened.entries;
  const stored = new Set(atStart.keys());
  let queued = new Map<string, string | undefined>();
  let writing: ReadonlyMap<string, string | undefined> = new Map();
  let good = database !== undefined;
  let working: Promise<void> | undefined;
  let cancelRetry = (): void => {};
  let closing = false;

  const problem = { storage: folder, error: opened.problem };
  if (database) log.info("Stored facts read", { storage: folder, records: stored.size });
  else {
    log.error("Facts cannot be stored, tried again every 30 s", { ...problem, read: stored.size });
    retryLater();
  }

  function retryLater(): void {
    if (!closing) cancelRetry = clock.after(retryMs, work);
  }

  function failed(error: unknown): void {
    if (good) log.error("Facts cannot be stored, tried again every 30 s", { storage: folder, error: String(error) });
    good = false;
    queued = new Map([...writing, ...queued]);
    writing = new Map();
  }

  /** After a failure a database may lie about what it has; so it is opened anew, which reads all. */
  async function openAgain(): Promise<void> {
    const again = await openFacts(folder, log);
    if (!again.database) return;
    database = again.database;
    atStart = undefined;
    stored.clear();
    for (const key of again.entries.keys()) stored.add(key);
    onOpenedAgain((key) => stored.has(key) || queued.has(key));
  }

  async function writeAll(into: Database): Promise<void> {
    const gone = [...writing].filter(([key, text]) => text === undefined && stored.has(key)).length;
    // Noted beforehand, so that there are never fewer than noted.
    if (gone > 0) await writeNote(folder, stored.size - gone);
    await writeEntries(into, writing);
    for (const [key, text] of writing) {
      if (text === undefined) stored.delete(key);
      else stored.add(key);
    }
    await writeNote(folder, stored.size);
  }

  async function workOnce(): Promise<void> {
    if (!database) await openAgain();
    while (database && queued.size > 0) {
      writing = queued;
      queued = new Map();
      const cancelSlow = clock.after(slowMs, () => {
        log.error("Storing facts hangs", { storage: folder });
        good = false;
      });
      try {
        await writeAll(database);
        writing = new Map();
      } finally {
        cancelSlow();
      }
    }
    if (!database) return;
    if (!good) log.info("Facts are stored again", { storage: folder });
    good = true;
  }

  function work(): void {
    if (working !== undefined) return;
    cancelRetry();
    working = workOnce()
      .catch(async (error: unknown) => {
        failed(error);
        const broken = database;
        database = undefined;
        await broken?.close().catch(() => {});
      })
      .finally(() => {
        working = undefined;
        if (!database) retryLater();
        else if (queued.size > 0) work();
      });
  }

  function pendingText(key: string): string | undefined {
    return queued.has(key) ? queued.get(key) : writing.get(key);
  }

  const isPending = (key: string): boolean => queued.has(key) || writing.has(key);

  return {
    async get(keys) {
      const found = new Map<string, Entry>();
      for (let at = 0; at < keys.length; at += stepSize) {
        const step = keys.slice(at, at + stepSize);
        const texts = atStart ? step.map((key) => atStart?.get(key)) : ((await database?.getMany(step)) ?? []);
        for (const [index, key] of step.entries()) {
          const text = isPending(key) ? pendingText(key) : texts[index];
          if (text !== undefined) found.set(key, readEntry(text));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return found;
    },
    async *below(...parts) {
      const range = keysBelow(...parts);
      const isIn = (key: string): boolean => key > range.gt && key < range.lt;
      const waiting = new Map([...writing, ...queued]);
      for (const [key, text] of waiting) if (text !== undefined && isIn(key)) yield [key, readEntry(text)];
      const rows = database?.iterator(range) ?? [...(atStart ?? [])].filter(([key]) => isIn(key));
      let step = 0;
      for await (const [key, text] of rows) {
        if (!waiting.has(key)) yield [key, readEntry(text)];
        step += 1;
        if (step % stepSize === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    write(changes) {
      for (const [key, entry] of changes) {
        if (entry) queued.set(key, entryText(key, entry));
        else if (stored.has(key) || writing.has(key)) queued.set(key, undefined);
        else queued.delete(key);
      }
      // While it cannot be opened, the next try comes by itself.
      if (database) work();
    },
    isPending,
    isLastWriteGood: () => good,
    isWriting: () => working !== undefined,
    started() {
      if (database) atStart = undefined;
    },
    async close() {
      closing = true;
      cancelRetry();
      await working;
      if (database && queued.size > 0) {
        work();
        await working;
      }
      await database?.close().catch(() => {});
      database = undefined;
    },
  };
}
