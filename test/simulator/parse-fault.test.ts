import { expect, test } from "vitest";
import type { Fault } from "../../src/simulator/fault.ts";
import { faultKinds, parseFault } from "../../src/simulator/parse-fault.ts";
import { parseFaultFlag } from "../../src/simulator/parse-fault-flag.ts";

const valid: readonly Fault[] = [
  { kind: "throttle", retryAfter: 5, retryAfterAs: "date", times: 1, every: 2 },
  { kind: "throttle", retryAfter: "soon" },
  { kind: "server-error", status: 503, html: true },
  { kind: "broken-json" },
  { kind: "html" },
  { kind: "empty" },
  { kind: "wrong-shape", shape: "list" },
  { kind: "foreign-id", id: "x" },
  { kind: "status", status: 404, body: "", contentType: "text/plain", headers: { "X-A": "b" } },
  { kind: "redirect", location: "/", status: 301 },
  { kind: "raw", body: "" },
  { kind: "hang" },
  { kind: "slow-body", intervalMs: 1 },
  { kind: "cut" },
  { kind: "cut-body" },
  { kind: "endless-body" },
  { kind: "huge-body", bytes: 1 },
  { kind: "latency", ms: 0 },
];

test("every kind is taken as it is", () => {
  for (const fault of valid) expect(parseFault(fault)).toBe(fault);
  expect(new Set(valid.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
});

test.each([
  [undefined, "a fault is an object with a kind"],
  [[], "a fault is an object with a kind"],
  [null, "a fault is an object with a kind"],
  [{}, /^kind must be one of throttle, /],
  [{ kind: "constructor" }, /^kind must be one of throttle, /],
  [{ kind: "hang", ms: 3 }, 'hang: unknown key "ms"'],
  [{ kind: "hang", constructor: 3 }, 'hang: unknown key "constructor"'],
  [{ kind: "hang", times: 0 }, /^hang: times must be a whole number from 1 to /],
  [{ kind: "hang", every: 1.5 }, /^hang: every must be a whole number/],
  [{ kind: "latency" }, /^latency: ms must be a whole number/],
  [{ kind: "status", status: 101 }, "status: status must be a whole number from 200 to 599"],
  [{ kind: "status", status: 200, headers: { a: "b\nc" } }, "status: headers must be an object of header values"],
  [{ kind: "status", status: 200, headers: "a" }, "status: headers must be an object of header values"],
  [{ kind: "raw", body: 1 }, "raw: body must be a text"],
  [{ kind: "redirect", location: "a\r\nb" }, "redirect: location must be a text of printable ASCII"],
  [{ kind: "wrong-shape", shape: "tree" }, "wrong-shape: shape must be one of object, null, list"],
  [{ kind: "server-error", html: 1 }, "server-error: html must be true or false"],
  [{ kind: "throttle", retryAfter: -1 }, "throttle: retryAfter must be a number of seconds or a text"],
])("parseFault refuses %j", (value, says) => {
  const result = parseFault(value);
  if (typeof says === "string") expect(result).toBe(says);
  else expect(result).toMatch(says);
});

test.each<[string, string, Fault]>([
  ["*=hang", "*", { kind: "hang" }],
  ["t-1=throttle:5", "t-1", { kind: "throttle", retryAfter: 5 }],
  ["t-1=throttle:soon", "t-1", { kind: "throttle", retryAfter: "soon" }],
  ["t-1=raw:a:b=c", "t-1", { kind: "raw", body: "a:b=c" }],
  ["t-1=raw:7", "t-1", { kind: "raw", body: "7" }],
  ["t-1=redirect:https://x.invalid/a", "t-1", { kind: "redirect", location: "https://x.invalid/a" }],
  ["t-1=foreign-id:12", "t-1", { kind: "foreign-id", id: "12" }],
  ["t-1=wrong-shape:null", "t-1", { kind: "wrong-shape", shape: "null" }],
  ["t-1=status:403", "t-1", { kind: "status", status: 403 }],
  ['t-1={"kind":"cut","times":2}', "t-1", { kind: "cut", times: 2 }],
])("--fault %s", (text, target, fault) => expect(parseFaultFlag(text)).toEqual({ target, fault }));

test.each([
  ["hang", 'must be ID=kind[:arg], but is "hang"'],
  ["=hang", 'must be ID=kind[:arg], but is "=hang"'],
  ["*={", "is not valid JSON"],
  ["*=hang:5", "hang takes no argument"],
  ["*=toString:5", "toString takes no argument"],
  ["*=huge-body:many", /^huge-body: bytes must be a whole number/],
])("--fault refuses %s", (text, says) => expect(parseFaultFlag(text)).toMatch(says));
