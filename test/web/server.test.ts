import { once } from "node:events";
import { Server as HttpServer } from "node:http";
import { connect, Server, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { Agent, request } from "undici";
import { expect, onTestFinished, test, vi } from "vitest";
import { parseListenAddress } from "../../src/base/listen-address.ts";
import { BindError, listen } from "../../src/web/server.ts";
import { eventually } from "../support/eventually.ts";
import { listening, raw, startWeb } from "./start.ts";

const hello = new Hono().get("/", (c) => c.text("hello"));

test.each([
  [":10035", { port: 10_035 }],
  [":0", { port: 0 }],
  [":65535", { port: 65_535 }],
  ["127.0.0.1:9100", { host: "127.0.0.1", port: 9100 }],
  ["localhost:1", { host: "localhost", port: 1 }],
  ["my-host.example.com:80", { host: "my-host.example.com", port: 80 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["[::]:9100", { host: "::", port: 9100 }],
  ["[fe80::1%eth0]:9100", { host: "fe80::1%eth0", port: 9100 }],
  ["[::ffff:127.0.0.1]:9100", { host: "::ffff:127.0.0.1", port: 9100 }],
  [":00080", { port: 80 }],
])("parseListenAddress: %s", (text, address) => expect(parseListenAddress(text)).toEqual(address));

test.each([
  ...["", ":", "10035", "host", "host:", ":65536", ":123456", ":-1", ":+1", ":1.5", ":1e3", ":0x10", ": 80", ":80 "],
  ...["::1:80", "::1", "[::1]", "[]:80", "[::1]80", "[host/x]:80", "http://host:80", "a b:80", "host:80:90", "a/b:80"],
  ":80\n",
])("parseListenAddress: %j is none", (text) => expect(parseListenAddress(text)).toBeUndefined());

test.each([
  ["IPv4", { host: "127.0.0.1", port: 0 }, /^127\.0\.0\.1:\d+$/],
  ["IPv6", { host: "::1", port: 0 }, /^\[::1\]:\d+$/],
  ["a name", { host: "localhost", port: 0 }, /^(127\.0\.0\.1|\[::1\]):\d+$/],
])("%s: the address is what was really bound", async (_, where, address) => {
  const listener = await listening(hello, where);
  expect(listener.address).toMatch(address);
  expect(listener.address).not.toMatch(/:0$/);
  expect(await (await fetch(`http://${listener.address}`)).text()).toBe("hello");
});

test("without a host, on every address of both families", async () => {
  const { address } = await listening(hello, { port: 0 });
  const port = /^\[::\]:(\d+)$/.exec(address)?.[1];
  for (const host of ["127.0.0.1", "[::1]"]) expect((await fetch(`http://${host}:${port}`)).status).toBe(200);
});

test.each(["127.0.0.1", "::1", "::"])("HTTP/1.0 without a host, listening on %s", async (host) => {
  const { listener } = await startWeb({ where: { host, port: 0 } });
  const { status, body } = await raw(listener.address.replace("[::]", "127.0.0.1"), "GET /metrics HTTP/1.0\r\n\r\n");
  expect(status).toBe(200);
  expect(body.toString()).toMatch(/^# HELP /);
});

test("a port that is taken is one line that says what to do", async () => {
  const { address } = await listening(hello);
  const port = Number(address.split(":")[1]);
  for (const where of [{ host: "127.0.0.1", port }, { port }]) {
    const error = await listen(hello, where).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BindError);
    expect((error as BindError).message).toBe(
      `cannot listen on ${where.host ?? ""}:${port}: the port is taken; stop what listens there, or choose another`,
    );
  }
});

test.each([
  ["an unknown host", "no-such-host.invalid", /^cannot listen on no-such-host\.invalid:0: the host name [^\n]+$/],
  [
    "an address of somebody else",
    "203.0.113.1",
    /^cannot listen on 203\.0\.113\.1:0: this machine has no such address$/,
  ],
  ["an interface that is none", "fe80::1%nowhere", /^cannot listen on \[fe80::1%nowhere\]:0: [^\n]+$/],
])("%s", async (_, host, message) => {
  const error = await listen(hello, { host, port: 0 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(BindError);
  expect((error as BindError).message).toMatch(message);
});

/** A listener and the server of Node's behind it. */
async function inside(): Promise<{ readonly server: unknown; readonly address: string }> {
  const spy = vi.spyOn(Server.prototype, "listen");
  const { address } = await listening(hello);
  const server = spy.mock.contexts[0];
  spy.mockRestore();
  return { server, address };
}

test("slow clients have a limit for headers, request, idleness and reading", async () => {
  const { server } = await inside();
  expect(server).toBeInstanceOf(HttpServer);
  expect(server).toMatchObject({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 90_000,
    timeout: 120_000,
    maxConnections: 5_000,
  });
});

test("connections that cannot be accepted end nothing", async () => {
  const { server, address } = await inside();
  for (let times = 0; times < 3; times += 1) (server as Server).emit("error", new Error("accept EMFILE"));
  expect((await fetch(`http://${address}`)).status).toBe(200);
});

/** A connection that is kept open, after one answer. */
async function keptAlive(address: string): Promise<Socket> {
  const { hostname, port } = new URL(`http://${address}`);
  const socket = connect(Number(port), hostname);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "data");
  return socket;
}

test("close ends idle connections at once, and takes no new one", async () => {
  const listener = await listen(hello, { host: "127.0.0.1", port: 0 });
  const sockets = [await keptAlive(listener.address), await keptAlive(listener.address)];
  const ended = sockets.map((socket) => once(socket, "close"));
  // It would wait for a minute otherwise, which no test does.
  await listener.close(60_000);
  await Promise.all(ended);
  await expect(fetch(`http://${listener.address}`)).rejects.toThrow();
});

test("close lets a request finish, and cuts after the grace what is still open", async () => {
  const arrived: string[] = [];
  let answer = (_: string): void => {};
  const app = new Hono()
    .get("/slow", async (c) => {
      arrived.push("slow");
      return c.text(
        await new Promise<string>((resolve) => {
          answer = resolve;
        }),
      );
    })
    .get("/never", () => {
      arrived.push("never");
      return new Promise<Response>(() => {});
    });
  const listener = await listening(app);
  const slow = fetch(`http://${listener.address}/slow`);
  const never = expect(fetch(`http://${listener.address}/never`)).rejects.toThrow();
  await eventually(() => expect(arrived).toHaveLength(2));
  const closed = listener.close(100);
  answer("in the end");
  expect(await (await slow).text()).toBe("in the end");
  await closed;
  await never;
});

test("a thousand scrapes, a hundred at once, are all answered, in whole", async () => {
  const { url } = await startWeb({ tasks: 20, maxRequests: 0 });
  // fetch would give up after 10 s without a connection; more of them may keep the server's loop from reading for as long.
  const dispatcher = new Agent({ connections: 100, connectTimeout: 0, headersTimeout: 0 });
  onTestFinished(() => dispatcher.destroy());
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, at) => {
      const headers = { "accept-encoding": at % 2 ? "gzip" : "identity" };
      const { statusCode, body } = await request(`${url}/metrics`, { dispatcher, headers });
      const bytes = Buffer.from(await body.arrayBuffer());
      return [statusCode, String(at % 2 ? gunzipSync(bytes) : bytes).split("task_id=").length];
    }),
  );
  expect(new Set(answers.map(String)).size).toBe(1);
  expect(answers[0]?.[0]).toBe(200);
});

test("a client that aborts in the middle of a body does no harm", async () => {
  const { url, listener, errors } = await startWeb({ tasks: 5_000 });
  const { hostname, port } = new URL(url);
  for (let round = 0; round < 5; round += 1) {
    const socket = connect(Number(port), hostname);
    socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "data");
    socket.resetAndDestroy();
  }
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('cbr_task_status{project="p",task_id="t4999",status="unknown"} 1\n');
  expect(errors).toEqual([]);
  await listener.close(60_000);
});

test("a client that reads slowly gets everything", async () => {
  const { listener } = await startWeb({ tasks: 3_000 });
  const { hostname, port } = new URL(`http://${listener.address}`);
  const socket = connect(Number(port), hostname);
  socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  let length = 0;
  for await (const chunk of socket) {
    length += (chunk as Buffer).byteLength;
    socket.pause();
    await new Promise((resolve) => setImmediate(resolve));
    socket.resume();
  }
  const whole = (await raw(listener.address, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).body;
  expect(length).toBeGreaterThan(whole.byteLength);
});
