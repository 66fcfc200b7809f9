import { expect, test } from "vitest";
import type { Fault } from "../../src/simulator/faults/kinds.ts";
import { readFault, readFaultFlag } from "../../src/simulator/faults/read.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { fixedTask } from "../support/cloud.ts";
import { json, show, start } from "./start.ts";

const nowMs = Date.UTC(2026, 10, 24, 12);
const right = { id: "t", status: "running", name: "订单" };
const rightText = JSON.stringify({ operation_log: right });

/** A simulator whose one task `t` has the fault. */
async function faulty(fault: Fault): Promise<Simulator> {
  const simulator = await start({ tasks: [fixedTask("t", right)], now: () => nowMs });
  simulator.setFault("t", fault);
  return simulator;
}

test.each<[Fault, number, string | RegExp, Record<string, string>]>([
  [
    { kind: "throttle", retryAfter: 5 },
    429,
    /"APIGW\.0308".*policy user over ratelimit,limit:/,
    { "retry-after": "5" },
  ],
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
  [{ kind: "broken-json" }, 200, rightText.slice(0, rightText.length / 2), {}],
  [{ kind: "html" }, 200, /<h1>Please log in/, { "content-type": "text/html; charset=utf-8" }],
  [{ kind: "empty" }, 200, "", {}],
  [{ kind: "wrong-shape" }, 200, "{}", {}],
  [{ kind: "wrong-shape", shape: "null" }, 200, '{"operation_log": null}', {}],
  [{ kind: "wrong-shape", shape: "list" }, 200, "[]", {}],
  [{ kind: "foreign-id" }, 200, /^\{"operation_log":\{"id":"f0e1d2c3-[^"]*","status":"running"/, {}],
  [{ kind: "foreign-id", id: "other" }, 200, /"id":"other"/, {}],
  [{ kind: "raw", body: '{"a":' }, 200, '{"a":', { "content-type": "application/json" }],
  [{ kind: "raw", body: "x", contentType: "text/plain" }, 200, "x", { "content-type": "text/plain" }],
  [{ kind: "redirect", location: "/x", status: 307 }, 307, "", { location: "/x" }],
  [{ kind: "status", status: 401 }, 401, /APIGW\.0301/, {}],
  [{ kind: "status", status: 403 }, 403, /BackupService\.8600/, {}],
  [{ kind: "status", status: 404 }, 404, /APIGW\.0101/, {}],
  [{ kind: "status", status: 204 }, 204, "", {}],
  [{ kind: "status", status: 403, body: "no", headers: { "x-why": "so" } }, 403, "no", { "x-why": "so" }],
  [{ kind: "huge-body", bytes: 200 }, 200, new RegExp(`^\\{"padding":"x+",${rightText.slice(1)}$`), {}],
  [{ kind: "latency", ms: 1 }, 200, rightText, {}],
])("%j", async (fault, status, body, headers) => {
  const response = await show(await faulty(fault), "t", {
    headers: { "X-Auth-Token": "demo-token" },
    redirect: "manual",
  });
  expect(response.status).toBe(status);
  expect(Object.fromEntries(response.headers)).toMatchObject({ date: "Tue, 24 Nov 2026 12:00:00 GMT", ...headers });
  const text = await response.text();
  if (typeof body === "string") expect(text).toBe(body);
  else expect(text).toMatch(body);
});

test("slow-body sends the headers at once, then the right answer byte by byte, then blanks", async () => {
  const { body } = await show(await faulty({ kind: "slow-body", intervalMs: 1 }), "t");
  const length = Buffer.byteLength(rightText);
  let got = Buffer.alloc(0);
  for await (const piece of body ?? []) {
    got = Buffer.concat([got, piece]);
    if (got.length > length) break; // closes
  }
  expect(got.toString()).toBe(`${rightText}${" ".repeat(got.length - length)}`);
});

test("a task's own fault comes before everybody's; each has its times and its turns", async () => {
  const simulator = await faulty({ kind: "empty", every: 2, times: 2 });
  simulator.setFault("*", { kind: "server-error", times: 4 });
  const statuses: number[] = [];
  for (let n = 0; n < 7; n++) statuses.push((await show(simulator, "t")).status);
  expect(statuses).toEqual([500, 200, 500, 200, 500, 500, 200]);
  simulator.setFault("nobody", { kind: "foreign-id", id: "x" }); // an id that does not exist has a right answer to spoil
  expect(await json(await show(simulator, "nobody"))).toEqual({ operation_log: { id: "x" } });
  simulator.setFault("nobody", undefined);
  expect((await show(simulator, "nobody")).status).toBe(404);
});

test("faults are set, listed and healed over HTTP", async () => {
  const simulator = await start({ tasks: [fixedTask("t", right)] });
  const faults = `${simulator.url}/simulator/faults`;
  const put = async (target: string, body: string) => {
    const response = await fetch(`${faults}/${target}`, { method: "PUT", body });
    return [response.status, await response.text()];
  };
  expect(await put("t", '{"kind":"throttle","retryAfter":1}')).toEqual([204, ""]);
  expect(await put("*", '{"kind":"cut","every":2}')).toEqual([204, ""]);
  expect(await json(await fetch(faults))).toEqual({
    t: { kind: "throttle", retryAfter: 1 },
    "*": { kind: "cut", every: 2 },
  });
  expect((await show(simulator, "t")).status).toBe(429);
  for (const target of ["t", "*"]) {
    expect((await fetch(`${faults}/${target}`, { method: "DELETE" })).status).toBe(204);
  }
  expect((await show(simulator, "t")).status).toBe(200);
  expect(await put("t", "{")).toEqual([400, "a fault is an object with a kind\n"]);
  for (let n = 0; n < 100_000; n++) simulator.setFault(`t-${n}`, { kind: "cut" });
  expect(await put("t", '{"kind":"hang"}')).toEqual([400, "too many faults\n"]);
  expect(await put("t-1", '{"kind":"hang"}')).toEqual([204, ""]);
  // Last, for it ends the connection.
  const huge = `{"kind":"raw","body":"${"x".repeat(1024 * 1024)}"}`;
  expect(await put("t", huge)).toEqual([400, "a fault must be under 1 MiB\n"]);
});

test.each([
  [undefined, "a fault is an object with a kind"],
  [{}, /^kind must be one of throttle, server-error, broken-json, /],
  [{ kind: "constructor" }, /^kind must be one of throttle, /],
  [{ kind: "hang", constructor: 3 }, 'hang: unknown key "constructor"'],
  [{ kind: "hang", times: 0 }, /^hang: times must be a whole number from 1 to /],
  [{ kind: "latency" }, /^latency: ms must be a whole number/],
  [{ kind: "status", status: 101 }, "status: status must be a whole number from 200 to 599"],
  [{ kind: "status", status: 200, headers: { a: "b\nc" } }, "status: headers must be an object of header values"],
  [{ kind: "raw", body: 1 }, "raw: body must be a text"],
  [{ kind: "redirect", location: "a\r\nb" }, "redirect: location must be a text of printable ASCII"],
  [{ kind: "wrong-shape", shape: "tree" }, "wrong-shape: shape must be one of object, null, list"],
  [{ kind: "server-error", html: 1 }, "server-error: html must be true or false"],
  [{ kind: "throttle", retryAfter: -1 }, "throttle: retryAfter must be a number of seconds or a text"],
])("%j is no fault", (value, says) => {
  const result = readFault(value);
  if (typeof says === "string") expect(result).toBe(says);
  else expect(result).toMatch(says);
});

test.each<[string, Fault]>([
  ["hang", { kind: "hang" }],
  ["throttle:5", { kind: "throttle", retryAfter: 5 }],
  ["server-error:503", { kind: "server-error", status: 503 }],
  ["raw:a:b=c", { kind: "raw", body: "a:b=c" }],
  ["raw:7", { kind: "raw", body: "7" }],
  ["foreign-id:12", { kind: "foreign-id", id: "12" }],
  ["status:403", { kind: "status", status: 403 }],
  ["latency:0", { kind: "latency", ms: 0 }],
  ['{"kind":"cut","times":2}', { kind: "cut", times: 2 }],
])("--fault t-1=%s", (text, fault) => expect(readFaultFlag(`t-1=${text}`)).toEqual({ target: "t-1", fault }));

test.each([
  ["hang", 'must be ID=kind[:arg], but is "hang"'],
  ["=hang", 'must be ID=kind[:arg], but is "=hang"'],
  ["*={", "is not valid JSON"],
  ["*=hang:5", "hang takes no argument"],
  ["*=toString:5", "toString takes no argument"],
  ["*=huge-body:many", /^huge-body: bytes must be a whole number/],
  ["*=status:600", "status: status must be a whole number from 200 to 599"],
])("--fault refuses %s", (text, says) => expect(readFaultFlag(text)).toMatch(says));
