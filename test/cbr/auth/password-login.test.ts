import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Stopped } from "../../../src/base/waits.ts";
import type { SecretSource } from "../../../src/config/config.ts";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { openCloud, openTimedCloud } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth, secret } from "../../support/logins.ts";
import { never } from "../../support/never.ts";

const day = 24 * 3_600_000;

const byPassword =
  (part: ProjectPart = {}, password?: SecretSource) =>
  (url: string): ProjectPart => ({ iamEndpoint: url, auth: passwordAuth(password), ...part });
const refusedByIam =
  "login: HTTP 401 (The username or password is wrong.): IAM does not accept the user for this project; " +
  "check user_name, domain_name, the password, and the project's id or region";
const byRegion = (region: string) => byPassword({ id: undefined, region });

/** A login's answer that says this of its token. */
const answering = (token: object): Fault => ({ kind: "raw", body: JSON.stringify({ token }) });

/** `count` requests at once; @returns how many had an answer */
async function crowd(api: { showOperationLog(id: string, signal: AbortSignal): Promise<unknown> }, count = 200) {
  const results = await Promise.allSettled(Array.from({ length: count }, () => api.showOperationLog("a", never)));
  return results.filter(({ status }) => status === "fulfilled").length;
}

describe("a project", () => {
  test("by its id: one login, whose token serves all requests", async () => {
    const { api, observer, clock } = await openTimedCloud(byPassword());
    expect(api.login()).toEqual({ method: "password", expiresAt: undefined });
    await api.showOperationLog("a", never);
    await api.showOperationLog("b", never);
    expect(observer.attempts).toEqual({ "KeystoneCreateToken 201": 1, "ShowOpLog 200": 2 });
    expect(api.login().expiresAt).toBe(clock.now() + 1000 * day);
  });

  test("by its region's name: the login's answer tells its id, for a plain reader may not list projects", async () => {
    const { api, observer } = await openTimedCloud(byRegion("ap-southeast-1"));
    expect(await crowd(api, 20)).toBe(20);
    expect(observer.attempts).toEqual({ "KeystoneCreateToken 201": 1, "ShowOpLog 200": 20 });
  });

  test.each([
    ["names no project", {}],
    ["names one whose id would change the path", { project: { id: "../x", name: "ap-southeast-1" } }],
    ["names one whose id is no text", { project: { id: 7 } }],
  ])("by its region's name, where the login's answer %s: its id is looked up", async (_, token) => {
    const { api, simulator, observer } = await openTimedCloud(byRegion("ap-southeast-1"), { mayListProjects: true });
    simulator.setFault("iam:tokens", answering(token));
    expect(await crowd(api, 20)).toBe(20);
    expect(observer.attempts).toEqual({
      "KeystoneCreateToken 201": 1,
      "KeystoneListProjects 200": 1,
      "ShowOpLog 200": 20,
    });
  });

  const unknown =
    "IAM knows no project named ap-southeast-1 that this user may use; give the project's id in the configuration";
  const twice = "IAM knows 2 projects named ap-southeast-1; give the id of the one meant in the configuration";
  const name = "ap-southeast-1";

  test.each<[string, readonly unknown[], string]>([
    ["none", [], unknown],
    ["one of another name", [{ id: "x", name: "ap-southeast-1_mine" }], unknown],
    ["one whose id would change the path", [{ id: "../x", name }, { name }, "x"], unknown],
    ["several", ["x", "y"].map((id) => ({ id, name })), twice],
  ])("by a name that IAM knows as %s is told clearly", async (_, projects, message) => {
    const { api, simulator, observer } = await openTimedCloud(byRegion(name), { mayListProjects: true });
    simulator.setFault("iam:tokens", answering({}));
    simulator.setFault("iam:projects", { kind: "raw", body: JSON.stringify({ projects }) });
    for (let n = 0; n < 2; n += 1) {
      const error = await errorOf(api.showOperationLog("a", never));
      expect(error).toMatchObject({ message, reason: "unauthorized", sent: false });
    }
    expect(observer.attempts).toEqual({ "KeystoneCreateToken 201": 1, "KeystoneListProjects 200": 1 });
  });

  test("of a region that there is not: IAM refuses the login", async () => {
    const { api } = await openTimedCloud(byRegion("eu-nowhere-1"));
    const { message, reason } = await errorOf(api.showOperationLog("a", never));
    expect(reason).toBe("unauthorized");
    expect(message).toMatch(/^login: HTTP 401 .*the project's id or region$/);
  });
});

describe("a token", () => {
  test.each([
    ["behind", -day],
    ["ahead", day],
  ])("is renewed a tenth of its life before its end, also by a machine whose clock is a day %s", async (_, aheadMs) => {
    const { api, simulator, clock, observer } = await openTimedCloud(byPassword(), {}, aheadMs);
    await api.showOperationLog("a", never);
    await clock.advance(0.91 * day - 1);
    await api.showOperationLog("a", never);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
    await clock.advance(1);
    await api.showOperationLog("a", never);
    await expect.poll(() => api.login().expiresAt).toBe(clock.now() + 1000 * day);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
    expect(observer.reasons).toEqual({});
  });

  test("that is revoked in the middle is renewed once, and each request has its answer", async () => {
    const concurrency = 8;
    let received = 0;
    const { api, simulator, observer } = await openTimedCloud(byPassword({ concurrency }), {
      onRequest: () => {
        received += 1;
        if (received === 60) simulator.revokeTokens();
      },
    });
    expect(await crowd(api)).toBe(200);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
    const refused = observer.codes["401"] ?? 0;
    expect(refused).toBeGreaterThanOrEqual(1);
    // Those that had been sent by then, and none that waited for its turn.
    expect(refused).toBeLessThanOrEqual(concurrency);
    expect(simulator.requests()).toBe(200 + refused);
  });
});

test("a token that CBR refuses, and for which IAM refuses another, is told by what IAM said to all who were sent with it", async () => {
  const { api, simulator, observer } = await openTimedCloud(byPassword());
  await api.showOperationLog("a", never);
  simulator.revokeTokens();
  simulator.setUser({ domain: "demo", name: "exporter", password: "another" });
  const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(api.showOperationLog("a", never))));
  expect(new Set(errors.map(({ reason, message }) => `${reason}: ${message}`))).toEqual(
    new Set([`unauthorized: ${refusedByIam}`]),
  );
  // Some have been sent; the others found no login any more.
  const sent = errors.filter((error) => error.sent);
  expect(sent).toHaveLength(observer.attempts["ShowOpLog 401"] ?? 0);
  expect(sent[0]?.cause).toMatchObject({ operation: "KeystoneCreateToken", status: 401 });
  expect(observer.attempts["KeystoneCreateToken 401"]).toBe(1);
  expect(api.pausedMs()).toBe(5_000);
});

describe("a password that IAM refuses", () => {
  test("is the same clear error to all who wait, and IAM is asked once", async () => {
    const { api, simulator, observer } = await openTimedCloud(byPassword({ retries: 3 }, secret("hunter2")));
    const errors = await Promise.all(Array.from({ length: 200 }, () => errorOf(api.showOperationLog("a", never))));
    expect(new Set(errors.map(({ reason, sent, message }) => `${reason} ${sent} ${message}`))).toEqual(
      new Set([`unauthorized false ${refusedByIam}`]),
    );
    expect(observer).toMatchObject({ attempts: { "KeystoneCreateToken 401": 1 }, reasons: { unauthorized: 1 } });
    expect(api.pausedMs()).toBe(5_000);
    expect(simulator.requests()).toBe(0);
  });

  test("is tried again at once when its file has changed", async () => {
    const file = join(await tempFolder({ password: "hunter2\n" }), "password");
    const { api, simulator } = await openTimedCloud(byPassword({}, { file }));
    for (let n = 0; n < 2; n += 1) await errorOf(api.showOperationLog("a", never));
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
    await writeFile(file, "demo-password\n");
    expect(await crowd(api)).toBe(200);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
  });

  test("whose file is not there costs no request, and names its key alone", async () => {
    const { api, simulator } = await openTimedCloud(byPassword({}, { file: "/nowhere/password" }));
    expect(await errorOf(api.showOperationLog("a", never))).toMatchObject({
      reason: "unauthorized",
      message: "auth.password.password_file: the file cannot be used: no such file",
    });
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(0);
  });
});

test("an end in the middle of a login is nobody's failure", async () => {
  const { api, simulator, observer } = await openCloud(byPassword({ retries: 3 }));
  simulator.setFault("iam:tokens", { kind: "hang" });
  const kept = expect(api.showOperationLog("a", never)).rejects.toThrow(Stopped);
  await expect.poll(() => simulator.requestsOf("KeystoneCreateToken")).toBe(1);
  api.stop();
  await api.close();
  await kept;
  expect(observer).toMatchObject({ codes: {}, reasons: {} });
});
