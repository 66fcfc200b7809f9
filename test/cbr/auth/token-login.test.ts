import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repeat } from "../../../src/cbr/auth/token-login.ts";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import type { SimulatorOptions } from "../../../src/simulator/simulator.ts";
import { tempFolder } from "../../config/temp-folder.ts";
import { openCloud, openTimedCloud } from "../../support/cloud.ts";
import { errorOf } from "../../support/error-of.ts";
import { manualClock, settled } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";

const hour = 3_600_000;
const minute = 60_000;

test.each([
  ["is not there", undefined, "no such file"],
  ["holds a newline within", "hunter2\nabc", "it must hold the secret alone, on one line"],
  ["holds a blank", "hunter2 abc", "it must hold the secret alone, on one line"],
  ["holds letters that no header takes", "hunter2é", "it must hold the secret alone, on one line"],
])("a token file that %s costs no request, and is named by its key alone", async (_, text, reason) => {
  const path = join(await tempFolder(text === undefined ? {} : { token: text }), "token");
  const { api, simulator, observer } = await openCloud({ auth: { method: "token_file", path } });
  const error = await errorOf(api.showOperationLog("a", never));
  expect(error).toMatchObject({ reason: "unauthorized", sent: false, status: undefined });
  expect(error.message).toBe(`auth.token_file: the file cannot be used: ${reason}`);
  expect(simulator.requests()).toBe(0);
  expect(observer).toMatchObject({ codes: {}, reasons: {} });
});

/** A cloud whose IAM is known, asked with a token of its own or by a file. */
async function openFile(options: SimulatorOptions = {}) {
  const path = join(await tempFolder(), "token");
  const cloud = await openTimedCloud((url) => ({ iamEndpoint: url, auth: { method: "token_file", path } }), options);
  return {
    ...cloud,
    replace: (lifeSeconds: number) => writeFile(path, cloud.simulator.issueToken({ lifeSeconds })),
    expiresAt: () => cloud.api.login().expiresAt,
    asked: () => cloud.simulator.requestsOf("KeystoneValidateToken"),
  };
}

describe("the end of a token is learnt from IAM", () => {
  test("once for each, beside the polls; that of the one before is forgotten", async () => {
    // Tokens of 20 KiB come and go.
    const { api, clock, replace, expiresAt, asked } = await openFile({ tokenBytes: 20 * 1024 });
    expect(api.login()).toEqual({ method: "token_file", expiresAt: undefined });
    for (const hours of [1, 2, 3]) {
      const before = expiresAt();
      await replace(hours * 3600);
      await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
      if (before !== undefined) expect(expiresAt()).not.toBe(before);
      await expect.poll(expiresAt).toBe(clock.now() + hours * hour * 1000);
      await api.showOperationLog("a", never);
      expect(asked()).toBe(hours);
    }
  });

  test("also while nothing is polled, and after the file could not be read: it is looked at once a minute", async () => {
    const { simulator, clock, replace, expiresAt, asked } = await openFile();
    const nextMinute = async (): Promise<void> => {
      await expect.poll(() => clock.pending()).toBe(1);
      await clock.advance(minute);
    };
    await nextMinute();
    for (const lifeSeconds of [3600, 7200]) {
      // Before it, a look under way would see what is written now.
      await expect.poll(() => clock.pending()).toBe(1);
      await replace(lifeSeconds);
      const end = clock.now() + lifeSeconds * 1e6;
      await clock.advance(minute - 1);
      expect(expiresAt()).not.toBe(end);
      await clock.advance(1);
      await expect.poll(expiresAt).toBe(end);
    }
    for (let minutes = 0; minutes < 10; minutes += 1) await nextMinute();
    expect([asked(), simulator.requests()]).toEqual([2, 0]);
  });

  test.each(["stop", "close"] as const)("until %s", async (end) => {
    const { api, clock } = await openFile();
    expect(clock.pending()).toBe(1);
    await api[end]();
    expect(clock.pending()).toBe(0);
  });

  test("but no file is looked at where no IAM would tell, nor a token of the configuration", async () => {
    const path = join(await tempFolder({ token: "demo-token\n" }), "token");
    const alone = await openTimedCloud({ auth: { method: "token_file", path } });
    await alone.api.showOperationLog("a", never);
    expect([alone.clock.pending(), alone.api.login().expiresAt]).toEqual([0, undefined]);
    const inline = await openTimedCloud((url) => ({ iamEndpoint: url }));
    expect(inline.clock.pending()).toBe(0);
  });
});

test("a look that hangs is not followed by another before it is over", async () => {
  const clock = manualClock();
  const stopping = new AbortController();
  const ends: (() => void)[] = [];
  const look = () => new Promise<never>((_, reject) => ends.push(() => reject(new Error("gone"))));
  void repeat(look, minute, clock, stopping.signal);
  await clock.advance(10 * minute);
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await settled();
  await clock.advance(minute);
  expect(ends).toHaveLength(2);
  stopping.abort();
  ends[1]?.();
  await settled();
  expect(clock.pending()).toBe(0);
});

describe("while IAM does not tell", () => {
  test("polls are as ever, and do not wait for it", async () => {
    const { api, simulator } = await openCloud((url) => ({ iamEndpoint: url }));
    simulator.setFault("iam:tokens", { kind: "hang" });
    await Promise.all(Array.from({ length: 20 }, () => api.showOperationLog("a", never)));
    expect(simulator.requestsOf("KeystoneValidateToken")).toBe(1);
    expect(api.login().expiresAt).toBeUndefined();
  });

  test.each<[string, Fault, boolean]>([
    ["500", { kind: "server-error" }, true],
    ["nothing", { kind: "hang" }, true],
    ["401", { kind: "status", status: 401 }, false],
    ["no such token", { kind: "status", status: 404 }, false],
    ["a page", { kind: "html" }, false],
    ["half of the JSON", { kind: "broken-json" }, false],
    ["null", { kind: "wrong-shape", shape: "null" }, false],
    ["a body over the limit", { kind: "huge-body", bytes: 2_000_000 }, false],
  ])("but says %s, it is asked about that token again after five minutes: %o", async (_, fault, isAskedAgain) => {
    const { api, simulator, clock, observer } = await openTimedCloud((url) => ({ iamEndpoint: url }));
    const asked = () => simulator.requestsOf("KeystoneValidateToken");
    simulator.setFault("iam:tokens", { ...fault, times: 1 });
    await api.showOperationLog("a", never);
    await expect.poll(asked).toBe(1);
    if (fault.kind === "hang") await clock.advance(minute);
    await expect.poll(() => observer.seconds).toHaveLength(2);
    await clock.advance(5 * minute - 1);
    await api.showOperationLog("a", never);
    expect([clock.pending(), asked()]).toEqual([0, 1]);
    await clock.advance(1);
    await Promise.all([api.showOperationLog("a", never), api.showOperationLog("b", never)]);
    await expect.poll(() => api.login().expiresAt !== undefined).toBe(isAskedAgain);
    await clock.advance(24 * hour);
    await api.showOperationLog("a", never);
    expect([clock.pending(), asked()]).toEqual([0, isAskedAgain ? 2 : 1]);
  });

  test.each<[string, Fault]>([
    ["an end", { kind: "latency", ms: 200 }],
    ["a failure", { kind: "hang" }],
  ])("and then tells %s of a token that was replaced, that says nothing", async (_, fault) => {
    const { api, simulator, clock, observer, replace, expiresAt, asked } = await openFile();
    simulator.setFault("iam:tokens", { ...fault, times: 1 });
    for (const hours of [1, 2]) {
      await replace(hours * 3600);
      await api.showOperationLog("a", never);
      await expect.poll(asked).toBe(hours);
    }
    const end = clock.now() + 2 * hour * 1000;
    await expect.poll(expiresAt).toBe(end);
    if (fault.kind === "hang") await clock.advance(minute);
    await expect.poll(() => observer.seconds).toHaveLength(4);
    await clock.advance(10 * minute);
    await api.showOperationLog("a", never);
    expect([asked(), expiresAt()]).toEqual([2, end]);
  });
});
