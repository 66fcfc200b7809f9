import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { escapePath, glob, isDynamicPattern } from "tinyglobby";
import { fileErrorReason } from "./read-text-file.ts";

export type Found =
  | {
      readonly ok: true /** Absolute, sorted. A plain path is always there, whether or not its file is. */;
      readonly paths: readonly string[];
    }
  | { readonly ok: false; readonly reason: string };

/** The library's own question is confused by escaped braces. */
function isPattern(text: string): boolean {
  return isDynamicPattern(text.replace(/\\./g, "_"));
}

/** Files that one pattern may name. */
const maxMatches = 10_000;

/**
 * An entry of `task_files` as an absolute path or pattern.
 * The folder's own characters are escaped, so that a folder called `[prod]` does not become a pattern.
 */
export function absolutePattern(folder: string, entry: string): string {
  if (isPattern(entry)) return entry.startsWith("/") ? entry : join(escapePath(resolve(folder)), entry);
  return escapePath(resolve(folder, entry));
}

/** The files that an absolute path or pattern names now. No match is no error; a folder that cannot be read is one. */
export async function findFiles(pattern: string): Promise<Found> {
  if (!isPattern(pattern)) return { ok: true, paths: [unescapePath(pattern)] };
  // The glob passes over folders that it cannot read: their tasks would leave, as if the files had been deleted.
  const folder = staticFolder(pattern);
  try {
    await readdir(folder);
  } catch (error) {
    const reason = fileErrorReason(error);
    return reason === "no such file" ? { ok: true, paths: [] } : { ok: false, reason };
  }
  try {
    const paths = await glob(pattern, { absolute: true, expandDirectories: false, cwd: folder });
    if (paths.length > maxMatches) return { ok: false, reason: `the pattern matches more than ${maxMatches} files` };
    return { ok: true, paths: paths.sort() };
  } catch (error) {
    return { ok: false, reason: fileErrorReason(error) };
  }
}

/** The folder above the first part of a pattern that is one. */
function staticFolder(pattern: string): string {
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => isPattern(part));
  return unescapePath(parts.slice(0, first).join("/")) || "/";
}

function unescapePath(path: string): string {
  return path.replace(/\\(.)/g, "$1");
}
