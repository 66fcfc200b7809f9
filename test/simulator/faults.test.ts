import { get, type IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import type { Fault } from "../../src/simulator/fault.ts";
import { fixedTask } from "../../src/simulator/sim-task.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/vendor-example.ts";
import { json, show, start } from "./start.ts";

const nowMs = Date.UTC(2026, 10, 24, 12);
const right = { id: "t", status: "running", name: "订单" };

/** A simulator whose one task `t` has the fault. */
async function faulty(fault: Fault): Promise<Simulator> {
  const simulator = await start({ tasks: [fixedTask("t", right)], now: () => nowMs });
  simulator.setFault("t", fault);
  return simulator;
}

test.each<[Fault, number, string | RegExp, Record<string, string>]>([
  [{ kind: "throttle" }, 429, /"APIGW\.0308".*policy user over ratelimit,limit:/, {}],
  [{ kind: "throttle", retryAfter: 5 }, 429, /APIGW\.0308/, { "retry-after": "5" }],
  [
    { kind: "throttle", retryAfter: 90, retryAfterAs: "date" },
    429,
    /APIGW\.0308/,
    { "retry-after": "Tue, 24 Nov 2026 12:01:30 GMT" },
  ],
  [{ kind: "throttle", retryAfter: "soon", retryAfterAs: "date" }, 429, /APIGW\.0308/, { "retry-after": "soon" }],
  [{ kind: "server-error" }, 500, /APIGW\.0201/, { "content-type": "application/json" }],
  [{ kind: "server-error", status: 502 }, 502, /APIGW\.0610/, {}],
  [{ kind: "server-error", status: 503, retryAfter: 2 }, 503, /APIGW\.0613/, { "retry-after": "2" }],
  [{ kind: "server-error", html: true }, 500, /^<!DOCTYPE html>/, { "content-type": "text/html; charset=utf-8" }],
  [{ kind: "html" }, 200, /<h1>Please log in/, { "content-type": "text/html; charset=utf-8" }],
  [{ kind: "empty" }, 200, "", {}],
  [{ kind: "wrong-shape" }, 200, "{}", {}],
  [{ kind: "wrong-shape", shape: "null" }, 200, '{"operation_log": null}', {}],
  [{ kind: "wrong-shape", shape: "list" }, 200, "[]", {}],
  [{ kind: "foreign-id" }, 200, /^\{"operation_log":\{"id":"f0e1d2c3-[^"]*","status":"running"/, {}],
  [{ kind: "foreign-id", id: "other" }, 200, /"id":"other"/, {}],
  [{ kind: "raw", body: '{"a":' }, 200, '{"a":', { "content-type": "application/json" }],
  [{ kind: "raw", body: "x", contentType: "text/plain" }, 200, "x", { "content-type": "text/plain" }],
  [{ kind: "redirect" }, 302, "", { location: "https://auth.example.invalid/login" }],
  [{ kind: "redirect", location: "/x", status: 307 }, 307, "", { location: "/x" }],
  [{ kind: "status", status: 401 }, 401, /APIGW\.0301/, {}],
  [{ kind: "status", status: 403 }, 403, /BackupService\.8600/, {}],
  [{ kind: "status", status: 404 }, 404, /APIGW\.0101/, {}],
  [{ kind: "status", status: 429 }, 429, /APIGW\.0308/, {}],
  [{ kind: "status", status: 204 }, 204, "", {}],
  [{ kind: "status", status: 418 }, 418, "", {}],
  [{ kind: "status", status: 403, body: "no", headers: { "x-why": "so" } }, 403, "no", { "x-why": "so" }],
])("%j", async (fault, status, body, headers) => {
  const response = await show(await faulty(fault), "t", {
    headers: { "X-Auth-Token": "demo-token" },
    redirect: "manual",
  });
  expect(response.status).toBe(status);
  expect(Object.fromEntries(response.headers)).toMatchObject(headers);
  const text = await response.text();
  if (typeof body === "string") expect(text).toBe(body);
  else expect(text).toMatch(body);
});

test("broken JSON is a whole body that does not parse", async () => {
  const text = await (await show(await faulty({ kind: "broken-json" }), "t")).text();
  expect(text).toMatch(/^\{"operation_log":\{/);
  expect(() => JSON.parse(text)).toThrow();
});

test("hang sends nothing, not even a header", async () => {
  const simulator = await faulty({ kind: "hang" });
  const signal = AbortSignal.timeout(100);
  await expect(show(simulator, "t", { headers: { "X-Auth-Token": "demo-token" }, signal })).rejects.toThrow("timeout");
  expect(simulator.requests("t")).toBe(1);
});

test("cut destroys the connection before any answer", async () => {
  await expect(show(await faulty({ kind: "cut" }), "t")).rejects.toThrow();
});

test("cut-body promises more than it sends", async () => {
  const response = await show(await faulty({ kind: "cut-body" }), "t");
  expect(Number(response.headers.get("content-length"))).toBe(
    Buffer.byteLength(JSON.stringify({ operation_log: right })),
  );
  await expect(response.text()).rejects.toThrow();
});

test("slow-body sends the headers at once, then the right answer byte by byte, then blanks", async () => {
  const response = await open(await faulty({ kind: "slow-body", intervalMs: 1 }));
  const whole = JSON.stringify({ operation_log: right });
  let text = Buffer.alloc(0);
  for await (const chunk of response) {
    text = Buffer.concat([text, chunk]);
    if (text.length > Buffer.byteLength(whole) + 5) break;
  }
  expect(text.toString()).toBe(`${whole}${" ".repeat(text.length - Buffer.byteLength(whole))}`);
});

test("endless-body goes on while the client reads, waits while it does not, and stops when it closes", async () => {
  const simulator = await faulty({ kind: "endless-body" });
  const response = await open(simulator);
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > 20 * 1024 * 1024) break; // closes
  }
  await expect.poll(() => response.destroyed).toBe(true);

  const idle = await open(simulator);
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  await new Promise((resolve) => setTimeout(resolve, 200));
  const after = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  expect(after - before).toBeLessThan(32 * 1024 * 1024);
  idle.destroy();
});

test.each([1, 200, 100_000, 5_000_000])("huge-body of %i bytes is the right answer, padded", async (bytes) => {
  const response = await show(await faulty({ kind: "huge-body", bytes }), "t");
  const text = await response.text();
  if (bytes > 100) expect(Buffer.byteLength(text)).toBe(bytes);
  expect(JSON.parse(text)).toMatchObject({ operation_log: right });
});

test("latency delays the right answer", async () => {
  const simulator = await faulty({ kind: "latency", ms: 60 });
  const before = performance.now();
  expect(await json(await show(simulator, "t"))).toEqual({ operation_log: right });
  expect(performance.now() - before).toBeGreaterThan(55);
});

test("a fault strikes unknown ids too, heals after its times, and can be taken back", async () => {
  const simulator = await faulty({ kind: "foreign-id", id: "x", times: 1 });
  simulator.setFault("*", { kind: "server-error" });
  simulator.setFault("nobody", { kind: "foreign-id", id: "x" });
  expect(await json(await show(simulator, "nobody"))).toEqual({ operation_log: { id: "x" } });
  expect((await show(simulator, "t")).status).toBe(200);
  expect((await show(simulator, "t")).status).toBe(500);
  simulator.setFault("*", undefined);
  expect((await show(simulator, "t")).status).toBe(200);
});

test("faults are set, listed and healed over HTTP", async () => {
  const simulator = await start({ tasks: [fixedTask("t", right)] });
  const faults = `${simulator.url}/simulator/faults`;
  const put = (target: string, body: string) => fetch(`${faults}/${target}`, { method: "PUT", body });
  expect((await put("t", '{"kind":"throttle","retryAfter":1}')).status).toBe(204);
  expect((await put("*", '{"kind":"cut","every":2}')).status).toBe(204);
  expect(await json(await fetch(faults))).toEqual({
    t: { kind: "throttle", retryAfter: 1 },
    "*": { kind: "cut", every: 2 },
  });
  expect((await show(simulator, "t")).status).toBe(429);
  for (const target of ["t", "*"]) {
    expect((await fetch(`${faults}/${target}`, { method: "DELETE" })).status).toBe(204);
  }
  expect(await json(await fetch(faults))).toEqual({});
  expect((await show(simulator, "t")).status).toBe(200);
});

test.each([
  ["not JSON", "{", "a fault is an object with a kind\n"],
  ["an unknown key", '{"kind":"hang","ms":1}', 'hang: unknown key "ms"\n'],
])("a PUT with %s is 400 and one line", async (_, body, says) => {
  const simulator = await start();
  const response = await fetch(`${simulator.url}/simulator/faults/t`, { method: "PUT", body });
  expect([response.status, await response.text()]).toEqual([400, says]);
});

test("a PUT beyond a megabyte is refused, and so is one into a full book", async () => {
  const simulator = await start();
  const put = (target: string, body: string) =>
    fetch(`${simulator.url}/simulator/faults/${target}`, { method: "PUT", body });
  const huge = await put("t", `{"kind":"raw","body":"${"x".repeat(1024 * 1024)}"}`);
  expect([huge.status, await huge.text()]).toEqual([400, "a fault must be under 1 MiB\n"]);
  for (let n = 0; n < 100_000; n++) simulator.setFault(`t-${n}`, { kind: "cut" });
  const full = await put("t", '{"kind":"hang"}');
  expect([full.status, await full.text()]).toEqual([400, "too many faults\n"]);
});

/** ShowOpLog of `t` through node:http, which leaves it to the test when to read. */
function open({ port }: Simulator): Promise<IncomingMessage> {
  const path = `/v3/${vendorProjectId}/operation-logs/t`;
  return new Promise((resolve, reject) => {
    get({ port, path, headers: { "X-Auth-Token": "demo-token" }, agent: false }, (response) => {
      response.on("error", () => {}); // destroyed by the test
      resolve(response);
    }).on("error", reject);
  });
}
