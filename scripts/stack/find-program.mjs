import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** @returns the program's path; nothing when no folder of PATH holds it */
export function findProgram(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // In another folder, perhaps.
    }
  }
  return undefined;
}
