import { crc32 } from "node:zlib";
import { parseJson } from "../base/json.ts";
import type { TaskId } from "../tasks/operation-log.ts";

/** Where a project's facts lie: the cloud's base URL, and the project's id there. */
export interface Scope {
  /** Lower case, without default port and trailing slash. */
  readonly endpoint: string;
  /** The id; until the login has found it, `domain/name`, which no id is. */
  readonly project: string;
}

/** What is kept, each thing under a key of its own. */
export type Key =
  | readonly [kind: "task", endpoint: string, project: string, taskId: TaskId]
  | readonly [kind: "resource", endpoint: string, project: string, resourceId: string]
  /** How many tasks were seen to finish. */
  | readonly [kind: "finishes", endpoint: string, project: string]
  /** How far a collector has listed. */
  | readonly [kind: "window", endpoint: string, project: string, collector: string]
  /** A task that a collector's listings have shown. */
  | readonly [kind: "found", endpoint: string, project: string, collector: string, taskId: TaskId]
  /** Since when a collector's inventory has known of things. */
  | readonly [kind: "sights", endpoint: string, project: string, collector: string]
  /** The id of a project that the configuration names without it. */
  | readonly [kind: "project", endpoint: string, name: string];

/** How many parts a key of each kind has. */
const lengths = { task: 4, resource: 4, finishes: 3, window: 4, found: 5, sights: 4, project: 3 } satisfies Record<
  Key[0],
  number
>;

export function keyText(key: Key): string {
  return JSON.stringify(key);
}

/** @returns undefined for a text that no program of ours wrote */
export function readKey(text: string): Key | undefined {
  const key = parseJson(text);
  if (!Array.isArray(key) || !key.every((part) => typeof part === "string")) return undefined;
  const [kind] = key as string[];
  return kind !== undefined && Object.hasOwn(lengths, kind) && lengths[kind as Key[0]] === key.length
    ? (key as unknown as Key)
    : undefined;
}

/** All keys that begin with these parts and have more. */
export function keysBelow(...parts: readonly string[]): { readonly gt: string; readonly lt: string } {
  if (parts.length === 0) return { gt: "[", lt: "]" };
  const start = JSON.stringify(parts).slice(0, -1);
  // In UTF-8 nothing else stands between a comma and a hyphen.
  return { gt: `${start},`, lt: `${start}-` };
}

/** What is kept of one thing. */
export interface Entry {
  readonly value: unknown;
  /** Since when nothing wants it, in Unix microseconds; absent while something does. */
  readonly left?: number;
}

/** An entry as it is stored. A sum over it and its key tells what a disk has changed, which the database does not. */
export function entryText(key: string, entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${sumOf(key, json)}${json}`;
}

/** Whether the text is what was written. */
export function isIntact(key: string, text: string): boolean {
  return text.slice(0, 8) === sumOf(key, text.slice(8));
}

/** Reads a text that is intact. */
export function readEntry(text: string): Entry {
  return JSON.parse(text.slice(8)) as Entry;
}

function sumOf(key: string, json: string): string {
  return crc32(key + json)
    .toString(16)
    .padStart(8, "0");
}
