import { type FileSignature, signatureOf } from "../base/file-signature.ts";
import type { Environment } from "./expand-variables.ts";
import { type ListedTask, parseTaskFile } from "./parse-task-file.ts";
import { formatProblems } from "./problem.ts";
import { fileErrorReason, readTextFile } from "./read-text-file.ts";

export interface WatchedFile {
  /** Changes when the file does. */
  readonly signature: string;
  /** Whether a later change is sure to change the signature. */
  readonly settled: boolean;
  readonly content:
    | { readonly ok: true; readonly tasks: readonly ListedTask[] }
    | { readonly ok: false; readonly lines: readonly string[] };
}

export interface FileWatch {
  /** Reads those of the files that changed since the last look; others cost one `stat`. */
  look(paths: ReadonlySet<string>): Promise<ReadonlyMap<string, WatchedFile>>;
}

export function createFileWatch(env: Environment): FileWatch {
  let known = new Map<string, WatchedFile>();
  return {
    async look(paths) {
      const next = new Map<string, WatchedFile>();
      for (const path of paths) {
        const { text: signature, settled } = await sign(path);
        const before = known.get(path);
        const same = before?.settled && before.signature === signature;
        next.set(path, same ? before : { signature, settled, content: await read(path, env) });
      }
      known = next;
      return next;
    },
  };
}

async function sign(path: string): Promise<FileSignature> {
  try {
    return await signatureOf(path);
  } catch (error) {
    return { text: fileErrorReason(error), settled: true };
  }
}

async function read(path: string, env: Environment): Promise<WatchedFile["content"]> {
  const file = await readTextFile(path);
  if (!file.ok) return { ok: false, lines: [`${path}: cannot be read: ${file.reason}`] };
  const content = parseTaskFile(file.text, path, env);
  if (content.ok) return content;
  return { ok: false, lines: formatProblems(content.problems.map((problem) => ({ ...problem, file: path }))) };
}
