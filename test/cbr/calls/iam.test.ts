import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import { openCloud } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth } from "../../support/logins.ts";
import { never } from "../../support/never.ts";

const status = (code: number, body?: string, headers?: Readonly<Record<string, string>>): Fault => ({
  kind: "status",
  status: code,
  ...(body !== undefined && { body }),
  ...(headers && { headers }),
});
const iamSays = (code: number | string, message: string): string =>
  JSON.stringify({ error: { code, message, title: "Error" } });

/** The request as a server may echo it, password and all. */
const echo = 'cannot read {"auth": {"password": {"user": {"name": "exporter", "password": "demo-password"}}}}';

/** How a login by the region's name fails, to which IAM does not tell the project's id. */
async function failure(target: string, fault: Fault) {
  const { api, simulator, observer } = await openCloud(
    (url): ProjectPart => ({
      iamEndpoint: url,
      auth: passwordAuth(),
      id: undefined,
      region: "ap-southeast-1",
    }),
    { mayListProjects: true },
  );
  simulator.setFault("iam:tokens", { kind: "raw", body: "{}" });
  simulator.setFault(target, fault);
  const error = await errorOf(api.showOperationLog("a", never));
  expect(error).toMatchObject({ sent: false, operation: "ShowOpLog" });
  expect(error.message).toMatch(/^login: [^\r\n]+$/);
  for (const shown of [error.message, JSON.stringify(error), String(error.stack)]) {
    expect(shown).not.toMatch(/demo-password|MIIE/);
  }
  expect(simulator.requests()).toBe(0);
  return { error, failures: observer.failures };
}

describe("a login that IAM answers with", () => {
  test.each<[string, Fault, string, RegExp]>([
    ["500", { kind: "server-error" }, "server_error", /HTTP 500/],
    ["400 that echoes the password", status(400, iamSays(400, echo)), "client_error", /HTTP 400 \(cannot read/],
    ["400 in words that are headers", status(400, iamSays("x", "X-Auth-Token: MIIEabc")), "client_error", /HTTP 400/],
    ["401", status(401), "unauthorized", /HTTP 401 .*check user_name, domain_name, the password/],
    ["a proxy's page", { kind: "html" }, "bad_body", /HTTP 200: the API never answers so; check the endpoint/],
    ["no token", status(201, "{}"), "bad_body", /IAM's answer holds no X-Subject-Token/],
    ["a token of two words", status(201, "{}", { "x-subject-token": "MIIE x" }), "bad_body", /no X-Subject-Token/],
    ["a body over the limit", { kind: "huge-body", bytes: 8_000_000 }, "bad_body", /the answer is over 1048576 bytes/],
    ["a cut connection", { kind: "cut" }, "network", /closed the connection/],
  ])("%s", async (_, fault, reason, says) => {
    const { error, failures } = await failure("iam:tokens", fault);
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(says);
    expect(failures).toEqual({ [`KeystoneCreateToken ${reason}`]: 1 });
  });

  test.each<[string, Fault]>([
    ["half of its body", { kind: "broken-json" }],
    ["no body", { kind: "empty" }],
    ["an empty object", { kind: "wrong-shape" }],
    ["times that are none", { kind: "raw", body: '{"token": {"expires_at": 1, "issued_at": "now"}}' }],
    [
      "an end before its start",
      { kind: "raw", body: '{"token": {"expires_at": "2026-01-01T00:00:00Z", "issued_at": "2026-01-02T00:00:00Z"}}' },
    ],
  ])("a token, but with %s: the token counts", async (_, fault) => {
    const { api, simulator } = await openCloud((url) => ({ iamEndpoint: url, auth: passwordAuth() }));
    simulator.setFault("iam:tokens", fault);
    expect(await api.showOperationLog("a", never)).toMatchObject({ status: "running" });
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
  });

  test("500, and then a token: it is tried again as any request", async () => {
    const { api, simulator, observer } = await openCloud((url) => ({
      iamEndpoint: url,
      auth: passwordAuth(),
      retries: 2,
    }));
    simulator.setFault("iam:tokens", { kind: "server-error", times: 2 });
    expect(await api.showOperationLog("a", never)).toMatchObject({ status: "running" });
    expect(observer.attempts).toEqual({
      "KeystoneCreateToken 500": 2,
      "KeystoneCreateToken 201": 1,
      "ShowOpLog 200": 1,
    });
  });
});

describe("a list of projects that IAM answers with", () => {
  const noList = /^login: IAM's answer holds no list of projects$/;

  test.each<[string, Fault, string, RegExp]>([
    ["a page", { kind: "html" }, "bad_body", noList],
    ["an empty object", { kind: "wrong-shape" }, "bad_body", noList],
    ["401", status(401, iamSays(401, "token MIIEqgYJKoZIhvcNAQcCoIIEmzCC is bad")), "unauthorized", /HTTP 401/],
  ])("%s", async (_, fault, reason, says) => {
    const { error, failures } = await failure("iam:projects", fault);
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(says);
    expect(failures).toEqual({ [`KeystoneListProjects ${reason}`]: 1 });
  });
});
