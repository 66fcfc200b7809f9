import { dirname, resolve } from "node:path";
import { isOneLine, isToken, maxSecretBytes } from "../base/patterns.ts";
import { readTextFile } from "../base/read-text-file.ts";
import type { Problem } from "./problem.ts";
import { child, follow, items, type Tree, textOf } from "./yaml/tree.ts";

interface SecretFile {
  /** Under `auth`. */
  readonly path: readonly string[];
  /** What it holds, with its article. */
  readonly what: string;
  /** What may stand in it besides the newline at its end. */
  readonly holds: "token" | "password";
}

const secretFiles: readonly SecretFile[] = [
  { path: ["token_file"], what: "a token", holds: "token" },
  { path: ["password", "password_file"], what: "a password", holds: "password" },
  { path: ["ak_sk", "access_key_file"], what: "an access key", holds: "token" },
  { path: ["ak_sk", "secret_key_file"], what: "a secret key", holds: "token" },
  { path: ["ak_sk", "security_token_file"], what: "a security token", holds: "token" },
];

/** What is wrong with the files of secrets that a configuration names; never quotes their content, nor their paths. */
export async function secretFileProblems(tree: Tree, file: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [index, project] of items(child(tree, "projects")).entries()) {
    for (const secretFile of secretFiles) {
      const place = follow(project, ["auth", ...secretFile.path]);
      const text = place.whole ? textOf(place.tree) : undefined;
      if (text === undefined || text === "") continue;
      const message = await secretFileFault(resolve(dirname(file), text), secretFile);
      if (message === undefined) continue;
      problems.push({ at: place.tree.at, path: ["projects", index, "auth", ...secretFile.path], message });
    }
  }
  return problems;
}

async function secretFileFault(path: string, { what, holds }: SecretFile): Promise<string | undefined> {
  const file = await readTextFile(path, maxSecretBytes);
  if (!file.ok) return `the file cannot be read: ${file.reason}`;
  const secret = file.text.replace(/\r?\n$/, "");
  if (secret === "") return `the file is empty; it must hold ${what}`;
  if (holds === "token" ? isToken(secret) : isOneLine(secret)) return undefined;
  const line =
    holds === "token"
      ? "one line of printable ASCII characters without spaces"
      : "one line without control characters or a byte order mark";
  return `the file must hold ${line}: ${what.replace(/^an? /, "the ")} alone`;
}
