import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** What a file looked like; two that differ mean that the file was changed, replaced or moved. */
export interface FileSignature {
  readonly text: string;
  /** Whether a later change is sure to change the text. */
  readonly settled: boolean;
}

/** Milliseconds. A clock of files ticks every few of them: two changes within one tick look like one. */
const settledAfterMs = 100;

/**
 * Looks at a file, following links; take it before its content is read, so that a change in between is seen the next
 * time. What keeps size, inode and time of the content (`cp -p`, `rsync -t --inplace`) still changes the inode's own.
 *
 * @throws {NodeJS.ErrnoException} of `stat`
 */
export async function signatureOf(path: string): Promise<FileSignature> {
  return describe(await stat(path, { bigint: true }));
}

function describe({ ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): FileSignature {
  return {
    text: [ino, size, mtimeNs, ctimeNs].join(" "),
    settled: Math.abs(Date.now() - Number(ctimeMs)) > settledAfterMs,
  };
}
