import type { ServerResponse } from "node:http";
import type { Body } from "../metrics/exposition.ts";

/** Handed to the connection at a time: more than the system takes at once, so that a fast reader never waits for this program. */
const writeBytes = 8 * 1024 * 1024;

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
  /** The first chunk that has not been handed on whole, and how many bytes of it have been. */
  let [at, written] = [0, 0];
  function writeOn(): void {
    const first = at;
    response.cork();
    let room = writeBytes;
    for (let chunk = chunks[at]; chunk && room > 0; chunk = chunks[at]) {
      const part = written === 0 && chunk.byteLength <= room ? chunk : chunk.subarray(written, written + room);
      response.write(part);
      room -= part.byteLength;
      written += part.byteLength;
      if (written < chunk.byteLength) break;
      [at, written] = [at + 1, 0];
    }
    response.uncork();
    onUnread(chunks.slice(first));
    if (at === chunks.length) response.end();
    else response.once("drain", writeOn);
  }
  writeOn();
}
