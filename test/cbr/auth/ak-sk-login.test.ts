import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { fromMillis, later } from "../../../src/base/micros.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { type Cloud, openCloud, openTimedCloud, runningTask } from "../../support/cloud.ts";
import { errorOf } from "../../support/error-of.ts";
import { keyAuth, secret } from "../../support/logins.ts";
import { never } from "../../support/never.ts";

const minute = 60_000;
const temporary = { access: "HSTTEMPORARY", secret: "temporary-secret", securityToken: "ggpjbi1-security-token" };
const temporaryAuth = keyAuth({
  accessKey: secret(temporary.access),
  secretKey: secret(temporary.secret),
  securityToken: secret(temporary.securityToken),
});
const wrongAuth = keyAuth({ secretKey: secret("hunter2-hunter2") });

describe("requests are signed rightly", () => {
  test.each([
    ["with a lasting key", keyAuth()],
    ["with a temporary key and its token", temporaryAuth],
  ])("%s", async (_, auth) => {
    const keys = [{ access: "DEMOACCESSKEY", secret: "demo-secret-key" }, temporary];
    const { api, observer } = await openCloud({ auth }, { keys });
    await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
    await api.listOperationLogs({ limit: 1, offset: 0 }, never);
    expect(observer.attempts).toEqual({ "ShowOpLog 200": 20, "ListOpLogs 200": 1 });
    expect(api.login()).toEqual({ method: "ak_sk", expiresAt: undefined });
  });

  test("anew for each: a signature is good for fifteen minutes", async () => {
    const { api, clock } = await openTimedCloud({ auth: keyAuth() });
    for (let n = 0; n < 3; n += 1) {
      await api.showOperationLog("a", never);
      await clock.advance(16 * minute);
    }
  });

  test("with what stands in the files now: one that is replaced while a request is under way fails no poll", async () => {
    // Two parts change, then two others, then all.
    const key = (n: number) => ({
      access: `ACCESS${n}`,
      secret: `secret-${n === 3 ? 1 : n}`,
      securityToken: `security-token-${n === 1 ? 0 : n}`,
    });
    const folder = await tempFolder({ access: "ACCESS0", secret: "secret-0", token: "security-token-0" });
    const path = (name: string) => ({ file: join(folder, name) });
    let requests = 0;
    function replace({ simulator }: Cloud): void {
      requests += 1;
      // Each is sent again.
      if (requests % 2 === 0) return;
      const { access, secret, securityToken } = key(requests);
      writeFileSync(join(folder, "access"), access);
      writeFileSync(join(folder, "secret"), `${secret}\n`);
      writeFileSync(join(folder, "token"), `${securityToken}\r\n`);
      simulator.setKey(key(requests));
      simulator.removeKey(key(Math.max(0, requests - 2)).access);
    }
    const auth = keyAuth({ accessKey: path("access"), secretKey: path("secret"), securityToken: path("token") });
    const cloud: Cloud = await openCloud({ auth }, { keys: [key(0)], onRequest: () => replace(cloud) });
    for (let n = 0; n < 3; n += 1) await cloud.api.showOperationLog("a", never);
    expect(cloud.observer.codes).toEqual({ 401: 3, 200: 3 });
  });
});

describe("a wrong secret", () => {
  test("is tried at most five times within any five minutes, whatever the number of tasks", async () => {
    const ids = "abcdefghij";
    const tasks = [...ids].map(runningTask);
    const at: number[] = [];
    const { api, simulator, clock, observer } = await openTimedCloud(
      { auth: wrongAuth, concurrency: 20, retries: 3 },
      { tasks, onRequest: (request) => at.push(request.at) },
    );
    for (let n = 0; n < 6 * 60; n += 1) {
      const errors = await Promise.all([...ids].map((id) => errorOf(api.showOperationLog(id, never))));
      expect(new Set(errors.map(({ reason }) => reason))).toEqual(new Set(["unauthorized"]));
      await clock.advance(10_000);
    }
    for (const start of at) {
      expect(at.filter((time) => time >= start && time < start + 5 * minute).length).toBeLessThanOrEqual(5);
    }
    // Two to prove it, and one after each pause.
    expect(observer.codes).toEqual({ 401: 13 });
    // The secret is set right in the cloud: nobody has to restart anything.
    simulator.setKey({ access: "DEMOACCESSKEY", secret: "hunter2-hunter2" });
    await clock.advance(5 * minute);
    expect(await api.showOperationLog("a", never)).toMatchObject({ status: "running" });
  });

  test("is tried by one request at a time, and says what to check without what was sent", async () => {
    const { api, observer } = await openCloud({
      auth: keyAuth({ secretKey: secret("hunter2-hunter2"), securityToken: secret("security-token-1") }),
      concurrency: 20,
    });
    const errors = await Promise.all(Array.from({ length: 200 }, () => errorOf(api.showOperationLog("a", never))));
    expect(observer.codes).toEqual({ 401: 2 });
    const messages = new Set(errors.map(({ message }) => message));
    expect(messages.size).toBe(2);
    const [sent = "", paused = ""] = messages;
    expect(sent).toMatch(
      /^HTTP 401 \(APIGW\.0301: .*verify aksk signature fail.*\): the login is not accepted; renew it/,
    );
    expect(paused).toBe("the login was refused and is tried again in 300 s, or once it has changed");
    for (const message of messages) {
      expect(message).not.toMatch(/hunter2|security-token-1|Signature=[0-9a-f]/);
      expect(message).not.toMatch(/[\r\n]/);
    }
  });
});

describe("a clock", () => {
  const off = (ms: number) => ({ ...systemClock, now: () => later(systemClock.now(), fromMillis(ms)) });

  test("that is too far ahead is named by the 401 that comes of it", async () => {
    const { api } = await openCloud({ auth: keyAuth() }, {}, off(20 * minute));
    const { message, reason } = await errorOf(api.showOperationLog("a", never));
    expect(reason).toBe("unauthorized");
    expect(message).toMatch(/^HTTP 401 .*; this machine's clock is 20 min ahead of the server's; set it right$/);
    expect(api.skewMs()).toBeLessThan(-15 * minute);
  });

  test("that is four minutes off is right enough, and not blamed for a wrong secret", async () => {
    const { api } = await openCloud({ auth: keyAuth() }, {}, off(-4 * minute));
    expect(api.skewMs()).toBeUndefined();
    await api.showOperationLog("a", never);
    const wrong = await openCloud({ auth: wrongAuth }, {}, off(-4 * minute));
    expect((await errorOf(wrong.api.showOperationLog("a", never))).message).not.toContain("clock");
  });
});
