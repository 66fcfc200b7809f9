import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import type { WireFault } from "./fault.ts";

const piece = Buffer.alloc(64 * 1024, "x");

/**
 * Plays a fault on the answer's own stream. Returns at once; what goes on ends when the client or the simulator closes.
 * @param right the right answer, whose status and headers go out with what is wrong in the body
 */
export function breakWire(fault: WireFault, outgoing: ServerResponse, right: Answer): void {
  const { status, headers, body } = right;
  switch (fault.kind) {
    case "hang":
      return;
    case "cut":
      outgoing.socket?.destroy();
      return;
    case "cut-body": {
      outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
      outgoing.write(body.slice(0, body.length / 2), () => outgoing.socket?.destroy());
      return;
    }
    case "slow-body":
      send(outgoing, right, slowly(body, fault.intervalMs ?? 100));
      return;
    case "endless-body":
      send(outgoing, right, padded(body, Number.POSITIVE_INFINITY));
      return;
    case "huge-body":
      send(outgoing, right, padded(body, fault.bytes));
      return;
  }
}

/** The pipeline waits for a client that reads slowly, and destroys `pieces` when the client closes. */
function send(outgoing: ServerResponse, { status, headers }: Answer, pieces: AsyncIterable<Uint8Array>): void {
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  pipeline(Readable.from(pieces, { objectMode: false }), outgoing).catch(() => {
    // The client closed: that is how these end.
  });
}

/** The right answer byte by byte, then the blanks that JSON allows, for ever. */
async function* slowly(right: string, intervalMs: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(right);
  for (let at = 0; ; at++) {
    yield Buffer.from([bytes[at] ?? 0x20]);
    await wait(intervalMs, undefined, { ref: false }); // an hour's interval must not outlive the server
  }
}

/** The right answer with a field before the others that makes it `total` bytes long. */
async function* padded(right: string, total: number): AsyncGenerator<Uint8Array> {
  const head = '{"padding":"';
  const tail = `",${right.slice(1)}`;
  yield Buffer.from(head);
  for (let left = total - head.length - Buffer.byteLength(tail); left > 0; left -= piece.length) {
    yield left < piece.length ? piece.subarray(0, left) : piece;
    await turn(); // a client that reads as fast as we write must not keep the others waiting
  }
  yield Buffer.from(tail);
}
