import type { ServerResponse } from "node:http";
import type { Body } from "../metrics/exposition.ts";

/** Handed to the connection at a time: enough to keep a fast reader busy. */
const writeBytes = 1024 * 1024;

/**
 * Answers 200 with the chunks as they are, never joined or copied. A client that reads nothing holds what is handed
 * to the connection at a time, and the chunks, which it shares with other readers of the same text. Only the headers for
 * HEAD.
 *
 * @param onUnread called with the chunks not read yet: at first all, then whenever the reader has read some
 */
export function sendBody(
  response: ServerResponse,
  { chunks, length }: Body,
  headers: Readonly<Record<string, string>>,
  onUnread: (chunks: readonly Uint8Array[]) => void,
): void {
  response.writeHead(200, { ...headers, "content-length": length });
  if (response.req.method === "HEAD") {
    response.end();
    return;
  }
  let unread = chunks;
  /** Bytes of the first of these that have been handed on. */
  let written = 0;
  function writeOn(): void {
    onUnread(unread);
    response.cork();
    let room = writeBytes;
    for (let chunk = unread[0]; chunk && room > 0; chunk = unread[0]) {
      const part = chunk.subarray(written, written + room);
      response.write(part);
      room -= part.byteLength;
      written += part.byteLength;
      if (written < chunk.byteLength) break;
      unread = unread.slice(1);
      written = 0;
    }
    response.uncork();
    if (unread.length === 0) response.end();
    else response.once("drain", writeOn);
  }
  writeOn();
}
