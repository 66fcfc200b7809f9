import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import type { Log } from "../base/log.ts";
import { StorageInUseError } from "./in-use.ts";
import { isIntact, readKey } from "./key.ts";
import { formatVersion, type Note, probeFolder, readNote, writeNote } from "./note.ts";

export type Database = ClassicLevel<string, string>;

/** What a folder held. */
export interface OpenedFacts {
  /** Absent where nothing can be written there now. */
  readonly database?: Database;
  /** Why there is none. */
  readonly problem?: string;
  /** All entries that could be read, as text, by the text of their keys. */
  readonly entries: ReadonlyMap<string, string>;
}

/** Entries that are read, or put into a batch, before others have their turn. */
const stepSize = 200;

/**
 * Opens what is kept in a folder, and reads all of it. A database that is torn, foreign or of a newer version, or that
 * holds fewer entries than were noted, is set aside as `facts.damaged`, and a new one is made of what can be read.
 *
 * @throws {StorageInUseError} alone; where the folder cannot be written, there is no database
 */
export async function openFacts(folder: string, log: Log): Promise<OpenedFacts> {
  try {
    // Not recursive: below `/proc` that would never end.
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new Error("the folder above it does not exist; make it");
      if (error.code !== "EEXIST") throw error;
    });
    await probeFolder(folder);
  } catch (error) {
    return withoutDisk(folder, error);
  }
  const place = join(folder, "facts");
  const note = await readNote(folder);
  const isNewer = note !== undefined && note.version > formatVersion;
  const rescued = async () => (isNewer ? new Map<string, string>() : repaired(place));
  try {
    await finishRebuild(folder);
    if (await isForeign(place)) return await rebuilt(folder, note, await rescued(), "it is incomplete", log);
    const database: Database = new ClassicLevel(place);
    try {
      await database.open();
    } catch (error) {
      if (isLocked(error)) {
        throw new StorageInUseError(`${folder} is in use by another process; give each a --storage.path of its own`);
      }
      if (isAboutTheDisk(lineOf(error))) return await withoutDisk(folder, error);
      return await rebuilt(folder, note, await rescued(), lineOf(error), log);
    }
    if (isNewer) {
      await database.close();
      return await rebuilt(folder, note, new Map(), "it is of a newer version", log);
    }
    const { entries, problem } = await readAll(database);
    const missing = (note?.records ?? 0) - entries.size;
    if (problem === undefined && missing <= 0) return { database, entries };
    await database.close();
    if (problem !== undefined && isAboutTheDisk(problem)) return { problem, entries };
    return await rebuilt(folder, note, entries, problem ?? `${missing} of its ${note?.records} entries are gone`, log);
  } catch (error) {
    if (error instanceof StorageInUseError) throw error;
    return withoutDisk(folder, error);
  }
}

/** Writes all at once, on the disk when it returns, without keeping others waiting meanwhile. @param changes undefined deletes */
export async function writeEntries(database: Database, changes: Iterable<readonly [string, string | undefined]>) {
  const batch = database.batch();
  let step = 0;
  try {
    for (const [key, text] of changes) {
      if (text === undefined) batch.del(key);
      else batch.put(key, text);
      step += 1;
      if (step % stepSize === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    await batch.close();
    throw error;
  }
  await batch.write({ sync: true });
}

/** Whether it holds something, but not what names a database's files: opened, it would be emptied. */
async function isForeign(place: string): Promise<boolean> {
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") return ["a file"];
    throw error;
  });
  // Another process may be about to make it.
  const isBegun = (name: string): boolean => /^(LOCK|LOG(\.old)?|MANIFEST-\d+|\d+\.dbtmp)$/.test(name);
  return !names.includes("CURRENT") && !names.every(isBegun);
}

async function readAll(database: Database) {
  const entries = new Map<string, string>();
  let problem: string | undefined;
  // What lies behind a damaged block can be read from the other end.
  for (const reverse of [false, true]) {
    const rows = database.iterator({ reverse });
    try {
      for (let step = await rows.nextv(stepSize); step.length > 0; step = await rows.nextv(stepSize)) {
        for (const [key, text] of step) {
          if (readKey(key) && isIntact(key, text)) entries.set(key, text);
          else problem ??= "it holds what was not written so";
        }
      }
      return { entries, problem };
    } catch (error) {
      problem ??= lineOf(error);
    } finally {
      await rows.close();
    }
  }
  return { entries, problem };
}

/** What the database's own repair finds, in a copy. */
async function repaired(place: string): Promise<ReadonlyMap<string, string>> {
  return inCopy(place, true).catch(() => new Map());
}

async function inCopy(place: string, repair: boolean): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "cbr-exporter-facts-"));
  try {
    const copy = join(folder, "facts");
    await cp(place, copy, { recursive: true, filter: (name) => name === place || isOfDatabase(name) });
    if (repair) await ClassicLevel.repair(copy);
    const database: Database = new ClassicLevel(copy, { createIfMissing: false });
    await database.open();
    const { entries } = await readAll(database);
    await database.close();
    return entries;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isOfDatabase(name: string): boolean {
  return /(^|\/)(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/.test(name);
}

/** Where nothing can be written: what is there, read from a copy in a temporary folder, if that can be done. */
async function withoutDisk(folder: string, error: unknown): Promise<OpenedFacts> {
  const entries = await inCopy(join(folder, "facts"), false).catch(() => new Map<string, string>());
  return { problem: lineOf(error), entries };
}

/** Sets the database aside once another, made of what could be read, is there whole. */
async function rebuilt(
  folder: string,
  note: Note | undefined,
  entries: ReadonlyMap<string, string>,
  reason: string,
  log: Log,
): Promise<OpenedFacts> {
  const fresh = join(folder, "facts.new");
  await rm(fresh, { recursive: true, force: true });
  const made: Database = new ClassicLevel(fresh);
  await made.open();
  try {
    await writeEntries(made, entries);
  } finally {
    await made.close();
  }
  await writeNote(folder, 0);
  const damaged = join(folder, "facts.damaged");
  await rm(damaged, { recursive: true, force: true });
  await rename(join(folder, "facts"), damaged).catch(unlessAbsent);
  await finishRebuild(folder);
  await writeNote(folder, entries.size);
  log.error("Stored facts were damaged; what could be read is kept, the rest lies in facts.damaged", {
    storage: folder,
    reason,
    kept: entries.size,
    lost: note ? Math.max(0, note.records - entries.size) : "unknown",
  });
  const database: Database = new ClassicLevel(join(folder, "facts"));
  await database.open();
  return { database, entries };
}

/** Where the old one has left its place, the new one is whole. */
async function finishRebuild(folder: string): Promise<void> {
  const isThere = await stat(join(folder, "facts")).catch(unlessAbsent);
  if (!isThere) await rename(join(folder, "facts.new"), join(folder, "facts")).catch(unlessAbsent);
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function isLocked(error: unknown): boolean {
  return (error as { cause?: { code?: unknown } }).cause?.code === "LEVEL_LOCKED";
}

/** Whether it is no fault of the database. @param reason one line */
function isAboutTheDisk(reason: string): boolean {
  return /no space|read-only|permission denied|quota|too many open files/i.test(reason);
}

function lineOf(error: unknown): string {
  const { cause, message } = error as { cause?: unknown; message?: unknown };
  return cause instanceof Error ? cause.message : String(message ?? error);
}
