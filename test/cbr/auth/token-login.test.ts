import { mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSecret } from "../../../src/base/secret.ts";
import { tokenLogin } from "../../../src/cbr/auth/token-login.ts";
import type { Login } from "../../../src/cbr/transport/login.ts";

const url = new URL("http://127.0.0.1/v3/x");

async function used(login: Login): Promise<{ token: string | undefined; generation: number }> {
  const credential = await login.credential();
  return { token: credential.headers({ method: "GET", url })["x-auth-token"], generation: credential.generation };
}

test("a token of the configuration is one credential for ever", async () => {
  const login = tokenLogin({ value: createSecret("abc") });
  expect(await used(login)).toEqual({ token: "abc", generation: 1 });
  expect(await used(login)).toEqual({ token: "abc", generation: 1 });
  expect(login.expiresAt()).toBeUndefined();
});

describe("a token file", () => {
  let folder: string;
  let path: string;
  let login: Login;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cbr-token-"));
    path = join(folder, "token");
    login = tokenLogin({ file: path });
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ["as it is", "abc", "abc"],
    ["without the newline at its end", "abc\n", "abc"],
    ["without Windows's newline at its end", "abc\r\n", "abc"],
  ])("is read %s", async (_, text, token) => {
    await writeFile(path, text);
    expect(await used(login)).toEqual({ token, generation: 1 });
    expect(login.expiresAt()).toBeUndefined();
  });

  test("is one credential while it does not change", async () => {
    await writeFile(path, "abc");
    expect((await login.credential()).generation).toBe((await login.credential()).generation);
  });

  test.each<[string, () => Promise<void>]>([
    ["its size changes", () => writeFile(path, "another")],
    [
      "its time changes",
      async () => {
        await writeFile(path, "xyz");
        await utimes(path, 1_800_000_000, 1_800_000_000);
      },
    ],
    [
      "another file takes its place",
      async () => {
        await writeFile(`${path}.new`, "xyz");
        await utimes(`${path}.new`, 1_700_000_000, 1_700_000_000);
        await rename(`${path}.new`, path);
      },
    ],
  ])("is read again when %s", async (_, rotate) => {
    await writeFile(path, "abc");
    await utimes(path, 1_700_000_000, 1_700_000_000);
    expect(await used(login)).toEqual({ token: "abc", generation: 1 });
    await rotate();
    const { token, generation } = await used(login);
    expect(token).not.toBe("abc");
    expect(generation).toBe(2);
  });

  test.each<[string, () => Promise<void>]>([
    ["empty", () => writeFile(path, "")],
    ["half a line", () => writeFile(path, "xyz\nabc")],
    ["missing", () => rm(path)],
  ])("that is %s for a moment keeps the token read before, and the next one is taken", async (_, spoil) => {
    await writeFile(path, "abc");
    await used(login);
    await spoil();
    expect(await used(login)).toEqual({ token: "abc", generation: 1 });
    await writeFile(path, "a-new-one");
    expect(await used(login)).toEqual({ token: "a-new-one", generation: 2 });
  });

  test.each<[string, string | undefined, string]>([
    ["is missing", undefined, "auth.token_file: the file cannot be used: no such file"],
    ["is empty", "", "auth.token_file: the file cannot be used: it must hold the secret alone, on one line"],
    [
      "holds a newline within",
      "hunter2\nabc",
      "auth.token_file: the file cannot be used: it must hold the secret alone, on one line",
    ],
    [
      "holds a carriage return",
      "hunter2\rabc",
      "auth.token_file: the file cannot be used: it must hold the secret alone, on one line",
    ],
    [
      "holds a blank",
      "hunter2 abc",
      "auth.token_file: the file cannot be used: it must hold the secret alone, on one line",
    ],
    [
      "holds letters that no header takes",
      "hunter2é",
      "auth.token_file: the file cannot be used: it must hold the secret alone, on one line",
    ],
  ])("that %s from the start is said by its key, without its content", async (_, text, message) => {
    if (text !== undefined) await writeFile(path, text);
    await expect(login.credential()).rejects.toThrow(new Error(message));
    await writeFile(path, "abc");
    expect(await used(login)).toEqual({ token: "abc", generation: 1 });
  });

  test("that is a folder is said", async () => {
    const folderLogin = tokenLogin({ file: folder });
    await expect(folderLogin.credential()).rejects.toThrow(
      "auth.token_file: the file cannot be used: it is a directory",
    );
  });
});
