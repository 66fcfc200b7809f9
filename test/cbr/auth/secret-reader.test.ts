import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isOneLine, maxSecretBytes } from "../../../src/base/patterns.ts";
import { reveal } from "../../../src/base/secret.ts";
import { createSecretReader, type SecretReader } from "../../../src/cbr/auth/secret-reader.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { secret } from "../../support/logins.ts";

const then = new Date(1_700_000_000_000);

async function file(text?: string) {
  const path = join(await tempFolder(), "secret");
  if (text !== undefined) {
    await writeFile(path, text);
    await utimes(path, then, then);
  }
  return { path, read: createSecretReader({ file: path }, "password.password_file", isOneLine) };
}

async function now(read: SecretReader): Promise<readonly [text: string, generation: number]> {
  const { secret, generation } = await read();
  return [reveal(secret), generation];
}

test("a secret of the configuration is the same for ever", async () => {
  const read = createSecretReader(secret("abc"), "password.password", isOneLine);
  expect(await now(read)).toEqual(["abc", 1]);
  expect(await read()).toBe(await read());
});

test.each([
  ["with a newline at its end", "pass word\n", "pass word"],
  ["with Windows's newline at its end", "pass word\r\n", "pass word"],
  ["of any script, blanks included", " pässwörd 密码 ", " pässwörd 密码 "],
  ["as long as may be", "x".repeat(maxSecretBytes), "x".repeat(maxSecretBytes)],
])("a file %s", async (_, text, secret) => {
  expect(await now((await file(text)).read)).toEqual([secret, 1]);
});

test("a file that is rewritten in place is read again, though size, inode and time stay, as by rsync -t --inplace", async () => {
  const { path, read } = await file("abc");
  expect(await now(read)).toEqual(["abc", 1]);
  await writeFile(path, "xyz");
  await utimes(path, then, then);
  expect(await now(read)).toEqual(["xyz", 2]);
});

test("a file that was written anew with the same secret is no new secret", async () => {
  const { path, read } = await file("abc");
  await read();
  await writeFile(path, "abc\n");
  expect(await now(read)).toEqual(["abc", 1]);
});

describe("a file that for a moment", () => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ["is empty", (path) => writeFile(path, "")],
    ["holds a newline alone", (path) => writeFile(path, "\n")],
    ["is missing", (path) => rm(path)],
    ["is a directory", (path) => rm(path).then(() => mkdir(path))],
    ["has a newline inside", (path) => writeFile(path, "new\nsecret")],
    ["has two newlines at its end", (path) => writeFile(path, "new\n\n")],
    ["is too long", (path) => writeFile(path, "x".repeat(maxSecretBytes + 1))],
    ["is no UTF-8", (path) => writeFile(path, new Uint8Array([0xff, 0xfe]))],
    ["has a byte order mark", (path) => writeFile(path, "\ufeffnew")],
  ])("%s keeps the secret read before, and the next good one is taken", async (_, spoil) => {
    const { path, read } = await file("abc");
    await read();
    await spoil(path);
    expect(await now(read)).toEqual(["abc", 1]);
    expect(await now(read)).toEqual(["abc", 1]);
    await rm(path, { recursive: true, force: true });
    await writeFile(`${path}.new`, "new");
    await rename(`${path}.new`, path);
    expect(await now(read)).toEqual(["new", 2]);
  });
});

describe("a file that from the start", () => {
  const oneLine = "it must hold the secret alone, on one line";
  test.each<[string, string | undefined, string]>([
    ["is missing", undefined, "no such file"],
    ["is empty", "", oneLine],
    ["has a newline inside", "hunter2\nmore", oneLine],
    ["is too long", `hunter2${"x".repeat(maxSecretBytes)}`, "it is larger than 64 KiB"],
  ])("%s is told by its key, without its name or content", async (_, text, reason) => {
    const { path, read } = await file(text);
    await expect(read()).rejects.toThrow(new Error(`auth.password.password_file: the file cannot be used: ${reason}`));
    await writeFile(path, "abc");
    expect(await now(read)).toEqual(["abc", 1]);
  });
});
