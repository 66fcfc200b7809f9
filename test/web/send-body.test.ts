import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { sendBody } from "../../src/web/send-body.ts";
import { eventually } from "../support/eventually.ts";

const mebibyte = 1024 * 1024;
/** Handed to the connection at a time. */
const atATime = 8 * mebibyte;

interface Sent {
  readonly port: number;
  /** The response, once there is a request. */
  readonly responded: Promise<ServerResponse>;
  readonly written: Uint8Array[];
  readonly unread: (readonly Uint8Array[])[];
}

/** A server that answers with these chunks. */
async function serving(chunks: readonly Uint8Array[]): Promise<Sent> {
  const written: Uint8Array[] = [];
  const unread: (readonly Uint8Array[])[] = [];
  let respond = (_: ServerResponse): void => {};
  const responded = new Promise<ServerResponse>((resolve) => {
    respond = resolve;
  });
  const server = createServer((_, response) => {
    const write = vi.spyOn(response, "write");
    const length = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    sendBody(response, { chunks, length }, { "content-type": "text/plain" }, (now) => unread.push(now));
    response.once("close", () => written.push(...write.mock.calls.map(([part]) => part as Uint8Array)));
    respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, responded, written, unread };
}

const filled = (size: number, at: number): Buffer => Buffer.alloc(size, 97 + at);

test.each<[string, readonly number[]]>([
  ["nothing", []],
  ["an empty chunk", [0]],
  ["one byte", [1]],
  ["many small ones", Array.from({ length: 200 }, (_, at) => at)],
  ["empty ones between others", [0, 5, 0, mebibyte, 0, 7, 0]],
  ["just what is written at a time", [atATime, atATime]],
  ["one byte more, one less", [atATime + 1, atATime - 1, 1]],
  ["large ones", [2 * atATime + 17, 3 * atATime]],
])("%s: a reader gets the very bytes, none of them copied", async (_, sizes) => {
  const chunks = sizes.map(filled);
  const { port, responded, written, unread } = await serving(chunks);
  const [answer, response] = await Promise.all([fetch(`http://127.0.0.1:${port}`), responded]);
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.concat(chunks))).toBe(true);
  await eventually(() => expect(response.closed).toBe(true));
  const memory = new Set(chunks.map(({ buffer }) => buffer));
  for (const part of written) expect(memory.has(part.buffer as ArrayBuffer)).toBe(true);
  expect(unread[0]).toHaveLength(chunks.length);
  for (const [at, now] of unread.entries())
    expect(now.length).toBeLessThanOrEqual(unread[at - 1]?.length ?? now.length);
});

test("of a reader that takes nothing, the connection holds one write", async () => {
  const chunks = [filled(20 * mebibyte, 0), filled(20 * mebibyte, 1)];
  const { port, responded, unread } = await serving(chunks);
  const socket = connect(port, "127.0.0.1").pause();
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const response = await responded;
  // The system's own buffers fill first.
  let before = -1;
  await eventually(() => {
    const now = unread.length;
    const stands = now === before;
    before = now;
    expect(stands).toBe(true);
  }, 300);
  expect(response.socket?.writableLength).toBeGreaterThan(0);
  expect(response.socket?.writableLength).toBeLessThanOrEqual(atATime + 1024);
  expect(unread.at(-1)).toHaveLength(chunks.length);
  socket.destroy();
});
