import { isToken } from "./patterns.ts";
import { readTextFile } from "./read-text-file.ts";

/** Far more than any token has, and little enough to read at once. */
const maxTokenBytes = 64 * 1024;

/**
 * What is wrong with a file that should hold a token; undefined when nothing is.
 * Never quotes the content, nor the path.
 */
export async function tokenFileFault(path: string): Promise<string | undefined> {
  const file = await readTextFile(path, maxTokenBytes);
  if (!file.ok) return `the file cannot be read: ${file.reason}`;
  const token = file.text.replace(/\r?\n$/, "");
  if (token === "") return "the file is empty; it must hold a token";
  if (isToken(token)) return undefined;
  return "the file must hold one line of printable ASCII characters without spaces: the token alone";
}
