import { constants, type FileHandle, open, stat } from "node:fs/promises";

export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false /** Why not, without the file's name. */; readonly reason: string };

/** The most that a configuration or task file may hold. */
export const maxFileBytes = 10 * 1024 * 1024;

/**
 * Reads a regular file of UTF-8 text; never hangs (a FIFO, a device), never reads past the limit, never throws.
 * @param limit in bytes
 */
export async function readTextFile(path: string, limit: number = maxFileBytes): Promise<FileText> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a FIFO would wait for a writer otherwise.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isDirectory()) return { ok: false, reason: "it is a directory" };
    if (!stat.isFile()) return { ok: false, reason: "it is not a regular file" };
    const bytes = await readAtMost(handle, limit + 1);
    if (bytes.length > limit) return { ok: false, reason: `it is larger than ${formatBytes(limit)}` };
    // A byte order mark stays: in a secret it would be part of it, and the reader of YAML cuts it itself.
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    return { ok: false, reason: fileErrorReason(error) };
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** Why a file could not be read, in words that hold no path. */
export function fileErrorReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons[code] ?? "it is not readable";
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the path is too long",
  ENXIO: "it is not a regular file",
  ERR_INVALID_ARG_VALUE: "the path is not valid",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8 text",
};

/** Reads until the end or the limit; files of /proc say that their size is 0, so the size is not asked. */
async function readAtMost(handle: FileHandle, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < limit) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(256 * 1024, limit - size)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return Buffer.concat(chunks);
}

function formatBytes(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes / 1024} KiB`;
}

/** Milliseconds. A clock of files ticks every few of them: two changes within one tick look like one. */
const youngMs = 100;

/**
 * What a file looks like, following links: the same text at two looks means that it was neither changed, replaced nor
 * moved between them. What keeps size, inode and time of the content (`cp -p`, `rsync -t --inplace`) still changes the
 * inode's own; a file changed a moment ago looks different each time, since another change may leave all of these alike.
 * Take it before the content is read, so that a change in between is seen the next time.
 *
 * @throws {NodeJS.ErrnoException} of `stat`
 */
export async function signatureOf(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true });
  const isYoung = Math.abs(Date.now() - Number(ctimeMs)) <= youngMs;
  return [ino, size, mtimeNs, ctimeNs, isYoung ? process.hrtime.bigint() : ""].join(" ");
}
