import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { fromMillis } from "../../src/base/micros.ts";
import { createSecret } from "../../src/base/secret.ts";
import { Stopped } from "../../src/base/waits.ts";
import { type ApiError, Held } from "../../src/cbr/api-error.ts";
import type { Fault } from "../../src/simulator/faults/kinds.ts";
import { vendorExample } from "../../src/simulator/tasks/sim-task.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { fixedTask, hastyClock, openCloud, runningTask } from "../support/cloud.ts";
import { errorOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { never } from "../support/never.ts";

test("the vendor's example comes through the wire", async () => {
  const { api, observer } = await openCloud({}, { tasks: [vendorExample] });
  const log = await api.showOperationLog(vendorExample.id, never);
  expect(log).toMatchObject({ id: vendorExample.id, status: "success", endedAt: 1_558_622_123_511_155 });
  expect(observer).toMatchObject({ codes: { 200: 1 }, reasons: {}, fields: {} });
});

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
  interface Failure {
    readonly fault: Fault;
    readonly reason: string;
    /** The label `code`. */
    readonly code: string;
    readonly retried: boolean;
  }
  const tried = (fault: Fault, reason: string, code: string): Failure => ({ fault, reason, code, retried: true });
  const once = (fault: Fault, reason: string, code: string): Failure => ({ fault, reason, code, retried: false });
  const page404 = { kind: "status", status: 404, body: "<html>Not here</html>", contentType: "text/html" } as const;

  test.each<[string, Failure]>([
    ["throttled, to return at once", tried({ kind: "throttle", retryAfter: 0 }, "throttled", "429")],
    ["500", tried({ kind: "server-error" }, "server_error", "500")],
    ["502 with HTML", tried({ kind: "server-error", status: 502, html: true }, "server_error", "502")],
    [
      "503 with a Retry-After that is no number",
      tried({ kind: "server-error", status: 503, retryAfter: "soon" }, "server_error", "503"),
    ],
    ["a hang", tried({ kind: "hang" }, "timeout", "none")],
    ["a body that never ends to come, byte by byte", tried({ kind: "slow-body", intervalMs: 10 }, "timeout", "none")],
    ["an answer after the deadline", tried({ kind: "latency", ms: 2_000 }, "timeout", "none")],
    ["a cut connection", tried({ kind: "cut" }, "network", "none")],
    ["a connection cut in the body", tried({ kind: "cut-body" }, "network", "none")],
    ["a proxy's login", once({ kind: "status", status: 407 }, "network", "none")],
    ["half of the JSON", once({ kind: "broken-json" }, "bad_body", "200")],
    ["a page", once({ kind: "html" }, "bad_body", "200")],
    ["nothing", once({ kind: "empty" }, "bad_body", "200")],
    ["an empty object", once({ kind: "wrong-shape" }, "bad_body", "200")],
    ["null", once({ kind: "wrong-shape", shape: "null" }, "bad_body", "200")],
    ["a list", once({ kind: "wrong-shape", shape: "list" }, "bad_body", "200")],
    ["another task", once({ kind: "foreign-id" }, "bad_body", "200")],
    ["a body without an end", once({ kind: "endless-body" }, "bad_body", "200")],
    ["a huge body", once({ kind: "huge-body", bytes: 8_000_000 }, "bad_body", "200")],
    ["201", once({ kind: "status", status: 201, body: "{}" }, "bad_body", "201")],
    ["204", once({ kind: "status", status: 204 }, "bad_body", "204")],
    ["a redirect", once({ kind: "redirect" }, "client_error", "302")],
    ["a redirect for ever", once({ kind: "redirect", status: 301 }, "client_error", "301")],
    ["400", once({ kind: "status", status: 400 }, "client_error", "400")],
    ["401", once({ kind: "status", status: 401 }, "unauthorized", "401")],
    ["403", once({ kind: "status", status: 403 }, "forbidden", "403")],
    ["the gateway's 404", once({ kind: "status", status: 404 }, "client_error", "404")],
    ["a proxy's 404", once(page404, "client_error", "404")],
  ])("%s", async (_, { fault, reason, code, retried }) => {
    const timeoutMs = reason === "timeout" ? 20_000 : 600_000;
    const { api, observer, simulator } = await openCloud({ retries: 1, timeoutMs }, {}, hastyClock);
    const attempts = retried ? 2 : 1;
    // A redirect that was followed would show as a request for the other task.
    simulator.setFault(
      "a",
      fault.kind === "redirect" ? { ...fault, location: `${simulator.url}/v3/x/operation-logs/b` } : fault,
    );
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error.reason).toBe(reason);
    expect(error.status).toBe(code === "none" ? undefined : Number(code));
    expect(error.sent).toBe(true);
    expect(error.message).not.toBe("");
    expect([simulator.requests("a"), simulator.requests("b")]).toEqual([attempts, 0]);
    expect(observer).toMatchObject({ codes: { [code]: attempts }, reasons: { [reason]: attempts } });
    expect(observer.seconds).toHaveLength(attempts);
    // One task's failure is its own.
    expect(await api.showOperationLog("b", never)).toMatchObject({ status: "running" });
  });

  test("a task that is not there", async () => {
    const { api, observer, simulator } = await openCloud({ retries: 3 });
    const error = await errorOf(api.showOperationLog("missing", never));
    expect(error).toMatchObject({ reason: "not_found", status: 404, code: "BackupService.6500", project: "prod" });
    expect(simulator.requests()).toBe(1);
    expect(observer.reasons).toEqual({ not_found: 1 });
  });

  test("the vendor's code and request id stand beside the reason", async () => {
    const { api, simulator } = await openCloud();
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

describe("retries", () => {
  test("mend what is mended within them; each failed attempt is counted", async () => {
    const { api, observer, simulator } = await openCloud({ retries: 3 });
    simulator.setFault("a", { kind: "server-error", times: 3 });
    expect(await api.showOperationLog("a", never)).toMatchObject({ status: "running" });
    expect(observer).toMatchObject({ codes: { 500: 3, 200: 1 }, reasons: { server_error: 3 } });
  });

  test("come after another kind of failure, too", async () => {
    const { api, observer, simulator } = await openCloud({ retries: 1, timeoutMs: 400 });
    simulator.setFault("a", { kind: "cut", times: 1 });
    simulator.setFault("*", { kind: "hang", times: 1 });
    expect((await errorOf(api.showOperationLog("a", never))).reason).toBe("timeout");
    expect(observer.reasons).toEqual({ network: 1, timeout: 1 });
  });

  test("of a 503 wait as long as it asks", async () => {
    const { api, simulator } = await openCloud({ retries: 1 }, {}, hastyClock);
    simulator.setFault("a", { kind: "server-error", status: 503, retryAfter: 2, times: 1 });
    // Meanwhile the others go on: a 503 holds nobody else.
    const asked = api.showOperationLog("a", never);
    await expect.poll(() => simulator.requests("a")).toBe(1);
    await api.showOperationLog("b", never);
    expect(simulator.requests("a")).toBe(1);
    await asked;
    const [first = 0, second = 0] = simulator.requestTimes("a");
    expect(second - first).toBeGreaterThanOrEqual(95);
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
  test.each([
    ["in seconds", 1, "seconds", undefined, 990],
    // A date has whole seconds: 3 from now are more than 2 away.
    ["as a date, told by a clock that runs twenty times as fast", 3, "date", hastyClock, 95],
  ] as const)("for as long as Retry-After says, %s", async (_, retryAfter, retryAfterAs, clock, least) => {
    const { api, simulator, observer } = await openCloud({ retries: 1 }, {}, clock);
    simulator.setFault("a", { kind: "throttle", retryAfter, retryAfterAs, times: 1 });
    const first = api.showOperationLog("a", never);
    await expect.poll(() => observer.reasons).toEqual({ throttled: 1 });
    await Promise.all([first, api.showOperationLog("b", never)]);
    const [throttledAt = 0, again = 0] = simulator.requestTimes("a");
    const [other = 0] = simulator.requestTimes("b");
    expect(again - throttledAt).toBeGreaterThanOrEqual(least);
    expect(other - throttledAt).toBeGreaterThanOrEqual(least);
    expect(observer.codes).toEqual({ 429: 1, 200: 2 });
  });

  test("for 2 to 5 s where no Retry-After says how long", async () => {
    const { api, simulator } = await openCloud({ retries: 1 }, {}, hastyClock);
    simulator.setFault("a", { kind: "throttle", times: 1 });
    await api.showOperationLog("a", never);
    const [first = 0, second = 0] = simulator.requestTimes("a");
    expect(second - first).toBeGreaterThanOrEqual(95);
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

test("bodies without an end do not fill the memory", async () => {
  const { api, simulator } = await openCloud({ concurrency: 8 });
  simulator.setFault("*", { kind: "endless-body" });
  const ask = (): Promise<ApiError> => errorOf(api.showOperationLog("a", never));
  await ask();
  const before = process.memoryUsage().rss;
  const errors = await Promise.all(Array.from({ length: 24 }, ask));
  expect(new Set(errors.map(({ reason }) => reason))).toEqual(new Set(["bad_body"]));
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

describe("an end", () => {
  test.each<[string, Fault]>([
    ["waits for headers", { kind: "hang" }],
    ["waits for the body", { kind: "slow-body" }],
    ["waits before a retry", { kind: "server-error", status: 503, retryAfter: 20 }],
    ["waits for the project's hold", { kind: "throttle", retryAfter: 20 }],
  ])("given by the signal comes at once to what %s, and counts as nobody's failure", async (_, fault) => {
    const { api, simulator, observer } = await openCloud({ timeoutMs: 20_000, retries: 1 });
    simulator.setFault("a", fault);
    const abort = new AbortController();
    const asked = api.showOperationLog("a", abort.signal);
    const kept = expect(asked).rejects.toThrow(Stopped);
    const waits = "retryAfter" in fault;
    await expect.poll(() => (waits ? observer.seconds : simulator.requestTimes("a"))).toHaveLength(1);
    abort.abort();
    await kept;
    expect(observer.seconds).toHaveLength(waits ? 1 : 0);
    expect(simulator.requests("a")).toBe(1);
  });

  test("given before costs no request", async () => {
    const { api, simulator } = await openCloud();
    await expect(api.showOperationLog("a", AbortSignal.abort())).rejects.toThrow(Stopped);
    expect(simulator.requests()).toBe(0);
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

  test.each<[string, Fault]>([
    ["before a retry", { kind: "server-error", status: 503, retryAfter: 20 }],
    ["for the project's hold", { kind: "throttle", retryAfter: 20 }],
  ])("stop ends a wait %s", async (_, fault) => {
    const { api, simulator, observer } = await openCloud({ retries: 1 });
    simulator.setFault("a", fault);
    const kept = expect(api.showOperationLog("a", never)).rejects.toThrow(Stopped);
    await expect.poll(() => observer.seconds).toHaveLength(1);
    api.stop();
    await kept;
    expect(simulator.requests("a")).toBe(1);
  });

  test("a failure after stop is not followed by another attempt", async () => {
    const { api, simulator } = await openCloud({ retries: 3 }, { latencyMs: [100, 100] });
    simulator.setFault("a", { kind: "server-error" });
    const kept = expect(api.showOperationLog("a", never)).rejects.toThrow(Stopped);
    await expect.poll(() => simulator.requests("a")).toBe(1);
    api.stop();
    await kept;
    expect(simulator.requests("a")).toBe(1);
  });
});

describe("login", () => {
  const wrong = { method: "token", token: createSecret("wrong-token") } as const;

  const tokenFile = async (token: string): Promise<string> => join(await tempFolder({ token }), "token");

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

  test("a token that is rotated while its 401 is under way gets exactly one more request", async () => {
    const path = await tokenFile("an-old-one");
    const { api, simulator, observer } = await openCloud(
      { auth: { method: "token_file", path } },
      { latencyMs: [100, 100] },
    );
    const asked = api.showOperationLog("a", never);
    await expect.poll(() => simulator.requests("a")).toBe(1);
    await writeFile(path, "demo-token\n");
    expect(await asked).toMatchObject({ status: "running" });
    expect(simulator.requests("a")).toBe(2);
    expect(observer).toMatchObject({ codes: { 401: 1, 200: 1 }, reasons: { unauthorized: 1 } });
  });

  test("an end that comes while a new token is looked for is no failure", async () => {
    const { api, simulator, observer } = await openCloud();
    simulator.setFault("a", { kind: "status", status: 401 });
    const abort = new AbortController();
    vi.spyOn(observer, "failed").mockImplementation(() => abort.abort());
    await expect(api.showOperationLog("a", abort.signal)).rejects.toThrow(Stopped);
    expect(simulator.requests("a")).toBe(1);
  });

  test("a token that is rotated to another wrong one gets no third request", async () => {
    const path = await tokenFile("an-old-one");
    const { api, simulator } = await openCloud(
      { auth: { method: "token_file", path }, retries: 3 },
      { latencyMs: [100, 100] },
    );
    const kept = errorOf(api.showOperationLog("a", never));
    await expect.poll(() => simulator.requests("a")).toBe(1);
    await writeFile(path, "as-wrong-as-it");
    await expect.poll(() => simulator.requests("a")).toBe(2);
    await writeFile(path, "demo-token");
    expect((await kept).reason).toBe("unauthorized");
    expect(simulator.requests("a")).toBe(2);
  });

  test("a token file that is not there costs no request, and names its key alone", async () => {
    const { api, simulator, observer } = await openCloud({ auth: { method: "token_file", path: "/nowhere/token" } });
    const error = await errorOf(api.showOperationLog("a", never));
    expect(error).toMatchObject({ reason: "unauthorized", sent: false, status: undefined });
    expect(error.message).toMatch(/^auth\.token_file: /);
    expect(simulator.requests()).toBe(0);
    expect(observer).toMatchObject({ codes: {}, reasons: {} });
  });

  test("a login that is refused between attempts leaves the failure that came first", async () => {
    const { api, simulator } = await openCloud({ retries: 1 }, {}, hastyClock);
    simulator.setFault("a", { kind: "server-error", status: 503, retryAfter: 4, times: 1 });
    const kept = errorOf(api.showOperationLog("a", never));
    await expect.poll(() => simulator.requests("a")).toBe(1);
    simulator.setFault("*", { kind: "status", status: 401 });
    for (const id of ["b", "c", "d"]) await errorOf(api.showOperationLog(id, never));
    expect((await kept).reason).toBe("server_error");
    expect(simulator.requests("a")).toBe(1);
  });
});

test("an unknown end of the connection between requests is not the next request's", async () => {
  const { api, simulator } = await openCloud({ concurrency: 1, timeoutMs: 20_000 }, {}, hastyClock);
  for (const fault of [{ kind: "cut" }, { kind: "cut-body" }, { kind: "hang" }, { kind: "endless-body" }] as const) {
    simulator.setFault("a", { ...fault, times: 1 });
    await errorOf(api.showOperationLog("a", never));
    expect(await api.showOperationLog("b", never)).toMatchObject({ status: "running" });
  }
});

describe("other limits", () => {
  test("are those of the next attempt: its time, and how often it is tried again", async () => {
    const { api, simulator, observer } = await openCloud({ timeoutMs: 60_000 });
    simulator.setFault("a", { kind: "hang" });
    api.setLimits({ rateLimit: 1000, concurrency: 4, timeoutMs: 100, retries: 0 });
    const { reason, message } = await errorOf(api.showOperationLog("a", never));
    expect([reason, message]).toEqual(["timeout", "no whole answer within 0.1 s"]);
    simulator.setFault("a", { kind: "server-error" });
    api.setLimits({ rateLimit: 1000, concurrency: 4, timeoutMs: 5_000, retries: 1 });
    expect(await errorOf(api.showOperationLog("a", never))).toMatchObject({ reason: "server_error" });
    expect(observer.reasons).toEqual({ timeout: 1, server_error: 2 });
  });

  test("let more requests through at once", async () => {
    const { api, simulator } = await openCloud(
      { concurrency: 1, timeoutMs: 5_000 },
      { tasks: ["a", "b", "c"].map(runningTask) },
    );
    await api.showOperationLog("a", never);
    simulator.setFault("*", { kind: "hang" });
    const stop = new AbortController();
    const asked = ["a", "b", "c"].map((id) => api.showOperationLog(id, stop.signal).catch(() => {}));
    await eventually(() => expect(simulator.requests()).toBe(2));
    api.setLimits({ rateLimit: 1000, concurrency: 3, timeoutMs: 5_000, retries: 0 });
    await eventually(() => expect(simulator.requests()).toBe(4));
    stop.abort();
    await Promise.all(asked);
  });
});
