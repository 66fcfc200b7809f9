import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/** How many operations on files are under way in this process, of those that the program uses. */
export const fileReadsUnderWay = await countFileReads();

async function countFileReads(): Promise<() => number> {
  let underWay = 0;
  const handle = await files.open("/dev/null");
  await handle.close();
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
  counted(files, ["open", "readFile", "readdir", "realpath", "stat"]);
  counted(Object.getPrototypeOf(handle) as typeof handle, ["read", "stat", "close"]);
  // Those who import the functions by name see them too.
  syncBuiltinESMExports();
  return () => underWay;
}
