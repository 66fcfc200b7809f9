import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type Micros, micros } from "../../../src/base/micros.ts";
import { ApiError } from "../../../src/cbr/api-error.ts";
import { lookEachMinute, withTokenExpiry } from "../../../src/cbr/auth/token-expiry.ts";
import type { Login } from "../../../src/cbr/transport/login.ts";
import type { Fault } from "../../../src/simulator/fault.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { openCloud, openTimedCloud } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import { errorOf } from "../../support/error-of.ts";
import { manualClock, settled } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";

const withIam = (url: string): ProjectPart => ({ iamEndpoint: url });
const hour = 3_600_000;

test("the end of a token is learnt from IAM, once", async () => {
  const tokenExpiresAtMs = Date.UTC(2030, 0, 1);
  const { api, simulator } = await openTimedCloud(withIam, { tokenExpiresAtMs });
  expect(api.login()).toEqual({ method: "token", expiresAt: undefined });
  await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
  await vi.waitFor(() => expect(api.login().expiresAt).toBe(tokenExpiresAtMs * 1000));
  await api.showOperationLog("a", never);
  expect(simulator.requestsOf("KeystoneValidateToken")).toBe(1);
});

test("a token of 20 KiB is no trouble", async () => {
  const path = join(await tempFolder(), "token");
  const { api, simulator } = await openTimedCloud(
    (url) => ({ iamEndpoint: url, auth: { method: "token_file", path } }),
    {
      tokenBytes: 20 * 1024,
    },
  );
  await writeFile(path, simulator.issueToken());
  await api.showOperationLog("a", never);
  await vi.waitFor(() => expect(api.login().expiresAt).toBeDefined());
});

test("each new token of a file is asked about once, and the end of the one before is forgotten", async () => {
  const path = join(await tempFolder(), "token");
  const { api, simulator, clock } = await openTimedCloud((url) => ({
    iamEndpoint: url,
    auth: { method: "token_file", path },
  }));
  for (const hours of [1, 2, 3]) {
    const before = api.login().expiresAt;
    await writeFile(path, simulator.issueToken({ lifeSeconds: hours * 3600 }));
    await api.showOperationLog("a", never);
    if (before !== undefined) expect(api.login().expiresAt).not.toBe(before);
    const end = clock.now() + hours * hour * 1000;
    await vi.waitFor(() => expect(api.login()).toEqual({ method: "token_file", expiresAt: end }));
    await api.showOperationLog("a", never);
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(hours);
  }
});

describe("a file is looked at once a minute while nothing is polled", () => {
  const byFile = async (part: ProjectPart = {}) => {
    const path = join(await tempFolder(), "token");
    const cloud = await openTimedCloud((url) => ({ iamEndpoint: url, auth: { method: "token_file", path }, ...part }));
    const renew = (lifeSeconds: number) => writeFile(path, cloud.simulator.issueToken({ lifeSeconds }));
    return { ...cloud, renew };
  };

  test("so that the end told is that of the token which stands there", async () => {
    const { api, simulator, clock, renew } = await byFile();
    await renew(3600);
    const first = clock.now() + hour * 1000;
    await clock.advance(59_999);
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(0);
    await clock.advance(1);
    await vi.waitFor(() => expect(api.login().expiresAt).toBe(first));
    await renew(7200);
    const second = clock.now() + 2 * hour * 1000;
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    await clock.advance(60_000);
    await vi.waitFor(() => expect(api.login().expiresAt).toBe(second));
    for (let minutes = 0; minutes < 10; minutes += 1) {
      await vi.waitFor(() => expect(clock.pending()).toBe(1));
      await clock.advance(60_000);
    }
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(2);
    expect(simulator.requests()).toBe(0);
  });

  test("also after it could not be read", async () => {
    const { api, clock, renew } = await byFile();
    await clock.advance(60_000);
    await vi.waitFor(() => expect(clock.pending()).toBe(1));
    await renew(3600);
    await clock.advance(60_000);
    await vi.waitFor(() => expect(api.login().expiresAt).toBeDefined());
  });

  test.each(["stop", "close"] as const)("until %s", async (end) => {
    const { api, clock } = await byFile();
    expect(clock.pending()).toBe(1);
    await api[end]();
    expect(clock.pending()).toBe(0);
  });

  test("and one that hangs is not looked at again before that is over", async () => {
    const clock = manualClock();
    let looks = 0;
    let end = (): void => {};
    const credential = () =>
      new Promise<never>((_, reject) => {
        looks += 1;
        end = () => reject(new Error("gone"));
      });
    const stopping = new AbortController();
    lookEachMinute({ credential }, clock, stopping.signal);
    await clock.advance(10 * 60_000);
    expect(looks).toBe(1);
    end();
    await settled();
    await clock.advance(60_000);
    expect(looks).toBe(2);
    stopping.abort();
    end();
    await settled();
    expect(clock.pending()).toBe(0);
  });

  test("but not where no IAM would tell, nor for a token of the configuration", async () => {
    const alone = await openTimedCloud({ auth: { method: "token_file", path: "/nowhere/token" } });
    expect(alone.clock.pending()).toBe(0);
    const inline = await openTimedCloud(withIam);
    expect(inline.clock.pending()).toBe(0);
  });
});

describe("while IAM does not tell", () => {
  test("polls are as ever, and the end is not known", async () => {
    const gone = await openCloud();
    await gone.close();
    const { api, observer } = await openCloud({ iamEndpoint: gone.simulator.url });
    await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
    await vi.waitFor(() => expect(observer.failures).toEqual({ "KeystoneValidateToken network": 1 }));
    expect(observer.attempts["ShowOpLog 200"]).toBe(20);
    expect(api.login().expiresAt).toBeUndefined();
  });

  test("polls do not wait for it", async () => {
    const { api, simulator } = await openCloud((url) => ({ iamEndpoint: url, timeoutMs: 20_000 }));
    simulator.setFault("iam:tokens", { kind: "hang" });
    await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(1);
  });

  test("it is asked again after five minutes", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud(withIam);
    simulator.setFault("iam:tokens", { kind: "server-error" });
    await api.showOperationLog("a", never);
    await vi.waitFor(() => expect(observer.failures).toEqual({ "KeystoneValidateToken server_error": 1 }));
    simulator.setFault("iam:tokens", undefined);
    await clock.advance(299_000);
    await api.showOperationLog("a", never);
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(1);
    await clock.advance(1_000);
    await api.showOperationLog("a", never);
    await vi.waitFor(() => expect(api.login().expiresAt).toBeDefined());
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(2);
  });

  test.each<[string, Fault]>([
    ["no such token", { kind: "status", status: 404 }],
    ["a refusal", { kind: "status", status: 401 }],
    ["no right to ask", { kind: "status", status: 403 }],
    ["a page", { kind: "html" }],
    ["half of the JSON", { kind: "broken-json" }],
    ["nothing", { kind: "empty" }],
    ["null", { kind: "wrong-shape", shape: "null" }],
    ["a body over the limit", { kind: "huge-body", bytes: 2_000_000 }],
  ])("and says %s, it is not asked about that token again", async (_, fault) => {
    const { api, simulator, clock, observer } = await openTimedCloud(withIam);
    simulator.setFault("iam:tokens", fault);
    await api.showOperationLog("a", never);
    await vi.waitFor(() =>
      expect(Object.keys(observer.attempts).some((key) => key.startsWith("KeystoneValidateToken"))).toBe(true),
    );
    simulator.setFault("iam:tokens", undefined);
    await clock.advance(24 * hour);
    await api.showOperationLog("a", never);
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(1);
    expect(api.login().expiresAt).toBeUndefined();
    expect(observer.attempts["ShowOpLog 200"]).toBe(2);
  });
});

test("a token that cannot be read is not asked about", async () => {
  const { api, simulator } = await openCloud((url) => ({
    iamEndpoint: url,
    auth: { method: "token_file", path: "/nowhere/token" },
  }));
  expect((await errorOf(api.showOperationLog("a", never))).reason).toBe("unauthorized");
  expect(simulator.requestsOf("KeystoneValidateToken")).toBe(0);
});

/** A login whose token is replaced, and an IAM that answers, by hand. */
function byHand(headers: (generation: number) => Record<string, string> = (n) => ({ "x-auth-token": `token-${n}` })) {
  let generation = 1;
  const waiting = new Map<string, { resolve(end: Micros | undefined): void; reject(error: Error): void }>();
  const login: Login = {
    credential: async () => {
      const now = generation;
      return { generation: now, headers: () => headers(now) };
    },
    expiresAt: () => undefined,
  };
  const clock = manualClock();
  const iam = {
    validateToken: (token: string) =>
      new Promise<Micros | undefined>((resolve, reject) => waiting.set(token, { resolve, reject })),
  };
  return {
    clock,
    login: withTokenExpiry(login, iam, clock),
    waiting,
    replace: () => {
      generation += 1;
    },
  };
}

describe("an answer that comes late", () => {
  test("about a token that has been replaced says nothing about its successor", async () => {
    const { login, waiting, replace } = byHand();
    await login.credential();
    replace();
    await login.credential();
    waiting.get("token-2")?.resolve(micros(2));
    await settled();
    waiting.get("token-1")?.resolve(micros(1));
    await settled();
    expect(login.expiresAt()).toBe(2);
  });

  test("that a token's end cannot be had does not bring its successor's twice", async () => {
    const { login, waiting, replace, clock } = byHand();
    await login.credential();
    replace();
    await login.credential();
    waiting.get("token-2")?.resolve(micros(2));
    await settled();
    const details = { project: "prod", operation: "KeystoneValidateToken", message: "away" } as const;
    waiting.get("token-1")?.reject(new ApiError({ ...details, reason: "network" }));
    await settled();
    waiting.clear();
    await clock.advance(hour);
    await login.credential();
    expect(waiting.size).toBe(0);
    expect(login.expiresAt()).toBe(2);
  });
});

test("a login without a token has nothing to ask about", async () => {
  const { login, waiting } = byHand(() => ({}));
  await login.credential();
  expect(waiting.size).toBe(0);
});
