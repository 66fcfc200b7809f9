import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { Answer } from "../exchange.ts";

/** Unreferenced: an hour's latency must not outlive the server. */
export async function later(ms: number): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { ref: false });
}

/** Sends half of a body whose `Content-Length` promises all of it, then destroys the connection. */
export function sendHalf(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  outgoing.write(body.slice(0, body.length / 2), () => outgoing.socket?.destroy());
}

/** Sends status and headers at once, then the pieces of the body, without `Content-Length`. */
export function sendPieces(
  outgoing: ServerResponse,
  { status, headers, body }: Answer,
  pieces: (body: string) => AsyncIterable<Uint8Array>,
): void {
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  // The pipeline waits for a client that reads slowly, and ends when the client or the simulator closes.
  pipeline(Readable.from(pieces(body), { objectMode: false }), outgoing).catch(() => {});
}

/** The body byte by byte, then the blanks that JSON allows, for ever. */
export async function* slowly(body: string, intervalMs: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  for (let at = 0; ; at++) {
    yield Buffer.from([bytes[at] ?? 0x20]);
    await later(intervalMs);
  }
}

const piece = Buffer.alloc(64 * 1024, "x");

/** The body, an object, with a field before the others that makes it `total` bytes long. */
export async function* padded(body: string, total: number): AsyncGenerator<Uint8Array> {
  const head = '{"padding":"';
  const tail = `",${body.slice(1)}`;
  yield Buffer.from(head);
  for (let left = total - head.length - Buffer.byteLength(tail); left > 0; left -= piece.length) {
    yield left < piece.length ? piece.subarray(0, left) : piece;
    await turn(); // a client that reads as fast as we write must not keep the others waiting
  }
  yield Buffer.from(tail);
}
