import type { ServerResponse } from "node:http";
import type { Body } from "../metrics/exposition.ts";

/** Handed to the connection at a time: enough to keep a fast reader busy. */
const writeBytes = 1024 * 1024;

/**
 * Answers 200 with the chunks as they are, never joined or copied. A reader that takes nothing holds what is handed to
 * the connection at a time, and the chunks, which it shares with other readers of the same text. Only the headers for
 * HEAD.
 *
 * @param onLeft is told the chunks not taken yet: at first all, then whenever the reader has taken some
 */
export function sendBody(
  response: ServerResponse,
  { chunks, length }: Body,
  headers: Readonly<Record<string, string>>,
  onLeft: (chunks: readonly Uint8Array[]) => void,
): void {
  response.writeHead(200, { ...headers, "content-length": length });
  if (response.req.method === "HEAD") {
    response.end();
    return;
  }
  let left = chunks;
  /** Of the first chunk that is left. */
  let taken = 0;
  function writeOn(): void {
    onLeft(left);
    response.cork();
    let room = writeBytes;
    for (let chunk = left[0]; chunk && room > 0; chunk = left[0]) {
      const part = chunk.subarray(taken, taken + room);
      response.write(part);
      room -= part.byteLength;
      taken += part.byteLength;
      if (taken < chunk.byteLength) break;
      left = left.slice(1);
      taken = 0;
    }
    response.uncork();
    if (left.length === 0) response.end();
    else response.once("drain", writeOn);
  }
  writeOn();
}
