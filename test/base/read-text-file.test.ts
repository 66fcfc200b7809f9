import { rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signatureOf } from "../../src/base/read-text-file.ts";
import { tempFolder } from "../config/temp-folder.ts";

test("a file that is left alone keeps its signature", async () => {
  const path = "/proc/self/exe";
  expect(await signatureOf(path)).toBe(await signatureOf(path));
});

test("a file just written looks different each time, for another write may leave its times alike", async () => {
  const path = join(await tempFolder(), "young");
  // On a busy machine it may be old before it is looked at.
  const looks = async () => {
    await writeFile(path, "one");
    return new Set([await signatureOf(path), await signatureOf(path)]).size;
  };
  await expect.poll(looks).toBe(2);
});

test("what is written in place with the same length and the old time set back is seen, as by rsync -t --inplace", async () => {
  const path = join(await tempFolder(), "in-place");
  const then = new Date("2026-01-01T00:00:00Z");
  await writeFile(path, "one");
  await utimes(path, then, then);
  const before = await signatureOf(path);
  const { ino, size } = await stat(path);
  await writeFile(path, "two");
  await utimes(path, then, then);
  const after = await stat(path);
  expect([after.ino, after.size]).toEqual([ino, size]);
  expect(await signatureOf(path)).not.toBe(before);
});

test("a replaced file is another", async () => {
  const folder = await tempFolder();
  const path = join(folder, "replaced");
  await writeFile(path, "one");
  const before = await signatureOf(path);
  await writeFile(join(folder, "new"), "one");
  await rename(join(folder, "new"), path);
  expect(await signatureOf(path)).not.toBe(before);
});

test("a missing file is an error of stat", async () => {
  await expect(signatureOf(join(await tempFolder(), "none"))).rejects.toMatchObject({ code: "ENOENT" });
});
