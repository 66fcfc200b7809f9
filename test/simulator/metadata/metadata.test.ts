import { expect, test } from "vitest";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../../src/simulator/vendor-example.ts";
import { signed } from "../signed.ts";
import { json, start } from "../start.ts";

const noon = Date.UTC(2026, 10, 24, 12);

function token({ url }: Simulator, ttl?: string): Promise<Response> {
  const headers: Record<string, string> = ttl === undefined ? {} : { "X-Metadata-Token-Ttl-Seconds": ttl };
  return fetch(`${url}/meta-data/latest/api/token`, { method: "PUT", headers });
}

function key({ url }: Simulator, metadataToken?: string): Promise<Response> {
  const headers: Record<string, string> = metadataToken === undefined ? {} : { "X-Metadata-Token": metadataToken };
  return fetch(`${url}/openstack/latest/securitykey`, { headers });
}

test("there is none unless asked for, and it comes and goes", async () => {
  const simulator = await start();
  expect([(await token(simulator, "60")).status, (await key(simulator)).status]).toEqual([404, 404]);
  simulator.setMetadata({});
  expect([(await token(simulator, "60")).status, (await key(simulator)).status]).toEqual([200, 200]);
  simulator.setMetadata(undefined);
  expect((await key(simulator)).status).toBe(404);
  expect([simulator.requestsOf("MetadataToken"), simulator.requestsOf("GetSecurityKey")]).toEqual([2, 3]);
});

test("each key is a new one, signs rightly, and ends", async () => {
  let now = noon;
  const simulator = await start({ now: () => now, metadata: { keySeconds: 3600 } });
  const { credential } = await json(await key(simulator));
  expect(credential).toEqual({
    access: expect.stringMatching(/^[A-Z0-9]{20}$/),
    secret: expect.stringMatching(/^[\w-]{40}$/),
    securitytoken: expect.stringMatching(/^[\w-]{500,}$/),
    expires_at: "2026-11-24T13:00:00.000000Z",
  });
  expect((await json(await key(simulator))).credential.access).not.toBe(credential.access);
  const target = `${simulator.url}/v3/${vendorProjectId}/operation-logs/${vendorExample.id}`;
  const show = () => {
    const headers = { "x-project-id": vendorProjectId, "x-security-token": credential.securitytoken };
    return fetch(target, { headers: signed(target, { ...credential, at: now, headers }) });
  };
  now += 3_599_999;
  expect((await show()).status).toBe(200);
  now += 1;
  expect((await show()).status).toBe(401);
});

test("keys live for a day unless told otherwise", async () => {
  const { credential } = await json(await key(await start({ now: () => noon, metadata: {} })));
  expect(credential.expires_at).toBe("2026-11-25T12:00:00.000000Z");
});

test("a token opens the keys for as long as was asked, a wrong one never, and none only where it is not required", async () => {
  let now = noon;
  const simulator = await start({ now: () => now, metadata: { requireToken: true } });
  const given = await token(simulator, "21600");
  expect(given.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  const text = await given.text();
  expect([(await key(simulator)).status, (await key(simulator, "x")).status]).toEqual([401, 401]);
  now += 21_599_999;
  expect((await key(simulator, text)).status).toBe(200);
  now += 1;
  const late = await key(simulator, text);
  expect([late.status, await late.text()]).toEqual([401, "401 Unauthorized"]);
  simulator.setMetadata({ requireToken: false });
  expect([(await key(simulator)).status, (await key(simulator, "x")).status]).toEqual([200, 401]);
});

test.each([undefined, "", "0", "21601", "1h"])("a token for %j seconds is 400", async (ttl) => {
  expect((await token(await start({ metadata: {} }), ttl)).status).toBe(400);
});

test.each([
  [false, 404],
  [404, 404],
  [405, 405],
  [503, 503],
] as const)("with tokenRoute %j a token is %i", async (tokenRoute, status) => {
  const simulator = await start({ metadata: { tokenRoute } });
  expect([(await token(simulator, "60")).status, (await key(simulator)).status]).toEqual([status, 200]);
});

test("a server without an agency says so", async () => {
  const response = await key(await start({ metadata: { agency: false } }));
  expect(response.status).toBe(401);
  expect(await response.text()).toContain("Please configure Cloud Service Agency first");
});

test("the oldest of a thousand tokens are forgotten", async () => {
  const simulator = await start({ metadata: {} });
  const texts: string[] = [];
  for (let n = 0; n < 1001; n++) texts.push(await (await token(simulator, "60")).text());
  expect((await key(simulator, texts[0])).status).toBe(401);
  expect((await key(simulator, texts[1])).status).toBe(200);
});

test("faults strike both routes by metadata, one by its operation", async () => {
  const simulator = await start({ metadata: {} });
  simulator.setFault("metadata", { kind: "server-error", status: 503 });
  const struck = await key(simulator);
  expect([struck.status, await struck.text(), (await token(simulator, "60")).status]).toEqual([503, "", 503]);
  simulator.setFault("metadata", undefined);
  simulator.setFault("MetadataToken", { kind: "status", status: 405 });
  expect([(await key(simulator)).status, (await token(simulator, "60")).status]).toEqual([200, 405]);
});
