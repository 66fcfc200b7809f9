import { request } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../../src/simulator/vendor-example.ts";
import { type SignedOptions, signed } from "../signed.ts";
import { json, start } from "../start.ts";

const noon = Date.UTC(2026, 10, 24, 12);
const project = { "x-project-id": vendorProjectId };

/** ShowOpLog, signed by the demo's key unless told otherwise. */
function ask({ url }: Simulator, options: Partial<SignedOptions> = {}, query = ""): Promise<Response> {
  const target = `${url}/v3/${vendorProjectId}/operation-logs/${vendorExample.id}${query}`;
  return fetch(target, { headers: signed(target, { at: noon, headers: project, ...options }) });
}

/** Status, code and message, as far as the echo. */
async function outcome(response: Promise<Response>): Promise<readonly unknown[]> {
  const { status } = await response;
  const { error_code, error_msg = "" } = await json(await response);
  return [status, error_code, String(error_msg).replace("Incorrect IAM authentication information: ", "").slice(0, 26)];
}

const refused = [401, "APIGW.0301", "verify aksk signature fail"];
const locked = [401, "APIGW.0301", "AK access failed to reach "];

test("a signed request is answered, with a query and with more headers signed", async () => {
  const simulator = await start({ now: () => noon });
  expect((await ask(simulator)).status).toBe(200);
  expect((await ask(simulator, { headers: { ...project, "x-more": "1" } }, "?limit=1")).status).toBe(200);
});

test.each<[string, Partial<SignedOptions>]>([
  ["another secret", { secret: "x" }],
  ["an unknown key", { access: "NOBODY" }],
  ["a date 15 minutes and a second ahead", { at: noon + 901_000 }],
  ["a date 15 minutes and a second ago", { at: noon - 901_000 }],
  ["a date in another form", { headers: { ...project, "x-sdk-date": "2026-11-24T12:00:00Z" } }],
  ["no X-Project-Id", { headers: {} }],
  ["an X-Project-Id that is not signed", { headers: {}, unsigned: project }],
  ["a signed header that is changed on the way", { headers: { ...project, a: "1" }, unsigned: { a: "2" } }],
  ["not the form of Authorization", { access: "two words" }],
])("%s is a failure", async (_, options) => {
  expect(await outcome(ask(await start({ now: () => noon }), options))).toEqual(refused);
});

test.each([
  ["as it is", "{}", 200],
  ["changed on the way", '{"a":1}', 401],
  ["lost on the way", "", 401],
])("a body of a GET that was signed and comes %s", async (_, sent, status) => {
  const { url } = await start({ now: () => noon });
  const target = `${url}/v3/${vendorProjectId}/operation-logs/${vendorExample.id}`;
  // fetch sends no body with a GET.
  const got = await new Promise((resolve, reject) => {
    const headers = { ...signed(target, { at: noon, headers: project, body: "{}" }), "content-length": sent.length };
    request(target, { headers, agent: false }, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end(sent);
  });
  expect(got).toBe(status);
});

test.each([900_000, -900_000])("a date %i ms from the clock is right", async (off) => {
  expect((await ask(await start({ now: () => noon }), { at: noon + off })).status).toBe(200);
});

test.each([
  [
    "without a date",
    { authorization: `SDK-HMAC-SHA256 Access=DEMOACCESSKEY, SignedHeaders=host, Signature=${"0".repeat(64)}` },
  ],
  [
    "with a date that is not signed",
    {
      ...signed("http://x/", { at: noon, headers: project }),
      "x-sdk-date": "20261124T120000Z",
      authorization: `SDK-HMAC-SHA256 Access=DEMOACCESSKEY, SignedHeaders=x-project-id, Signature=${"0".repeat(64)}`,
    },
  ],
  [
    "with a signed header that is not sent",
    {
      ...signed("http://x/", { at: noon, headers: project }),
      authorization: `SDK-HMAC-SHA256 Access=DEMOACCESSKEY, SignedHeaders=x-project-id;x-sdk-date;x-none, Signature=${"0".repeat(64)}`,
    },
  ],
])("a request %s is a failure", async (_, headers) => {
  const { url } = await start({ now: () => noon });
  const target = `${url}/v3/${vendorProjectId}/operation-logs/x`;
  expect(await outcome(fetch(target, { headers: headers as Record<string, string> }))).toEqual(refused);
});

test("a query that cannot be decoded is a failure, a request in absolute form none", async () => {
  const simulator = await start({ now: () => noon });
  expect(await outcome(ask(simulator, {}, "?a=%FF"))).toEqual(refused);
  const target = `${simulator.url}/v3/${vendorProjectId}/operation-logs/${vendorExample.id}`;
  const headers = { ...signed(target, { at: noon, headers: project }), host: "cbr", connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(simulator.port, "127.0.0.1");
  socket.write(`GET ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
});

test("a refusal echoes the request's headers, secrets and all", async () => {
  const simulator = await start({ now: () => noon });
  const { error_msg } = await json(await ask(simulator, { secret: "x", unsigned: { "x-security-token": "geheim" } }));
  expect(error_msg).toContain("x-security-token: geheim");
  expect(error_msg).toContain("authorization: SDK-HMAC-SHA256 Access=DEMOACCESSKEY");
});

test("a project that is not signed for, or that does not exist, is 403", async () => {
  const simulator = await start({ now: () => noon, projects: [{ id: "other", name: "eu-de" }] });
  const of = (id: string, signedFor: string) => {
    const target = `${simulator.url}/v3/${id}/operation-logs/${vendorExample.id}`;
    return fetch(target, { headers: signed(target, { at: noon, headers: { "x-project-id": signedFor } }) });
  };
  expect((await of("other", "other")).status).toBe(200);
  for (const response of [await of("other", vendorProjectId), await of("nobody", "nobody")]) {
    expect([response.status, (await json(response)).error_code]).toEqual([403, "APIGW.0306"]);
  }
});

test("six failures in a row lock the key for five minutes, against right signatures too", async () => {
  let now = noon;
  const keys = [
    { access: "A", secret: "a" },
    { access: "B", secret: "b" },
  ];
  const simulator = await start({ now: () => now, keys });
  const right = (access = "A") => ask(simulator, { access, secret: access.toLowerCase(), at: now });
  const wrong = () => outcome(ask(simulator, { access: "A", secret: "x", at: now }));
  for (let n = 0; n < 5; n++) expect(await wrong()).toEqual(refused);
  expect((await right()).status).toBe(200); // so the next five are not in a row with the five before
  for (let n = 0; n < 6; n++) expect(await wrong()).toEqual(refused);
  expect(await outcome(right())).toEqual(locked);
  expect((await right("B")).status).toBe(200);
  now += 299_999;
  expect(await outcome(right())).toEqual(locked);
  now += 1;
  expect((await right()).status).toBe(200);
});

test("keys come, change, unlock and go", async () => {
  const simulator = await start({ now: () => noon, keys: [] });
  const mine = { access: "MINE", secret: "s" };
  expect(await outcome(ask(simulator, mine))).toEqual(refused);
  simulator.setKey(mine);
  for (let n = 0; n < 6; n++) await ask(simulator, { ...mine, secret: "x" });
  expect(await outcome(ask(simulator, mine))).toEqual(locked);
  simulator.setKey({ ...mine, secret: "new" });
  expect((await ask(simulator, { ...mine, secret: "new" })).status).toBe(200);
  simulator.removeKey("MINE");
  expect(await outcome(ask(simulator, { ...mine, secret: "new" }))).toEqual(refused);
});

test("a temporary key wants its security token sent and signed, and ends", async () => {
  let now = noon;
  const key = { access: "T", secret: "t", securityToken: "token", expiresAtMs: noon + 1000 };
  const simulator = await start({ now: () => now, keys: [key] });
  const by = (headers: Record<string, string>, unsigned = {}) =>
    ask(simulator, { access: "T", secret: "t", headers: { ...project, ...headers }, unsigned });
  const token = { "x-security-token": "token" };
  expect((await by(token)).status).toBe(200);
  expect(await outcome(by({ "x-security-token": "another" }))).toEqual(refused);
  expect(await outcome(by({}, token))).toEqual(refused);
  expect(await outcome(by({}))).toEqual(refused);
  now += 1000;
  const { error_code, error_msg } = await json(await by(token));
  expect([error_code, error_msg]).toEqual([
    "APIGW.0301",
    "Incorrect IAM authentication information: security token expires, expires_at: 2026-11-24T12:00:01.000000Z",
  ]);
});
