import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { fromMillis } from "../../src/base/micros.ts";
import { createSecret } from "../../src/base/secret.ts";
import { Stopped } from "../../src/base/waits.ts";
import { Held } from "../../src/cbr/api-error.ts";
import type { Fault } from "../../src/simulator/faults/kinds.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { type Cloud, fixedTask, openCloud, openTimedCloud, runningTask } from "../support/cloud.ts";
import { errorOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { never } from "../support/never.ts";

test("unusable fields of an answer are counted once each", async () => {
  const task = fixedTask("a", {
    id: "a",
    error_info: { code: 1.5 },
    ended_at: "?",
    extra_info: { common: { progress: -1 } },
  });
  const { api, observer } = await openCloud({}, { tasks: [task] });
  expect(await api.showOperationLog("a", never)).toEqual({ id: "a", status: "unknown" });
  expect(observer.fields).toEqual({ "error_info.code": 1, ended_at: 1, "extra_info.common.progress": 1 });
});

describe("a time of a task is measured against the cloud's clock", () => {
  const day = 24 * 3600 * 1000;

  test.each([
    ["a year behind the cloud's", -365 * day],
    ["right", 0],
    ["a year ahead", 365 * day],
  ])("this machine's clock is %s", async (_, aheadMs) => {
    // The simulator's Date is the machine's.
    const clock: Clock = { ...systemClock, now: () => fromMillis(Date.now() + aheadMs) };
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const task = fixedTask("a", {
      id: "a",
      created_at: at(0),
      started_at: at(day - 60_000),
      ended_at: at(day + 60_000),
    });
    const { api, observer } = await openCloud({}, { tasks: [task] }, clock);
    const log = await api.showOperationLog("a", never);
    expect(Object.keys(log).toSorted()).toEqual(["createdAt", "id", "startedAt", "status"]);
    expect(observer.fields).toEqual({ ended_at: 1 });
  });
});

describe("each way in which a cloud can fail", () => {
  test.each<[Fault, reason: string, code: string, attempts: number]>([
    [{ kind: "throttle", retryAfter: 0 }, "throttled", "429", 2],
    [{ kind: "server-error" }, "server_error", "500", 2],
    [{ kind: "hang" }, "timeout", "none", 2],
    [{ kind: "slow-body", intervalMs: 10 }, "timeout", "none", 2],
    [{ kind: "cut" }, "network", "none", 2],
    [{ kind: "cut-body" }, "network", "none", 2],
    [{ kind: "broken-json" }, "bad_body", "200", 1],
    [{ kind: "wrong-shape" }, "bad_body", "200", 1],
    [{ kind: "foreign-id" }, "bad_body", "200", 1],
    [{ kind: "endless-body" }, "bad_body", "200", 1],
    [{ kind: "status", status: 201, body: "{}" }, "bad_body", "201", 1],
    [{ kind: "redirect" }, "client_error", "302", 1],
    [{ kind: "status", status: 401 }, "unauthorized", "401", 1],
    [{ kind: "status", status: 404 }, "client_error", "404", 1],
  ])("%j is %s", async (fault, reason, code, attempts) => {
    const { api, observer, simulator, clock } = await openTimedCloud({ retries: 1, timeoutMs: 5_000 });
    // A redirect that was followed would show as a request for the other task.
    const location = `${simulator.url}/v3/x/operation-logs/b`;
    simulator.setFault("a", fault.kind === "redirect" ? { ...fault, location } : fault);
    const asked = errorOf(api.showOperationLog("a", never));
    const isTimeout = reason === "timeout";
    for (let n = 1; n <= attempts; n += 1) {
      await expect
        .poll(() => (isTimeout ? simulator.requests("a") : observer.seconds.length))
        .toBeGreaterThanOrEqual(n);
      await clock.advance(isTimeout ? 5_000 : 0);
    }
    const error = await asked;
    expect(error).toMatchObject({ reason, status: code === "none" ? undefined : Number(code), sent: true });
    expect(error.message).not.toBe("");
    expect([simulator.requests("a"), simulator.requests("b")]).toEqual([attempts, 0]);
    expect(observer).toMatchObject({ codes: { [code]: attempts }, reasons: { [reason]: attempts } });
    expect(observer.seconds).toHaveLength(attempts);
    // One task's failure is its own.
    expect(await api.showOperationLog("b", never)).toMatchObject({ status: "running" });
  });

  test("the vendor's code and request id stand beside the reason", async () => {
    const { api, simulator, observer } = await openCloud();
    const unknown = await errorOf(api.showOperationLog("missing", never));
    expect(unknown).toMatchObject({ reason: "not_found", status: 404, code: "BackupService.6500", project: "prod" });
    expect(observer.reasons).toEqual({ not_found: 1 });
    simulator.setFault("a", { kind: "server-error", status: 503 });
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ code: "APIGW.0613", operation: "ShowOpLog", name: "ApiError" });
    expect(error.requestId).toMatch(/^[0-9a-f]{32}$/);
  });

  test("an error body over the limit explains nothing, and is an error all the same", async () => {
    const { api, simulator } = await openCloud();
    const body = JSON.stringify({ error_code: "X.1", error_msg: "x".repeat(2_000_000) });
    simulator.setFault("a", { kind: "status", status: 500, body });
    expect(await errorOf(api.showOperationLog("a", never))).toMatchObject({
      reason: "server_error",
      message: "HTTP 500",
    });
  });
});

describe("the time of an attempt runs out while the whole program is blocked", () => {
  async function blocked(fault: Fault) {
    const { api, simulator, clock, observer } = await openTimedCloud({ retries: 0, timeoutMs: 5_000 });
    simulator.setFault("a", fault);
    const asked = api.showOperationLog("a", never);
    await expect.poll(() => simulator.requests("a")).toBe(1);
    clock.block(120_000);
    await clock.advance(0);
    return { asked, clock, observer };
  }

  test("an answer that has come meanwhile is one", async () => {
    const { asked, observer } = await blocked({ kind: "latency", ms: 300 });
    expect(await asked).toMatchObject({ status: "running" });
    expect(observer.reasons).toEqual({});
  });

  test("without one, it ends a second later", async () => {
    const { asked, clock, observer } = await blocked({ kind: "hang" });
    const error = errorOf(asked);
    await clock.advance(999);
    expect(observer.reasons).toEqual({});
    await clock.advance(1);
    expect(await error).toMatchObject({ reason: "timeout" });
  });
});

describe("retries", () => {
  test("mend what is mended within them; each failed attempt is counted", async () => {
    const { api, observer, simulator } = await openCloud({ retries: 3 });
    simulator.setFault("a", { kind: "server-error", times: 3 });
    expect(await api.showOperationLog("a", never)).toMatchObject({ status: "running" });
    expect(observer).toMatchObject({ codes: { 500: 3, 200: 1 }, reasons: { server_error: 3 } });
  });

  test("of a 503 wait as long as it asks, and hold nobody else", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud({ retries: 1 });
    simulator.setFault("a", { kind: "server-error", status: 503, retryAfter: 2, times: 1 });
    const asked = api.showOperationLog("a", never);
    await expect.poll(() => observer.reasons).toEqual({ server_error: 1 });
    await api.showOperationLog("b", never);
    await clock.advance(1_999);
    expect(clock.pending()).toBe(1);
    await clock.advance(1);
    expect(await asked).toMatchObject({ status: "running" });
  });

  test("are given up where a 503 asks for more than 30 s", async () => {
    const { api, simulator } = await openCloud({ retries: 3 });
    simulator.setFault("a", { kind: "server-error", status: 503, retryAfter: 31 });
    expect(await errorOf(api.showOperationLog("a", never))).toMatchObject({
      reason: "server_error",
      retryAfterMs: 31_000,
    });
    expect(simulator.requests("a")).toBe(1);
  });
});

describe("a throttle holds the whole project", () => {
  test.each<[string, object, leastMs: number]>([
    ["as long as Retry-After says", { retryAfter: 3 }, 2_999],
    // A date has whole seconds: 3 from now are more than 2 away.
    ["as long as Retry-After says as a date", { retryAfter: 3, retryAfterAs: "date" }, 2_000],
    ["2 to 5 s where no Retry-After says how long", {}, 1_999],
  ])("for %s", async (_, part, leastMs) => {
    const { api, simulator, clock, observer } = await openTimedCloud({ retries: 1 });
    simulator.setFault("a", { kind: "throttle", ...part, times: 1 });
    const first = api.showOperationLog("a", never);
    await expect.poll(() => observer.reasons).toEqual({ throttled: 1 });
    const both = Promise.all([first, api.showOperationLog("b", never)]);
    await clock.advance(leastMs);
    expect(simulator.requests()).toBe(1);
    expect(api.pausedMs()).toBeGreaterThan(0);
    await clock.advance(1_000);
    await both;
    expect(observer.codes).toEqual({ 429: 1, 200: 2 });
  });

  test.each(["seconds", "date"] as const)(
    "for more than 30 s (%s): no retry, and nobody else is sent",
    async (retryAfterAs) => {
      const { api, simulator, observer } = await openCloud({ retries: 3 });
      simulator.setFault("a", { kind: "throttle", retryAfter: 120, retryAfterAs });
      const error = await errorOf(api.showOperationLog("a", never));
      expect(error.reason).toBe("throttled");
      expect(error.retryAfterMs).toBeGreaterThan(100_000);
      await expect(api.showOperationLog("b", never)).rejects.toThrow(Held);
      expect(simulator.requests()).toBe(1);
      expect(observer.codes).toEqual({ 429: 1 });
    },
  );
});

describe("an end", () => {
  test.each<["the signal" | "stop", string, Fault]>([
    ["the signal", "headers", { kind: "hang" }],
    ["the signal", "the body", { kind: "slow-body" }],
    ["the signal", "a retry", { kind: "server-error", status: 503, retryAfter: 20 }],
    ["the signal", "the project's hold", { kind: "throttle", retryAfter: 20 }],
    ["stop", "a retry", { kind: "server-error", status: 503, retryAfter: 20 }],
    ["stop", "the project's hold", { kind: "throttle", retryAfter: 20 }],
  ])("given by %s comes at once to what waits for %s, and counts as nobody's failure", async (by, _, fault) => {
    const { api, simulator, observer } = await openCloud({ timeoutMs: 20_000, retries: 1 });
    simulator.setFault("a", fault);
    const abort = new AbortController();
    const kept = expect(api.showOperationLog("a", abort.signal)).rejects.toThrow(Stopped);
    const waits = "retryAfter" in fault;
    await expect.poll(() => (waits ? observer.seconds : simulator.requestTimes("a"))).toHaveLength(1);
    if (by === "stop") api.stop();
    else abort.abort();
    await kept;
    expect(observer.seconds).toHaveLength(waits ? 1 : 0);
    expect(simulator.requests("a")).toBe(1);
  });

  test("stop lets what is under way finish, and starts nothing", async () => {
    const { api, simulator } = await openCloud({}, { latencyMs: [100, 100] });
    const asked = api.showOperationLog("a", never);
    await expect.poll(() => simulator.requests("a")).toBe(1);
    api.stop();
    await expect(api.showOperationLog("b", never)).rejects.toThrow(Stopped);
    expect(await asked).toMatchObject({ status: "running" });
    expect(simulator.requests()).toBe(1);
  });

  test("a failure after stop is not followed by another attempt", async () => {
    const cloud: Cloud = await openCloud({ retries: 3 }, { onRequest: () => cloud.api.stop() });
    cloud.simulator.setFault("a", { kind: "server-error" });
    await expect(cloud.api.showOperationLog("a", never)).rejects.toThrow(Stopped);
    expect(cloud.simulator.requests("a")).toBe(1);
  });
});

describe("login", () => {
  const wrong = { method: "token", token: createSecret("wrong-token") } as const;

  test("a wrong token is tried for three tasks, one at a time, and then no more", async () => {
    const { api, simulator, observer } = await openCloud(
      { auth: wrong, retries: 3 },
      { tasks: "abcdefgh".split("").map(runningTask) },
    );
    const errors = await Promise.all("abcdefgh".split("").map((id) => errorOf(api.showOperationLog(id, never))));
    expect(errors.map(({ reason }) => reason)).toEqual(Array(8).fill("unauthorized"));
    expect(errors.filter(({ sent }) => sent)).toHaveLength(3);
    expect(errors.map(({ message }) => message).join()).not.toContain("wrong-token");
    expect(simulator.requests()).toBe(3);
    expect(observer).toMatchObject({ codes: { 401: 3 }, reasons: { unauthorized: 3 } });
  });

  test.each([
    [["demo-token"], "running"],
    [["as-wrong-as-it", "demo-token"], "unauthorized"],
  ])("a token that is rotated to %j while its 401s are under way gets one more request: %s", async (next, outcome) => {
    const path = join(await tempFolder({ token: "an-old-one" }), "token");
    const { api, simulator, observer } = await openCloud(
      { auth: { method: "token_file", path }, retries: 3 },
      { onRequest: () => writeFileSync(path, next.shift() ?? "demo-token") },
    );
    const asked = api.showOperationLog("a", never);
    expect(
      await asked.then(
        ({ status }) => status,
        ({ reason }) => reason,
      ),
    ).toBe(outcome);
    expect(simulator.requests("a")).toBe(2);
    expect(observer.reasons).toEqual({ unauthorized: outcome === "running" ? 1 : 2 });
  });

  test("an end that comes while a new token is looked for is no failure", async () => {
    const { api, simulator, observer } = await openCloud();
    simulator.setFault("a", { kind: "status", status: 401 });
    const abort = new AbortController();
    vi.spyOn(observer, "failed").mockImplementation(() => abort.abort());
    await expect(api.showOperationLog("a", abort.signal)).rejects.toThrow(Stopped);
    expect(simulator.requests("a")).toBe(1);
  });

  test("a login that is refused between attempts leaves the failure that came first", async () => {
    const { api, simulator, clock, observer } = await openTimedCloud({ retries: 1 });
    simulator.setFault("a", { kind: "server-error", status: 503, retryAfter: 4, times: 1 });
    const kept = errorOf(api.showOperationLog("a", never));
    await expect.poll(() => observer.reasons).toEqual({ server_error: 1 });
    simulator.setFault("*", { kind: "status", status: 401 });
    for (const id of ["b", "c", "d"]) await errorOf(api.showOperationLog(id, never));
    await clock.advance(4_000);
    expect((await kept).reason).toBe("server_error");
    expect(simulator.requests("a")).toBe(1);
  });
});

test("an unknown end of the connection between requests is not the next request's", async () => {
  const { api, simulator, clock } = await openTimedCloud({ concurrency: 1, timeoutMs: 5_000 });
  for (const [n, kind] of (["cut", "cut-body", "hang", "endless-body"] as const).entries()) {
    simulator.setFault("a", { kind, times: 1 });
    const failed = errorOf(api.showOperationLog("a", never));
    await expect.poll(() => simulator.requests("a")).toBe(n + 1);
    if (kind === "hang") await clock.advance(5_000);
    await failed;
    expect(await api.showOperationLog("b", never)).toMatchObject({ status: "running" });
  }
});

describe("other limits", () => {
  test("are those of the next attempt: its time, and how often it is tried again", async () => {
    const { api, simulator, observer } = await openCloud({ timeoutMs: 60_000 });
    simulator.setFault("a", { kind: "hang" });
    api.setLimits({ rateLimit: 1000, concurrency: 4, timeoutMs: 100, retries: 0 });
    const { reason, message } = await errorOf(api.showOperationLog("a", never));
    expect([reason, message]).toEqual(["timeout", "no whole answer within 0.1 s; where that is usual, raise timeout"]);
    simulator.setFault("a", { kind: "server-error" });
    api.setLimits({ rateLimit: 1000, concurrency: 4, timeoutMs: 60_000, retries: 1 });
    expect(await errorOf(api.showOperationLog("a", never))).toMatchObject({ reason: "server_error" });
    expect(observer.reasons).toEqual({ timeout: 1, server_error: 2 });
  });

  test("let more requests through at once", async () => {
    const { api, simulator } = await openCloud({ concurrency: 1 }, { tasks: ["a", "b", "c"].map(runningTask) });
    await api.showOperationLog("a", never);
    simulator.setFault("*", { kind: "hang" });
    const stop = new AbortController();
    const asked = ["a", "b", "c"].map((id) => api.showOperationLog(id, stop.signal).catch(() => {}));
    await eventually(() => expect(simulator.requests()).toBe(2));
    api.setLimits({ rateLimit: 1000, concurrency: 3, timeoutMs: 60_000, retries: 0 });
    await eventually(() => expect(simulator.requests()).toBe(4));
    stop.abort();
    await Promise.all(asked);
  });
});
