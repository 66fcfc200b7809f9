import { fileErrorReason, readTextFile, signatureOf } from "../../base/read-text-file.ts";
import { formatProblems } from "../format-problem.ts";
import { parseTaskFile, type TaskFileContent, type TaskFileOptions } from "./parse-task-file.ts";

/** A task file as it was at a look. */
export interface WatchedFile {
  /** Changes when the file does. */
  readonly signature: string;
  /** With why it could not be read, where it could not. */
  readonly content: TaskFileContent | { readonly ok: false; readonly unreadable: string };
}

/**
 * Looks at a task file again; one that did not change costs one `stat`. Never throws.
 * @param shown its name, as messages are to say it
 * @returns the very same object when nothing changed
 */
export async function lookAtFile(
  path: string,
  options: TaskFileOptions,
  before?: WatchedFile,
  shown = path,
): Promise<WatchedFile> {
  const signature = await signatureOf(path).catch(fileErrorReason);
  if (before?.signature === signature) return before;
  const file = await readTextFile(path);
  const content = file.ok ? parseTaskFile(file.text, shown, options) : { ok: false as const, unreadable: file.reason };
  return { signature, content };
}

/** What is wrong with a file, in whole lines. */
export function linesOf(path: string, { content }: WatchedFile): readonly string[] {
  if (content.ok) return [];
  if ("unreadable" in content) return [`${path}: cannot be read: ${content.unreadable}`];
  return formatProblems(content.problems.map((problem) => ({ ...problem, file: path })));
}
