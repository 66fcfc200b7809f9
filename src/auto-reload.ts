import { createHash } from "node:crypto";
import type { Clock } from "./base/clock.ts";
import { type FileText, readTextFile } from "./base/read-text-file.ts";

export interface AutoReloadOptions {
  readonly file: string;
  readonly intervalMs: number;
  readonly clock: Pick<Clock, "after">;
  /** What was read last, for whatever reason; see {@link contentOf}. */
  readonly lastRead: () => string | undefined;
  readonly reload: () => Promise<unknown>;
}

/**
 * Reloads when the content of the configuration is another than that which was read last, good or bad: whatever editors and
 * Kubernetes do with names and links does not matter.
 * @returns a function that ends it
 */
export function startAutoReload({ file, intervalMs, clock, lastRead, reload }: AutoReloadOptions): () => void {
  let isEnded = false;
  let cancel = clock.after(intervalMs, () => void look());

  async function look(): Promise<void> {
    const content = contentOf(await readTextFile(file));
    if (content !== lastRead() && !isEnded) await reload();
    if (!isEnded) cancel = clock.after(intervalMs, () => void look());
  }

  return () => {
    isEnded = true;
    cancel();
  };
}

/** What stands for the content of a file: a digest, or why it cannot be read. */
export function contentOf(file: FileText): string {
  return file.ok ? createHash("sha256").update(file.text).digest("hex") : file.reason;
}
