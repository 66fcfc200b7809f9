import { expect, test } from "vitest";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { json, signed, start } from "./start.ts";

function token({ url }: Simulator, ttl: string): Promise<Response> {
  const headers = { "X-Metadata-Token-Ttl-Seconds": ttl };
  return fetch(`${url}/meta-data/latest/api/token`, { method: "PUT", headers });
}

function key({ url }: Simulator, metadataToken?: string): Promise<Response> {
  const headers: Record<string, string> = metadataToken === undefined ? {} : { "X-Metadata-Token": metadataToken };
  return fetch(`${url}/openstack/latest/securitykey`, { headers });
}

test("there is none unless asked for", async () => {
  const simulator = await start();
  expect([(await token(simulator, "60")).status, (await key(simulator)).status]).toEqual([404, 404]);
});

test("each key is a new one, signs rightly, and ends", async () => {
  let now = Date.UTC(2026, 10, 24, 12);
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

test("a token opens the keys for as long as was asked, a wrong one never, and none only where it is not required", async () => {
  let now = 0;
  const simulator = await start({ now: () => now, metadata: { requireToken: true } });
  const text = await (await token(simulator, "21600")).text();
  expect([(await key(simulator)).status, (await key(simulator, "x")).status]).toEqual([401, 401]);
  now += 21_599_999;
  expect((await key(simulator, text)).status).toBe(200);
  now += 1;
  expect((await key(simulator, text)).status).toBe(401);
  const lenient = await start({ metadata: {} });
  expect([(await key(lenient)).status, (await key(lenient, "x")).status]).toEqual([200, 401]);
});

test.each(["", "0", "21601", "1h"])("a token for %j seconds is 400", async (ttl) => {
  expect((await token(await start({ metadata: {} }), ttl)).status).toBe(400);
});
