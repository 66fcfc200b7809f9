import { describe, expect, test } from "vitest";
import { toMillis } from "../../../src/base/micros.ts";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import type { SimKey } from "../../../src/simulator/signature.ts";
import { openCloud, openTimedCloud } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import { errorOf } from "../../support/error-of.ts";
import { noAgency } from "../../support/logins.ts";
import { never } from "../../support/never.ts";

const minute = 60_000;
const hour = 60 * minute;

const byAgency =
  (part: ProjectPart = {}) =>
  (url: string): ProjectPart => ({ auth: { method: "ecs_agency", endpoint: url }, ...part });

describe("a server's keys", () => {
  test.each([
    ["of a service that wants a session", true, undefined],
    ["of a service that can do without", false, undefined],
    ["of a service without sessions", false, 503],
  ])("%s serve all requests", async (_, requireToken, status) => {
    const { api, simulator, clock, observer } = await openTimedCloud(byAgency(), { metadata: { requireToken } });
    if (status !== undefined) simulator.setFault("MetadataToken", { kind: "status", status });
    const end = clock.now() + 24 * hour * 1000;
    await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
    expect(observer).toMatchObject({ attempts: { "ShowOpLog 200": 20 }, reasons: {} });
    expect([simulator.requestsOf("MetadataToken"), simulator.requestsOf("GetSecurityKey")]).toEqual([1, 1]);
    expect(api.login()).toEqual({ method: "ecs_agency", expiresAt: end });
  });

  test("are refreshed 40 minutes before their end, with a new session where the old one has ended", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud(byAgency(), { metadata: { requireToken: true } });
    await api.showOperationLog("a", never);
    await clock.advance(24 * hour - 40 * minute - 1);
    await api.showOperationLog("a", never);
    expect(simulator.requestsOf("GetSecurityKey")).toBe(1);
    await clock.advance(1);
    await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
    // The first of the two was refused for its session, which lives for six hours.
    const asked = () => [simulator.requestsOf("MetadataToken"), simulator.requestsOf("GetSecurityKey")];
    await expect.poll(asked).toEqual([2, 3]);
    await expect.poll(() => api.login().expiresAt).toBe(clock.now() + 24 * hour * 1000);
    expect(observer.failures).toEqual({ "GetSecurityKey unauthorized": 1 });
    expect(observer.attempts["GetSecurityKey 401"]).toBe(1);
  });

  const lease = ({ access, secret, securityToken: securitytoken }: SimKey, more: object = {}): Fault => ({
    kind: "raw",
    body: JSON.stringify({ credential: { access, secret, securitytoken, ...more } }),
  });
  const first = { access: "FIRST", secret: "secret-1", securityToken: "token-1" };
  const second = { access: "SECOND", secret: "secret-2", securityToken: "token-2" };

  test.each<[string, (nowMs: number) => object]>([
    ["an end in an hour", (nowMs) => ({ expires_at: new Date(nowMs + hour).toISOString() })],
    ["no end", () => ({})],
    ["an end that is none", () => ({ expires_at: "soon" })],
    ["an end that is over by this machine's clock", () => ({ expires_at: "2001-01-01T00:00:00.000000Z" })],
  ])("with %s are refreshed a tenth of an hour before it is over", async (_, more) => {
    const { api, simulator, clock } = await openTimedCloud(byAgency(), { metadata: {}, keys: [first] });
    const asked = () => simulator.requestsOf("GetSecurityKey");
    simulator.setFault("GetSecurityKey", lease(first, more(toMillis(clock.now()))));
    await api.showOperationLog("a", never);
    await clock.advance(54.6 * minute - 1);
    await api.showOperationLog("a", never);
    expect([clock.pending(), asked()]).toEqual([0, 1]);
    await clock.advance(1);
    await api.showOperationLog("a", never);
    await expect.poll(asked).toBe(2);
  });

  test("that the cloud refuses are obtained anew, once, and each request has its answer", async () => {
    const { api, simulator, observer } = await openTimedCloud(byAgency(), { metadata: {}, keys: [first, second] });
    simulator.setFault("GetSecurityKey", lease(first));
    await api.showOperationLog("a", never);
    simulator.setFault("GetSecurityKey", lease(second));
    simulator.removeKey("FIRST");
    await Promise.all(Array.from({ length: 200 }, () => api.showOperationLog("a", never)));
    expect(simulator.requestsOf("GetSecurityKey")).toBe(2);
    expect(observer.codes["401"]).toBeLessThanOrEqual(4);
  });
});

test.each([
  ["and says so", { kind: "status", status: 404 }],
  ["and says so to a session", undefined],
] as const)("a server has no agency, %s: one clear message", async (_, sessions) => {
  const { api, simulator, observer } = await openCloud(byAgency({ retries: 3 }), { metadata: {} });
  simulator.setFault("MetadataToken", sessions);
  simulator.setFault("GetSecurityKey", noAgency);
  const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(api.showOperationLog("a", never))));
  expect(new Set(errors.map(({ message }) => message))).toEqual(
    new Set([
      "login: metadata service: this server has no agency; " +
        "assign one with the right cbr:tasks:get to it in the ECS console",
    ]),
  );
  expect(errors[0]).toMatchObject({ reason: "unauthorized", sent: false });
  expect(simulator.requestsOf("GetSecurityKey")).toBe(1);
  expect(observer.failures).toEqual({ "GetSecurityKey unauthorized": 1 });
});

describe("each way in which a metadata service can fail", () => {
  const status = (status: number, body = ""): Fault => ({ kind: "status", status, body });
  const raw = (body: unknown): Fault => ({ kind: "raw", body: JSON.stringify(body) });
  const key = { access: "A", secret: "hunter2", securitytoken: "t" };
  const unusable = "login: metadata service: its answer holds no usable credential";

  test.each<[string, Fault, string, string]>([
    ["401 to every session", status(401, "401 Unauthorized"), "unauthorized", "HTTP 401 (401 Unauthorized)"],
    ["404", status(404, "404 Not Found"), "client_error", "HTTP 404 (404 Not Found)"],
    ["500 with a key in its text", status(500, '{"secret": "hunter2"}'), "server_error", "HTTP 500"],
    ["a page", { kind: "html" }, "bad_body", unusable],
    ["a key without its token", raw({ credential: { ...key, securitytoken: undefined } }), "bad_body", unusable],
    ["a key with a blank in it", raw({ credential: { ...key, secret: "hunter 2" } }), "bad_body", unusable],
    ["a key that is a number", raw({ credential: { ...key, access: 1 } }), "bad_body", unusable],
    ["a body over the limit", { kind: "huge-body", bytes: 100_000 }, "bad_body", unusable],
    ["a cut connection", { kind: "cut" }, "network", "ecs_agency works only on a server of the cloud's own"],
  ])("%s", async (_, fault, reason, says) => {
    const { api, simulator, observer } = await openCloud(byAgency(), { metadata: {} });
    simulator.setFault("GetSecurityKey", fault);
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ reason, sent: false });
    expect(error.message).toMatch(/^login: metadata service: [^\r\n]+$/);
    expect(error.message).toContain(says);
    expect(error.message).not.toContain("hunter");
    expect(observer.failures[`GetSecurityKey ${reason}`]).toBeGreaterThanOrEqual(1);
    expect(simulator.requests()).toBe(0);
  });

  test("a session that cannot be used is done without", async () => {
    const { api, simulator } = await openCloud(byAgency(), { metadata: {} });
    simulator.setFault("MetadataToken", { kind: "raw", body: "two words" });
    expect(await api.showOperationLog("a", never)).toMatchObject({ status: "running" });
  });

  test("a service that does not answer is given up after three seconds", async () => {
    const { api, simulator, clock } = await openTimedCloud(byAgency(), { metadata: {} });
    simulator.setFault("metadata", { kind: "hang" });
    const asked = errorOf(api.showOperationLog("a", never));
    await expect.poll(() => simulator.requestsOf("MetadataToken")).toBe(1);
    await clock.advance(2_999);
    expect(clock.pending()).toBe(1);
    await clock.advance(1);
    expect(await asked).toMatchObject({ reason: "timeout" });
  });
});
