import { mkdtemp, rename, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signatureOf } from "../../src/base/file-signature.ts";

const folder = await mkdtemp(join(tmpdir(), "signature-"));

test("a file that is left alone keeps its signature", async () => {
  const path = join(folder, "same");
  await writeFile(path, "one");
  expect((await signatureOf(path)).text).toBe((await signatureOf(path)).text);
});

test("what is written in place with the same length and the old time set back is seen, as by rsync -t --inplace", async () => {
  const path = join(folder, "in-place");
  await writeFile(path, "one");
  await utimes(path, new Date("2026-01-01T00:00:00Z"), new Date("2026-01-01T00:00:00Z"));
  const before = await signatureOf(path);
  const { ino, size } = await stat(path);
  const then = new Date("2026-01-01T00:00:00Z");
  await writeFile(path, "two");
  await utimes(path, then, then);
  const after = await stat(path);
  expect([after.ino, after.size]).toEqual([ino, size]);
  // Within one tick of the file system's clock both look alike, and neither counts as settled.
  const now = await signatureOf(path);
  expect(now.text !== before.text || !before.settled).toBe(true);
});

test("a file just written is not settled, an old one is", async () => {
  const path = join(folder, "young");
  await writeFile(path, "one");
  expect((await signatureOf(path)).settled).toBe(false);
  expect((await signatureOf("/proc/self/exe")).settled).toBe(true);
});

test("a replaced file is another", async () => {
  const path = join(folder, "replaced");
  await writeFile(path, "one");
  const before = await signatureOf(path);
  await writeFile(join(folder, "new"), "one");
  await rename(join(folder, "new"), path);
  expect((await signatureOf(path)).text).not.toBe(before.text);
});

test("a missing file is an error of stat", async () => {
  await expect(signatureOf(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
});
