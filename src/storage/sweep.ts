import { type Micros, micros } from "../base/micros.ts";
import type { FactsDatabase } from "./facts-database.ts";
import { type Entry, type Key, readKey } from "./key.ts";

/** How long what nothing wants any more is kept. */
const keptFor = micros(30 * 24 * 3600e6);

/** Marks what nothing wants any more, takes the mark from what is wanted again, and forgets what has had it for 30 days. */
export async function sweep(
  database: Pick<FactsDatabase, "below" | "isPending" | "write">,
  isWanted: (key: Key) => boolean,
  now: () => Micros,
): Promise<void> {
  for await (const [text, { value, left }] of database.below()) {
    const key = readKey(text);
    // What is being written is wanted, or has just been let go.
    if (!key || database.isPending(text)) continue;
    const after = entryAfter(value, left, isWanted(key), now());
    if (after === undefined || after.left !== left) database.write(new Map([[text, after]]));
  }
}

/** @returns undefined for one that is to be forgotten */
function entryAfter(value: unknown, left: number | undefined, isWanted: boolean, now: Micros): Entry | undefined {
  if (isWanted) return { value };
  if (left === undefined) return { value, left: now };
  // A clock that was set back does not make it stay for longer.
  return left + keptFor <= now ? undefined : { value, left: Math.min(left, now) };
}
