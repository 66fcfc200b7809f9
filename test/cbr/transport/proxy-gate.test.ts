import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { createSecret } from "../../../src/base/secret.ts";
import { start } from "../../simulator/start.ts";
import { runningTask } from "../../support/cloud.ts";
import type { ProjectPart } from "../../support/configs.ts";
import { type ConnectProxyOptions, connectProxy } from "../../support/connect-proxy.ts";
import { errorOf } from "../../support/error-of.ts";
import { passwordAuth } from "../../support/logins.ts";
import { manualClock, settled } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";
import { openProject } from "../../support/project.ts";

const advice = "check the credentials in proxy_url (or the environment)";

/** A cloud behind a proxy, asked on a clock that is moved by hand. */
async function way(part: ProjectPart = {}, accepted: Partial<ConnectProxyOptions> = {}) {
  const simulator = await start({ tasks: [runningTask("a"), runningTask("b")] });
  const proxy = await connectProxy({ to: simulator.port, ...accepted });
  const url = proxy.url.replace("//", "//user:Zq7wrong@");
  return { simulator, proxy, ...asked({ proxy: { url: createSecret(url) }, ...part }) };
}

function asked(part: ProjectPart) {
  const clock = manualClock(systemClock.now());
  const usual = { endpoint: "http://cbr.cloud.test", rateLimit: Number.POSITIVE_INFINITY, retries: 3 };
  const { api, observer } = openProject({ ...usual, timeoutMs: 10_000, ...part }, { clock });
  const ask = () => api.showOperationLog("a", never);
  return {
    api,
    clock,
    observer,
    ask,
    /** @returns what came of so many requests at once: a status, or the error */
    askMany: (count: number) => Promise.all(Array.from({ length: count }, () => ask().then(() => "answered", String))),
  };
}

describe("a proxy that wants another login", () => {
  test("is asked by three requests, one after another; all others wait, and then fail unsent", async () => {
    const { simulator, proxy, askMany, api, observer } = await way({}, { credentials: "user:right" });
    const outcomes = await askMany(50);
    const sent = `ApiError: the proxy wants another login (HTTP 407); ${advice}`;
    const unsent = `ApiError: the proxy wants another login (HTTP 407) and is asked again in 5 s; ${advice}`;
    expect(outcomes.toSorted()).toEqual([...Array(47).fill(unsent), ...Array(3).fill(sent)]);
    // Not again for one request, whatever its retries.
    expect(proxy.asked).toHaveLength(3);
    expect(observer).toMatchObject({ codes: { none: 3 }, reasons: { network: 3 } });
    expect(simulator.requests()).toBe(0);
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ reason: "network", status: undefined, sent: false });
    expect(api.pausedMs()).toBe(5_000);
  });

  test("is asked by all again once it has accepted one", async () => {
    const { simulator, proxy, api, clock, askMany } = await way({ concurrency: 3 });
    proxy.manner = 407;
    await askMany(5);
    proxy.manner = "open";
    await clock.advance(5_000);
    expect(await askMany(5)).toEqual(Array(5).fill("answered"));
    expect(api.pausedMs()).toBe(0);
    expect(simulator.requests()).toBe(5);
    expect(proxy.open()).toBeLessThanOrEqual(3);
  });

  test("is asked by logins no more often", async () => {
    const part: ProjectPart = { iamEndpoint: "http://iam.cloud.test", auth: passwordAuth() };
    const { proxy, clock, askMany } = await way(part, { credentials: "user:right" });
    for (let second = 0; second < 60; second += 1) {
      for (const text of await askMany(4)) expect(text).toMatch(/ login: the proxy wants another login \(HTTP 407\)/);
      await clock.advance(1_000);
    }
    expect(proxy.asked.length).toBeGreaterThanOrEqual(3);
    expect(proxy.asked.length).toBeLessThanOrEqual(6);
    expect(new Set(proxy.asked)).toEqual(new Set(["iam.cloud.test:80"]));
  });
});

describe("a proxy that has not accepted the login yet", () => {
  test("is asked by one request while the others wait", async () => {
    const { simulator, proxy, clock, askMany } = await way({ retries: 0 });
    proxy.manner = "hang";
    const outcomes = askMany(4);
    await expect.poll(() => proxy.asked.length).toBe(1);
    proxy.manner = "open";
    await clock.advance(10_000);
    expect((await outcomes).filter((text) => text === "answered")).toHaveLength(3);
    expect(simulator.requests()).toBe(3);
  });

  test("is asked by the next where it failed in another way, which pauses nobody", async () => {
    const { proxy, api, askMany } = await way({ retries: 0 });
    proxy.manner = 502;
    const outcomes = await askMany(6);
    for (const text of outcomes) expect(text).toContain("the proxy answers HTTP 502");
    expect(proxy.asked).toHaveLength(6);
    expect(api.pausedMs()).toBe(0);
  });
});

test("a proxy that has opened a tunnel to a host that hangs makes nobody wait", async () => {
  const { simulator, proxy, ask, clock } = await way({ iamEndpoint: "http://iam.cloud.test" });
  simulator.setFault("KeystoneValidateToken", { kind: "hang" });
  expect((await ask()).status).toBe("running");
  expect(proxy.asked).toEqual(["iam.cloud.test:80", "cbr.cloud.test:80"]);
  expect(clock.pending()).toBeGreaterThan(0);
});

describe("a proxy that has accepted the login, and then wants another", () => {
  test("lets open tunnels go on between its pauses, which they do not end", async () => {
    const { simulator, proxy, ask, askMany, clock } = await way({ concurrency: 4 });
    await ask();
    const before = proxy.asked.length;
    proxy.manner = 407;
    for (let second = 0; second < 60; second += 1) {
      await askMany(4);
      await clock.advance(1_000);
    }
    expect(proxy.asked.length - before).toBeLessThanOrEqual(6);
    expect(simulator.requests()).toBeGreaterThan(1);
  });

  test("is asked by three of those who wait for their turn", async () => {
    const { simulator, proxy, api, ask, askMany } = await way({ concurrency: 2, timeoutMs: 600_000 });
    simulator.setFault("b", { kind: "hang" });
    await ask();
    await settled();
    // It keeps the open tunnel for itself.
    void api.showOperationLog("b", never).catch(() => {});
    await expect.poll(() => simulator.requests()).toBe(2);
    expect(proxy.asked).toHaveLength(1);
    proxy.manner = 407;
    const outcomes = await askMany(20);
    expect(outcomes.filter((text) => text.includes("HTTP 407"))).toHaveLength(20);
    expect(proxy.asked).toHaveLength(1 + 3);
  });
});

test("a proxy on the way that nobody configured is treated alike", async () => {
  const simulator = await start();
  simulator.setFault("*", { kind: "status", status: 407 });
  const { askMany, api, observer } = asked({ endpoint: simulator.url });
  const outcomes = await askMany(20);
  expect(simulator.requests()).toBe(3);
  expect(observer).toMatchObject({ codes: { none: 3 }, reasons: { network: 3 } });
  expect(api.pausedMs()).toBe(5_000);
  expect(new Set(outcomes)).toEqual(
    new Set([
      `ApiError: a proxy before 127.0.0.1:${simulator.port} wants a login (HTTP 407); check the proxy`,
      "ApiError: a proxy on the way wants a login (HTTP 407) and is asked again in 5 s; check the proxy",
    ]),
  );
});
