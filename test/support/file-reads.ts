import files, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { settled } from "./manual-clock.ts";

let underWay = 0;

async function countFileReads(): Promise<() => number> {
  let underWay = 0;
  const counted = <T extends object>(owner: T, names: readonly (keyof T)[]): void => {
    for (const name of names) {
      const operation = owner[name] as (...args: unknown[]) => Promise<unknown>;
      owner[name] = async function (this: unknown, ...args: unknown[]) {
        underWay += 1;
        try {
          return await operation.apply(this, args);
        } finally {
          underWay -= 1;
        }
      } as T[typeof name];
    }
  };
  const open = files.open;
  files.open = async (...args) => {
    const handle: FileHandle = await open(...args);
    // Each handle has its own.
    counted(handle, ["close"]);
    return handle;
  };
  counted(files, ["open", "readFile", "readdir", "realpath", "stat"]);
  const handle = await open("/dev/null");
  await handle.close();
  counted(Object.getPrototypeOf(handle) as FileHandle, ["read", "stat"]);
  // Those who import the functions by name see them too.
  syncBuiltinESMExports();
  return () => underWay;
}

/** Resolves once everything has happened that waits for files, and for nothing else from outside. */
export async function filesSettled(): Promise<void> {
  for (let turns = 0; turns < 5; turns = fileReadsUnderWay() > 0 ? 0 : turns + 1) await settled();
}
