import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isObject, parseJson } from "../base/json.ts";

/** What lies beside the database, so that one that lost entries without telling is found out. */
export interface Note {
  readonly version: number;
  /** Never more than there are. */
  readonly records: number;
}

export const formatVersion = 1;
const noteName = "facts.json";

/** @returns undefined where there is none, or a torn one */
export async function readNote(folder: string): Promise<Note | undefined> {
  const note = parseJson(await readFile(join(folder, noteName), "utf8").catch(() => ""));
  if (!isObject(note)) return undefined;
  const { version, records } = note;
  return typeof version === "number" && typeof records === "number" ? { version, records } : undefined;
}

/** Notes how many entries there are at least. */
export async function writeNote(folder: string, records: number): Promise<void> {
  await writeSafely(join(folder, noteName), `${JSON.stringify({ version: formatVersion, records })}\n`);
}

/** Another file takes its place at once; a half-written one never does. */
async function writeSafely(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** @throws where nothing can be written */
export async function probeFolder(folder: string): Promise<void> {
  const path = join(folder, `.probe-${randomUUID()}`);
  try {
    await writeSafely(path, "x".repeat(4096));
  } finally {
    await Promise.all([path, `${path}.new`].map((each) => rm(each, { force: true }).catch(() => {})));
  }
}
