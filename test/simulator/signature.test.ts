import { createHash } from "node:crypto";
import { request } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { authorization } from "../../src/cbr/auth/sign.ts";
import { signatureOf } from "../../src/simulator/signature.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { anyCodePoint } from "../support/any-code-point.ts";
import { json, type SignedOptions, signed, start } from "./start.ts";

// Made with the vendor's own signer, @huaweicloud/huaweicloud-sdk-core 3.1 (2026-11-24).
test.each([
  [
    "/v3/p-1/operation-logs?vault_name=a+b%2Bc%2F%C3%BC~%2A%27&offset=0&status&limit=1000",
    { "content-type": "application/json", host: "cbr.example", "x-project-id": "p-1" },
    "SK/+ secret",
    "cf495b1d86b8030fcb5c889085726f64c2cb3df0f342987a5382103c2fd015bb",
  ],
  [
    "/v3/p-1/x/?b=2&B=&b=10&a=1",
    { host: "cbr.example:8443", "content-type": "application/json", "x-security-token": "t==" },
    "SK",
    "59e9608453bee49b0371714387c0379fe752495e37c4c053207196bf2b9fb97c",
  ],
])("the vendor's signer agrees on %s", (target, headers, secret, signature) => {
  const date = "20261124T120000Z";
  const request = { method: "GET", target, headers: { ...headers, "x-sdk-date": date } };
  expect(signatureOf(request, Object.keys(request.headers), date, secret)).toBe(signature);
});

test("the exporter's signer, which is held to the vendor's, agrees on any path, query, body and secret", () => {
  const text = fc.string({ unit: anyCodePoint, maxLength: 8 });
  const date = "20261124T120000Z";
  const query = fc.array(fc.tuple(text, text), { maxLength: 5 });
  fc.assert(
    fc.property(text, query, text, text, (segment, pairs, body, secret) => {
      const url = new URL(`https://cbr.example/v3/x${encodeURIComponent(segment)}?${new URLSearchParams(pairs)}`);
      const headers = { "x-project-id": "p-1", "x-sdk-date": date };
      const bodySha256 = createHash("sha256").update(body).digest("hex");
      const request = { method: "POST", target: url.pathname + url.search, headers, bodySha256 };
      const signature = signatureOf(request, Object.keys(headers), date, secret);
      expect(authorization({ method: "POST", url, headers, body }, { access: "AK", secret }, date)).toBe(
        `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-project-id;x-sdk-date, Signature=${signature}`,
      );
    }),
  );
});

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

test.each<[string, Partial<SignedOptions>, string]>([
  ["as it should be", {}, ""],
  ["with a query and more headers", { headers: { ...project, "x-more": "1" } }, "?limit=1"],
  ["15 minutes ahead", { at: noon + 900_000 }, ""],
  ["15 minutes ago", { at: noon - 900_000 }, ""],
])("a request signed %s is answered", async (_, options, query) => {
  expect((await ask(await start({ now: () => noon }), options, query)).status).toBe(200);
});

const zeros = "0".repeat(64);
const by = (names: string) => ({
  authorization: `SDK-HMAC-SHA256 Access=DEMOACCESSKEY, SignedHeaders=${names}, Signature=${zeros}`,
});

test.each<[string, Partial<SignedOptions>]>([
  ["another secret", { secret: "x" }],
  ["an unknown key", { access: "NOBODY" }],
  ["a date 15 minutes and a second ahead", { at: noon + 901_000 }],
  ["a date 15 minutes and a second ago", { at: noon - 901_000 }],
  ["a date in another form", { headers: { ...project, "x-sdk-date": "2026-11-24T12:00:00Z" } }],
  ["a date that is not signed", { unsigned: by("x-project-id") }],
  ["no X-Project-Id", { headers: {} }],
  ["an X-Project-Id that is not signed", { headers: {}, unsigned: project }],
  ["a signed header that is changed on the way", { headers: { ...project, a: "1" }, unsigned: { a: "2" } }],
  ["a signed header that is not sent", { unsigned: by("x-project-id;x-sdk-date;x-none") }],
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

test("a refusal echoes the request's headers, secrets and all", async () => {
  const { error_msg } = await json(
    await ask(await start({ now: () => noon }), { secret: "x", unsigned: { a: "geheim" } }),
  );
  expect(error_msg).toMatch(/ authorization: SDK-HMAC-SHA256 Access=DEMOACCESSKEY.* a: geheim/);
});

test("a project that is not signed for, or that does not exist, is 403", async () => {
  const simulator = await start({ now: () => noon, projects: [{ id: "other", name: "eu-de" }] });
  const of = async (id: string, signedFor: string) => {
    const target = `${simulator.url}/v3/${id}/operation-logs/${vendorExample.id}`;
    return (await fetch(target, { headers: signed(target, { at: noon, headers: { "x-project-id": signedFor } }) }))
      .status;
  };
  const statuses = [await of("other", "other"), await of("other", vendorProjectId), await of("nobody", "nobody")];
  expect(statuses).toEqual([200, 403, 403]);
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
