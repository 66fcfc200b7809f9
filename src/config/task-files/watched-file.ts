import { fileErrorReason, readTextFile, signatureOf } from "../../base/read-text-file.ts";
import { formatProblems } from "../problem.ts";
import { type ListedTask, parseTaskFile, type TaskFileOptions } from "./parse-task-file.ts";

/** A task file as it was at a look. */
export interface WatchedFile {
  /** Changes when the file does. */
  readonly signature: string;
  readonly content:
    | { readonly ok: true; readonly tasks: readonly ListedTask[] }
    | { readonly ok: false; readonly lines: readonly string[] };
}

/**
 * Looks at a task file again; one that did not change costs one `stat`. Never throws.
 * @returns the very same object when nothing changed
 */
export async function lookAtFile(path: string, options: TaskFileOptions, before?: WatchedFile): Promise<WatchedFile> {
  const signature = await signatureOf(path).catch(fileErrorReason);
  if (before?.signature === signature) return before;
  return { signature, content: await read(path, options) };
}

async function read(path: string, options: TaskFileOptions): Promise<WatchedFile["content"]> {
  const file = await readTextFile(path);
  if (!file.ok) return { ok: false, lines: [`${path}: cannot be read: ${file.reason}`] };
  const content = parseTaskFile(file.text, path, options);
  if (content.ok) return content;
  return { ok: false, lines: formatProblems(content.problems.map((problem) => ({ ...problem, file: path }))) };
}
