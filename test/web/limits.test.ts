import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { Body } from "../../src/metrics/exposition.ts";
import { answerMs } from "../../src/web/limits.ts";
import { eventually } from "../support/eventually.ts";
import { startWeb, type Web, type WebOptions } from "./start.ts";

/** More than a connection takes in by itself. */
const large = (megabytes = 16): Body => {
  const chunk = Buffer.alloc(megabytes * 1024 * 1024, "x");
  return { chunks: [chunk], length: chunk.byteLength };
};

function start(body: () => Body | Promise<Body>, options: WebOptions = {}): Promise<Web> {
  return startWeb({ exposition: { body: async () => body() }, ...options });
}

/** A client that asks and reads nothing. */
async function silent({ listener }: Web, request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"): Promise<Socket> {
  const { hostname, port } = new URL(`http://${listener.address}`);
  const socket = connect(Number(port), hostname).pause();
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.write(request);
  return socket;
}

/** As many that read nothing as asked for, all of them being answered. */
async function silentReaders(web: Web, count: number, asked: () => number): Promise<readonly Socket[]> {
  const before = asked();
  const sockets = [];
  for (let each = 0; each < count; each += 1) {
    sockets.push(await silent(web));
    await eventually(() => expect(asked()).toBe(before + each + 1));
  }
  return sockets;
}

const status = async ({ url }: Web, method = "GET"): Promise<number> => {
  const response = await fetch(`${url}/metrics`, { method, headers: { "accept-encoding": "identity" } });
  await response.arrayBuffer();
  return response.status;
};

/** A body that counts how often it was asked for. */
function counted(body: Body = large()) {
  let times = 0;
  const give = (): Body => {
    times += 1;
    return body;
  };
  return { give, times: () => times };
}

test("above the limit: 503, when to come again, one line; HEAD too; other routes are answered", async () => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 2 });
  await silentReaders(web, 2, times);
  for (const method of ["GET", "HEAD"]) {
    const response = await fetch(`${web.url}/metrics`, { method });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.text()).toBe(
      method === "GET" ? "2 answers are under way already, and no more are allowed (--web.max-requests)\n" : "",
    );
  }
  expect(times()).toBe(2);
  for (const path of ["/", "/-/healthy", "/-/ready"]) expect((await fetch(web.url + path)).status).toBe(200);
  for (const method of ["OPTIONS", "POST"]) expect(await status(web, method)).not.toBe(503);
});

test("the refused are told once a minute, with how many there were", async () => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 1 });
  await silentReaders(web, 1, times);
  const told = () => web.log.lines.filter(({ msg }) => msg === "Scrapes refused, too many are under way");
  const refused = (times: number) => ({ level: "warn", fields: { refused: times, limit: 1 } });
  for (let each = 0; each < 3; each += 1) expect(await status(web)).toBe(503);
  expect(told()).toMatchObject([refused(1)]);
  await web.clock.advance(answerMs - 1);
  expect(told()).toHaveLength(1);
  await web.clock.advance(1);
  expect(told()).toMatchObject([refused(1), refused(2)]);
  await web.clock.advance(10 * 60_000);
  expect(told()).toHaveLength(2);
  expect(web.clock.pending()).toBe(0);

  await silentReaders(web, 1, times);
  expect(await status(web)).toBe(503);
  expect(told()).toMatchObject([refused(1), refused(2), refused(1)]);
});

test.each<[string, (socket: Socket) => unknown]>([
  ["its answer has ended", (socket) => socket.resume()],
  ["its connection is closed", (socket) => socket.destroy()],
])("a place is free again when %s", async (_, leave) => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 1 });
  const [socket] = await silentReaders(web, 1, times);
  expect(await status(web)).toBe(503);
  leave(socket as Socket);
  await eventually(async () => expect(await status(web)).toBe(200));
  await eventually(() => expect(web.clock.pending()).toBe(1));
});

/** A body that is made when it is asked for, by hand. */
function byHand() {
  const waiting: { give(body: Body): void; fail(): void }[] = [];
  const body = () =>
    new Promise<Body>((give, reject) => waiting.push({ give, fail: () => reject(new Error("broken")) }));
  return { body, waiting };
}

test("places are free again when a client goes before its answer is made, which is no error, and after one", async () => {
  const { body, waiting } = byHand();
  const web = await start(body, { maxRequests: 1 });
  const gone = await silent(web);
  await eventually(() => expect(waiting).toHaveLength(1));
  gone.resetAndDestroy();
  await eventually(() => expect(web.clock.pending()).toBe(0));
  waiting[0]?.give(large());
  for (const asked of [2, 3]) {
    const answered = status(web);
    await eventually(() => expect(waiting).toHaveLength(asked));
    expect(web.errors).toHaveLength(asked - 2);
    waiting.at(-1)?.fail();
    expect(await answered).toBe(500);
  }
  expect(web.clock.pending()).toBe(0);
});

test("requests sent ahead on one connection give all their places back with it", async () => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 3 });
  const socket = await silent(web, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3));
  await eventually(() => expect(times()).toBe(3));
  expect(await status(web)).toBe(503);
  socket.resetAndDestroy();
  await eventually(async () => expect(await status(web)).toBe(200));
});

test("an answer not taken within 60 s is cut, one that was taken is not, nor its connection", async () => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 2 });
  const [stays, goes] = (await silentReaders(web, 2, times)) as [Socket, Socket];
  stays.resume();
  await eventually(() => expect(web.clock.pending()).toBe(1));
  let closed = 0;
  stays.once("close", () => {
    closed += 1;
  });
  await web.clock.advance(answerMs - 1);
  expect(web.clock.pending()).toBe(1);
  await web.clock.advance(1);
  goes.resume();
  await once(goes, "close");
  expect(goes.bytesRead).toBeLessThan(large().length);
  expect(closed).toBe(0);
  expect(web.log.lines).toMatchObject([
    { level: "warn", msg: "Scrapes cut, their readers are too slow", fields: { cut: 1 } },
  ]);
  expect(await status(web)).toBe(200);
});

test("a reader that takes a little now and then is cut as well: 60 s in all", async () => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 1 });
  const [socket] = (await silentReaders(web, 1, times)) as [Socket];
  for (let second = 0; second < 59; second += 1) {
    socket.once("data", () => socket.pause()).resume();
    await web.clock.advance(1000);
  }
  expect(await status(web)).toBe(503);
  await web.clock.advance(1000);
  expect(await status(web)).toBe(200);
});

test("0 is no limit", async () => {
  const { give, times } = counted();
  const web = await start(give, { maxRequests: 0 });
  await silentReaders(web, 60, times);
  expect(await status(web)).toBe(200);
});

test("readers of one and the same text cost one text, however many they are", async () => {
  const { give, times } = counted(large(48));
  const web = await start(give);
  await silentReaders(web, 40, times);
  expect(await status(web)).toBe(503);
  expect(web.log.messages()).toEqual(["Scrapes refused, too many are under way"]);
});

test("an answer that is still being made holds nothing, and is not cut for what others hold", async () => {
  let asked = 0;
  const { body, waiting } = byHand();
  const web = await start(() => {
    asked += 1;
    return asked > 1 ? large(32) : body();
  });
  const slow = fetch(`${web.url}/metrics`, { headers: { "accept-encoding": "identity" } });
  await eventually(() => expect(asked).toBe(1));
  await web.clock.advance(1000);
  await silentReaders(web, 5, () => asked);
  waiting[0]?.give(large());
  expect((await (await slow).arrayBuffer()).byteLength).toBe(large().length);
});

test("of readers that each hold another text, those go that have taken nothing for longest", async () => {
  let asked = 0;
  const web = await start(() => {
    asked += 1;
    return large(32);
  });
  const closed: number[] = [];
  const sockets: Socket[] = [];
  for (let each = 0; each < 6; each += 1) {
    const [socket] = await silentReaders(web, 1, () => asked);
    sockets.push(socket as Socket);
    (socket as Socket).once("close", () => closed.push(each));
    await web.clock.advance(1000);
    // The first one takes a little, all the time.
    await take(sockets[0] as Socket, 3 * 1024 * 1024);
  }
  // Three texts are allowed at a time.
  const told = web.log.lines.filter(({ msg }) => msg === "Scrapes cut, their readers are too slow");
  expect(told).toMatchObject([{ fields: { cut: 1 } }]);
  for (const socket of sockets) socket.resume();
  await eventually(() => expect(closed).toHaveLength(3));
  expect(closed.sort()).toEqual([1, 2, 3]);
});

/** Lets a client take so many bytes, and next to no more: it stops as they come, not some time after. */
function take(socket: Socket, bytes: number): Promise<void> {
  let left = bytes;
  return new Promise((resolve) => {
    socket.on("data", function count(data: Buffer) {
      left -= data.length;
      if (left > 0) return;
      socket.off("data", count).pause();
      resolve();
    });
    socket.resume();
  });
}
