import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { escapePath, type FileSystemAdapter, glob, isDynamicPattern } from "tinyglobby";
import { fileErrorReason } from "../../base/read-text-file.ts";

export interface Found {
  /** Absolute, sorted. A plain path is always there, whether or not its file is; so is a link that leads nowhere. */
  readonly paths: readonly string[];
  /** Why the pattern may name more files than could be seen. */
  readonly faults: readonly FindFault[];
}

export interface FindFault {
  /** The folder or link on the pattern's way; undefined for the folder that the pattern begins at. */
  readonly path?: string;
  /** Without the path. */
  readonly reason: string;
}

/** Files that one pattern may name. */
const maxMatches = 10_000;

/** The library's own question is confused by escaped braces. */
function isPattern(text: string): boolean {
  return isDynamicPattern(text.replace(/\\./g, "_"));
}

/**
 * An entry of `task_files` as an absolute path or pattern.
 * The folder's own characters are escaped, so that a folder called `[prod]` does not become a pattern.
 */
export function absolutePattern(folder: string, entry: string): string {
  if (isPattern(entry)) return entry.startsWith("/") ? entry : join(escapePath(resolve(folder)), entry);
  return escapePath(resolve(folder, entry));
}

/** The path that such an entry is, unless it is a pattern. */
export function plainPath(pattern: string): string | undefined {
  return isPattern(pattern) ? undefined : unescapePath(pattern);
}

/** The folder above the first part of a pattern that is one. */
export function staticFolder(pattern: string): string {
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => isPattern(part));
  return unescapePath(parts.slice(0, first).join("/")) || "/";
}

function unescapePath(path: string): string {
  return path.replace(/\\(.)/g, "$1");
}

export type ReadFolder = (path: string) => Promise<readonly Dirent[]>;

/** Reads each folder once, however many patterns look into it. */
export function readFoldersOnce(): ReadFolder {
  const known = new Map<string, Promise<readonly Dirent[]>>();
  return async (path) => {
    // Matching thousands of names takes milliseconds: others get their turn between two patterns.
    if (known.has(path)) await nextTurn();
    const entries = known.get(path) ?? readdir(path, { withFileTypes: true });
    known.set(path, entries);
    return entries;
  };
}

/** The files that an absolute path or pattern names now. No match is no fault. */
export async function findFiles(pattern: string, readFolder: ReadFolder = readFoldersOnce()): Promise<Found> {
  const path = plainPath(pattern);
  if (path !== undefined) return { paths: [path], faults: [] };
  const folder = staticFolder(pattern);
  // How many parts a path has that matches; undefined when that is not known beforehand.
  const partsAbove = folder === "/" ? 1 : folder.split("/").length;
  const parts = /\*\*|[!?*+@]\(/.test(pattern) ? undefined : pattern.split("/").length - partsAbove;
  const { fs, faults } = watchedFileSystem(folder, parts, readFolder);
  try {
    const paths = await glob(pattern, {
      absolute: true,
      expandDirectories: false,
      cwd: folder,
      fs,
      // Folders in the place of files are not looked into: whether they can be read does not matter.
      ...(parts !== undefined && { deep: parts - 1 }),
    });
    if (paths.length > maxMatches) faults.push({ reason: `the pattern matches more than ${maxMatches} files` });
    faults.sort(({ path: a = "" }, { path: b = "" }) => (a < b ? -1 : 1));
    return { paths: paths.slice(0, maxMatches).sort(), faults };
  } catch (error) {
    return { paths: [], faults: [{ reason: fileErrorReason(error) }] };
  }
}

type Done<T> = (error: unknown, answer?: T) => void;

/**
 * The library passes over what it cannot read, as if it had been deleted. Its questions are asked here, one at a time,
 * so that a walk takes one thread of Node's four, and what goes wrong on the way is kept.
 */
function watchedFileSystem(folder: string, parts: number | undefined, readFolder: ReadFolder) {
  const faults: FindFault[] = [];
  const brokenLinks = new Map<string, string>();
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(done: Done<T>, question: () => Promise<T>): void {
    const answer = turn.then(question);
    turn = answer.catch(() => undefined);
    answer.then((value) => done(undefined, value), done);
  }
  function keepBroken(path: string, error: unknown): void {
    const reason = fileErrorReason(error);
    if (!brokenLinks.has(path)) brokenLinks.set(path, reason === "no such file" ? "the link leads nowhere" : reason);
  }
  function cannotRead(given: string, error: unknown): never {
    const path = given.replace(/(.)\/$/, "$1");
    const reason = brokenLinks.get(path) ?? fileErrorReason(error);
    // It may have been deleted since it was seen.
    if (reason !== "no such file") faults.push(path === folder ? { reason } : { path, reason });
    throw error;
  }
  const fs = {
    readdir(path: string, _withFileTypes: unknown, done: Done<readonly Dirent[]>): void {
      inTurn(done, () => readFolder(path).catch((error) => cannotRead(path, error)));
    },
    /** Asked for links alone. */
    realpath(path: string, done: Done<string>): void {
      const broken = (error: unknown): string => {
        keepBroken(path, error);
        return path;
      };
      inTurn(done, () => realpath(path).catch(broken));
    },
    /** A broken link counts as what would match there: as a file at the pattern's end, as a folder on its way. */
    stat(path: string, done: Done<{ isDirectory(): boolean }>): void {
      const broken = (error: unknown) => {
        keepBroken(path, error);
        return { isDirectory: () => relative(folder, path).split("/").length !== parts };
      };
      inTurn(done, () => stat(path).catch(broken));
    },
  };
  return { fs: fs as unknown as FileSystemAdapter, faults };
}
