import files, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { settled } from "./manual-clock.ts";

let underWay = 0;

/** How many operations on files are under way in this process, of those that the program uses. */
export const fileReadsUnderWay = (): number => underWay;

type Operation<A extends unknown[], R> = (this: unknown, ...args: A) => Promise<R>;

function counted<A extends unknown[], R>(operation: Operation<A, R>): Operation<A, R> {
  return async function (...args) {
    underWay += 1;
    try {
      return await operation.apply(this, args);
    } finally {
      underWay -= 1;
    }
  };
}

function count(owner: object, names: readonly string[]): void {
  const operations = owner as Record<string, Operation<unknown[], unknown>>;
  for (const name of names) operations[name] = counted(operations[name] as Operation<unknown[], unknown>);
}

count(files, ["readFile", "readdir", "realpath", "stat"]);
const { open } = files;
files.open = counted(async (...args: Parameters<typeof open>): Promise<FileHandle> => {
  const handle = await open(...args);
  count(handle, ["read", "stat", "close"]);
  return handle;
});
// Those who import the functions by name see them too.
syncBuiltinESMExports();

/** Resolves once everything has happened that waits for files, and for nothing else from outside. */
export async function filesSettled(): Promise<void> {
  for (let turns = 0; turns < 5; turns = fileReadsUnderWay() > 0 ? 0 : turns + 1) await settled();
}
