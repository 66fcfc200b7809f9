import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { Stopped } from "../../../src/base/waits.ts";
import type { SecretSource } from "../../../src/config/config.ts";
import type { Fault } from "../../../src/simulator/fault.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { openCloud, openTimedCloud } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth, secret } from "../../support/logins.ts";
import { never } from "../../support/never.ts";

const hour = 3_600_000;
const day = 24 * hour;

const byPassword =
  (part: ProjectPart = {}, password?: SecretSource) =>
  (url: string): ProjectPart => ({ iamEndpoint: url, auth: passwordAuth(password), ...part });
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

  test.each([
    [
      "none",
      [],
      "IAM knows no project named ap-southeast-1 that this user may use; give the project's id in the configuration",
    ],
    [
      "one of another name",
      [{ id: "x", name: "ap-southeast-1_mine" }],
      "IAM knows no project named ap-southeast-1 that this user may use; give the project's id in the configuration",
    ],
    [
      "one whose id would change the path",
      [{ id: "../x", name: "ap-southeast-1" }, { name: "ap-southeast-1" }, "x"],
      "IAM knows no project named ap-southeast-1 that this user may use; give the project's id in the configuration",
    ],
    [
      "several",
      [
        { id: "x", name: "ap-southeast-1" },
        { id: "y", name: "ap-southeast-1" },
      ],
      "IAM knows 2 projects named ap-southeast-1; give the id of the one meant in the configuration",
    ],
  ])("by a name that IAM knows as %s is told clearly", async (_, projects, message) => {
    const { api, simulator, observer } = await openTimedCloud(byRegion("ap-southeast-1"), { mayListProjects: true });
    simulator.setFault("iam:tokens", answering({}));
    simulator.setFault("iam:projects", { kind: "raw", body: JSON.stringify({ projects }) });
    for (let n = 0; n < 2; n += 1) {
      expect(await errorOf(api.showOperationLog("a", never))).toMatchObject({
        message,
        reason: "unauthorized",
        sent: false,
      });
    }
    expect(observer.attempts).toEqual({ "KeystoneCreateToken 201": 1, "KeystoneListProjects 200": 1 });
  });

  test("of a region that there is not: IAM refuses the login, and the region is among what to check", async () => {
    const { api } = await openTimedCloud(byRegion("eu-nowhere-1"));
    const { message, reason } = await errorOf(api.showOperationLog("a", never));
    expect(reason).toBe("unauthorized");
    expect(message).toMatch(/^login: HTTP 401 .*the project's id or region$/);
  });
});

describe("a token", () => {
  test("that ends is replaced once, however many requests there are at that moment", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud(byPassword({ concurrency: 20 }));
    await api.showOperationLog("a", never);
    for (const at of [day, day - 1]) {
      await clock.advance(at);
      expect(await crowd(api)).toBe(200);
    }
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(3);
    expect(observer.reasons).toEqual({});
  });

  test("is renewed a tenth of its life before its end", async () => {
    const { api, simulator, clock } = await openTimedCloud(byPassword());
    await api.showOperationLog("a", never);
    await clock.advance(0.91 * day - 1);
    await api.showOperationLog("a", never);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
    await clock.advance(1);
    await api.showOperationLog("a", never);
    await vi.waitFor(() => expect(api.login().expiresAt).toBe(clock.now() + 1000 * day));
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
  });

  test("is renewed beside the polls, which do not wait for an IAM that hangs while the token is good", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud(byPassword({ timeoutMs: day }));
    await api.showOperationLog("a", never);
    simulator.setFault("iam:tokens", { kind: "hang" });
    await clock.advance(0.95 * day);
    expect(await crowd(api)).toBe(200);
    await vi.waitFor(() => expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2));
    await clock.advance(0.05 * day - 1);
    expect(await crowd(api)).toBe(200);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
    expect(observer).toMatchObject({ codes: { 200: 401 }, reasons: {} });
    await clock.advance(1);
    const abort = new AbortController();
    const waits = expect(api.showOperationLog("a", abort.signal)).rejects.toThrow(Stopped);
    expect(api.pausedMs()).toBe(0);
    abort.abort();
    await waits;
    expect(simulator.requests()).toBe(401);
  });

  test.each([4, 8, 20])(
    "that is revoked in the middle is renewed once, and each request has its answer (%i at a time)",
    async (concurrency) => {
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
    },
  );

  test("that IAM cannot renew serves until its end; then the failure is told, and the login comes back with IAM", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud(byPassword());
    await api.showOperationLog("a", never);
    simulator.setFault("iam:tokens", { kind: "server-error", status: 503 });
    await clock.advance(0.95 * day);
    expect(await crowd(api)).toBe(200);
    await clock.advance(0.05 * day - 1);
    expect(await crowd(api)).toBe(200);
    await clock.advance(1);
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ reason: "server_error", sent: false });
    expect(error.message).toMatch(/^login: HTTP 503/);
    simulator.setFault("iam:tokens", undefined);
    await clock.advance(api.pausedMs());
    expect(await crowd(api)).toBe(200);
    expect(observer.attempts).toEqual({
      "KeystoneCreateToken 201": 2,
      "KeystoneCreateToken 503": 2,
      "ShowOpLog 200": 601,
    });
  });

  test("of 20 KiB comes and goes", async () => {
    const { api } = await openTimedCloud(byPassword(), { tokenBytes: 20 * 1024 });
    expect(await crowd(api, 20)).toBe(20);
  });

  test.each([
    ["behind", -day],
    ["ahead", day],
  ])("is renewed in time by a machine whose clock is a day %s", async (_, aheadMs) => {
    const { api, simulator, clock, observer } = await openTimedCloud(byPassword(), {}, aheadMs);
    for (let hours = 0; hours < 72; hours += 1) {
      await api.showOperationLog("a", never);
      await clock.advance(hour);
    }
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(4);
    expect(observer.reasons).toEqual({});
  });
});

test.each<[string, Fault]>([
  ["answers 503", { kind: "server-error", status: 503 }],
  ["cuts each connection", { kind: "cut" }],
  ["throttles", { kind: "throttle" }],
])(
  "an IAM that %s for 100 s from the start: a poll each 30 s is answered at the first after it is back",
  async (_, fault) => {
    const { api, simulator, clock } = await openTimedCloud(byPassword());
    simulator.setFault("iam:tokens", fault);
    const answered: number[] = [];
    for (let seconds = 0; seconds <= 180; seconds += 30) {
      if (seconds >= 100) simulator.setFault("iam:tokens", undefined);
      if ((await crowd(api, 20)) === 20) answered.push(seconds);
      expect(api.pausedMs()).toBeLessThanOrEqual(30_000);
      await clock.advance(30_000);
    }
    expect(answered).toEqual([120, 150, 180]);
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(5);
  },
);

test("token life of 20 s, 2 000 requests over a minute: no failed poll, at most four logins", async () => {
  const { api, simulator, clock, observer } = await openTimedCloud(byPassword({ concurrency: 20 }), {
    tokenSeconds: 20,
  });
  let answered = 0;
  for (let round = 0; round < 100; round += 1) {
    answered += await crowd(api, 20);
    await clock.advance(600);
  }
  expect(answered).toBe(2_000);
  expect(observer).toMatchObject({ codes: { 200: 2_000 }, reasons: {} });
  expect(simulator.requestsOf("KeystoneCreateToken")).toBeLessThanOrEqual(4);
});

describe("a token that CBR refuses, and for which IAM refuses another", () => {
  const refused =
    /^login: HTTP 401 \(The username or password is wrong\.\): IAM does not accept the user for this project;/;

  test("is told by what IAM said, to all who were sent with it", async () => {
    const { api, simulator, observer } = await openTimedCloud(byPassword({ timeoutMs: 5_000 }));
    await api.showOperationLog("a", never);
    simulator.revokeTokens();
    simulator.setUser({ domain: "demo", name: "exporter", password: "another" });
    const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(api.showOperationLog("a", never))));
    for (const { reason, message } of errors) {
      expect(reason).toBe("unauthorized");
      expect(message).toMatch(refused);
    }
    // Some have been sent; the others found no login any more.
    const sent = errors.filter((error) => error.sent);
    expect(sent).toHaveLength(observer.attempts["ShowOpLog 401"] ?? 0);
    expect(sent[0]?.cause).toMatchObject({ operation: "KeystoneCreateToken", status: 401 });
    expect(observer.attempts["KeystoneCreateToken 401"]).toBe(1);
    expect(api.pausedMs()).toBe(5_000);
  });

  test.each<[string, Fault, string, RegExp]>([
    [
      "lets the user log in no more",
      { kind: "status", status: 403 },
      "forbidden",
      /^login: HTTP 403 .*IAM does not let this user log in/,
    ],
    ["is away", { kind: "server-error", status: 503 }, "server_error", /^login: HTTP 503/],
  ])("or which %s", async (_, fault, reason, message) => {
    const { api, simulator } = await openTimedCloud(byPassword({ timeoutMs: 5_000 }));
    await api.showOperationLog("a", never);
    simulator.revokeTokens();
    simulator.setFault("iam:tokens", fault);
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ reason, sent: true });
    expect(error.message).toMatch(message);
  });
});

describe("a password that IAM refuses", () => {
  test("is the same clear error to all who wait, and IAM is not asked again before the pause is over", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud(byPassword({ retries: 3 }, secret("hunter2")));
    const asked = await Promise.all(Array.from({ length: 200 }, () => errorOf(api.showOperationLog("a", never))));
    expect(new Set(asked.map(({ message }) => message))).toEqual(
      new Set([
        "login: HTTP 401 (The username or password is wrong.): IAM does not accept the user for this project; " +
          "check user_name, domain_name, the password, and the project's id or region",
      ]),
    );
    expect(new Set(asked.map(({ reason, sent }) => `${reason} ${sent}`))).toEqual(new Set(["unauthorized false"]));
    expect(observer).toMatchObject({ attempts: { "KeystoneCreateToken 401": 1 }, reasons: { unauthorized: 1 } });
    expect(api.pausedMs()).toBe(5_000);
    await clock.advance(4_999);
    await errorOf(api.showOperationLog("a", never));
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
    await clock.advance(1);
    await errorOf(api.showOperationLog("a", never));
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
    await clock.advance(9_999);
    await errorOf(api.showOperationLog("a", never));
    expect(simulator.requestsOf("KeystoneCreateToken")).toBe(2);
    expect(simulator.requests()).toBe(0);
  });

  test("is tried again at once when its file has changed", async () => {
    const folder = await tempFolder({ password: "hunter2\n" });
    const file = join(folder, "password");
    const { api, simulator } = await openTimedCloud(byPassword({}, { file }));
    await errorOf(api.showOperationLog("a", never));
    await errorOf(api.showOperationLog("a", never));
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

test("a cloud that refuses every new token is logged in to a bounded number of times", async () => {
  const { api, simulator, clock } = await openTimedCloud(byPassword());
  simulator.setFault("*", { kind: "status", status: 401 });
  for (let n = 0; n < 360; n += 1) {
    await Promise.all(["a", "b", "c", "d"].map((id) => errorOf(api.showOperationLog(id, never))));
    await clock.advance(10_000);
  }
  // In an hour: 5, 10, 20 … 300 s of pause, and one login after each.
  expect(simulator.requestsOf("KeystoneCreateToken")).toBeLessThanOrEqual(20);
  expect(simulator.requests()).toBeLessThanOrEqual(50);
});

test("who stops waiting for a login does not stop it for the others", async () => {
  const { api, simulator } = await openCloud(byPassword({ timeoutMs: 5_000 }));
  simulator.setFault("iam:tokens", { kind: "latency", ms: 100 });
  const abort = new AbortController();
  const gone = api.showOperationLog("a", abort.signal);
  const stays = api.showOperationLog("b", never);
  await vi.waitFor(() => expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1));
  abort.abort();
  await expect(gone).rejects.toThrow(Stopped);
  expect(await stays).toMatchObject({ status: "running" });
  expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1);
});

test("an end in the middle of a login is nobody's failure", async () => {
  const { api, simulator, observer } = await openCloud(byPassword({ timeoutMs: 20_000, retries: 3 }));
  simulator.setFault("iam:tokens", { kind: "hang" });
  const kept = expect(api.showOperationLog("a", never)).rejects.toThrow(Stopped);
  await vi.waitFor(() => expect(simulator.requestsOf("KeystoneCreateToken")).toBe(1));
  api.stop();
  await api.close();
  await kept;
  expect(observer).toMatchObject({ codes: {}, reasons: {} });
});
