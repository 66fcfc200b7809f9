import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defined } from "../../../src/base/json.ts";
import { fromMillis, type Micros } from "../../../src/base/micros.ts";
import { Stopped } from "../../../src/base/waits.ts";
import { ApiError, Held } from "../../../src/cbr/api-error.ts";
import { createRenewal, tenthOfLife } from "../../../src/cbr/auth/renewal.ts";
import { type FailureReason, failureReasons } from "../../../src/tasks/failure-reason.ts";
import { manualClock, newYear, settled } from "../../support/manual-clock.ts";

const day = 86_400_000;

interface Server {
  asked: number;
  fails: Error | undefined;
  lifeMs: number | undefined;
  expiresAt: Micros | undefined;
  /** How long an answer takes, in milliseconds. */
  takesMs: number;
  /** What an attempt is made with. */
  input: number;
}

/** A renewal, a minute before the end, of what a server gives by hand. */
function watched({ start = newYear, ...part }: Partial<Server> & { start?: Micros } = {}) {
  const clock = manualClock(start);
  const server: Server = {
    asked: 0,
    fails: undefined,
    lifeMs: 600_000,
    expiresAt: undefined,
    takesMs: 0,
    input: 1,
    ...part,
  };
  const renewal = createRenewal({
    async obtain() {
      server.asked += 1;
      const value = `lease ${server.asked}`;
      await (server.takesMs > 0 ? clock.advance(server.takesMs) : settled());
      if (server.fails) throw server.fails;
      return defined({ value, lifeMs: server.lifeMs, expiresAt: server.expiresAt });
    },
    marginMs: () => 60_000,
    input: async () => server.input,
    clock,
  });
  const value = async (): Promise<string> => (await renewal.current()).value;
  return {
    clock,
    server,
    renewal,
    value,
    /** Lets what goes on beside come to its end. */
    async renewed() {
      for (let turns = 0; turns < 3; turns += 1) await settled();
    },
    /** What 200 who ask at once get: values and errors, each once. */
    async crowd() {
      const results = await Promise.allSettled(Array.from({ length: 200 }, value));
      return [...new Set(results.map((result) => (result.status === "fulfilled" ? result.value : result.reason)))];
    },
  };
}

describe("a lease", () => {
  const aheadMs = (ms: number) => ({
    start: fromMillis(newYear / 1000 + ms),
    expiresAt: fromMillis(newYear / 1000 + 600_000),
  });

  test.each<[string, Parameters<typeof watched>[0], number]>([
    ["is kept until its margin", {}, 540_000],
    ["whose life is not told is taken to live for an hour", { lifeMs: undefined }, 59 * 60_000],
    ["lives from when it was asked for, not from when it came", { takesMs: 30_000 }, 510_000],
    ["lives as long for a machine whose clock is a day behind", aheadMs(-day), 540_000],
    ["lives as long for a machine whose clock is a day ahead", aheadMs(day), 540_000],
  ])("%s, then renewed once beside those who ask, who do not wait", async (_, part, afterMs) => {
    const { crowd, renewed, renewal, clock, server } = watched(part);
    expect(renewal.expiresAt()).toBeUndefined();
    expect(await crowd()).toEqual(["lease 1"]);
    expect(renewal.expiresAt()).toBe(server.expiresAt);
    server.takesMs = 0;
    await clock.advance(afterMs - 1);
    expect(await crowd()).toEqual(["lease 1"]);
    await renewed();
    expect(server.asked).toBe(1);
    await clock.advance(1);
    expect(await crowd()).toEqual(["lease 1"]);
    await renewed();
    expect(await renewal.current()).toMatchObject({ value: "lease 2", generation: 2 });
    expect(server.asked).toBe(2);
  });

  test("that is good keeps nobody waiting for a server that hangs; one that has ended does", async () => {
    const clock = manualClock();
    const answers: ((value: string) => void)[] = [];
    const renewal = createRenewal({
      async obtain() {
        return { value: await new Promise<string>((resolve) => answers.push(resolve)), lifeMs: 600_000 };
      },
      marginMs: () => 60_000,
      clock,
    });
    const first = renewal.current();
    await settled();
    answers[0]?.("first");
    await first;
    await clock.advance(540_000);
    for (let n = 0; n < 3; n += 1) {
      expect((await renewal.current()).value).toBe("first");
      await clock.advance(10_000);
    }
    await clock.advance(30_000);
    const waiting = [renewal.current(), renewal.current()];
    expect(await Promise.race([...waiting, settled()])).toBeUndefined();
    answers[1]?.("second");
    expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual(["second", "second"]);
    expect(answers).toHaveLength(2);
  });
});

describe("while its successor cannot be had", () => {
  test("an old lease serves until its end, and then the failure is told", async () => {
    const { value, clock, server } = watched();
    await value();
    server.fails = new Error("IAM is away");
    await clock.advance(540_000);
    expect(await value()).toBe("lease 1");
    await clock.advance(59_999);
    expect(await value()).toBe("lease 1");
    await clock.advance(1);
    await expect(value()).rejects.toThrow("IAM is away");
    server.fails = undefined;
    await clock.advance(60_000);
    expect(await value()).toMatch(/^lease/);
  });

  test("an old lease that was refused serves no longer", async () => {
    const { value, renewal, clock, server } = watched();
    await value();
    server.fails = new Error("IAM is away");
    await clock.advance(540_000);
    expect(await value()).toBe("lease 1");
    renewal.refused(1);
    await expect(value()).rejects.toThrow("IAM is away");
  });
});

/** What a server said, or did not say. */
const said = (reason: FailureReason, part: { readonly retryAfterMs?: number } = {}): ApiError =>
  new ApiError({ project: "prod", operation: "KeystoneCreateToken", reason, message: reason, ...part });

/** Seconds from one attempt to the next, of an obtaining that is wanted each second. */
async function pauses({ value, clock, server }: ReturnType<typeof watched>, count: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  await value().catch(() => {});
  while (seconds.length < count) {
    const { asked } = server;
    let waited = 0;
    for (; server.asked === asked; waited += 1) {
      await clock.advance(1_000);
      await value().catch(() => {});
    }
    seconds.push(waited);
  }
  return seconds;
}

describe("a server", () => {
  const doubling = [5, 10, 20, 40, 80, 160, 300, 300];
  const even = Array(8).fill(10);
  const unreached: readonly FailureReason[] = ["network", "timeout", "tls", "server_error", "throttled"];

  test.each(failureReasons.map((reason) => [reason, unreached.includes(reason) ? even : doubling] as const))(
    "that fails with %s is asked again after %j s: soon where it says nothing about the login",
    async (reason, seconds) => {
      expect(await pauses(watched({ fails: said(reason) }), 8)).toEqual(seconds);
    },
  );

  test("whose hold kept the request from being sent is asked again soon", async () => {
    expect(await pauses(watched({ fails: new Held() }), 3)).toEqual([10, 10, 10]);
  });

  test("is left alone for as long as it asks", async () => {
    expect(await pauses(watched({ fails: said("throttled", { retryAfterMs: 120_000 }) }), 2)).toEqual([120, 120]);
  });

  test("that is away between two refusals does not make their pauses short again", async () => {
    const { value, clock, server } = watched({ fails: said("unauthorized") });
    for (const [reason, pause] of [
      ["unauthorized", 5],
      ["unauthorized", 10],
      ["network", 10],
      ["unauthorized", 20],
    ] as const) {
      server.fails = said(reason);
      const { asked } = server;
      await expect(value()).rejects.toThrow();
      expect(server.asked).toBe(asked + 1);
      await clock.advance(pause * 1000 - 1);
      await expect(value()).rejects.toThrow();
      expect(server.asked).toBe(asked + 1);
      await clock.advance(1);
    }
  });
});

describe("the pause that is told", () => {
  test("is that after a failure, and none while something good is there, is being obtained, or may be tried", async () => {
    const { value, renewal, renewed, clock, server } = watched({ fails: said("unauthorized") });
    expect(renewal.pausedMs()).toBe(0);
    const first = value();
    expect(renewal.pausedMs()).toBe(0);
    await expect(first).rejects.toThrow();
    expect(renewal.pausedMs()).toBe(5_000);
    await clock.advance(4_000);
    expect(renewal.pausedMs()).toBe(1_000);
    await clock.advance(1_000);
    expect(renewal.pausedMs()).toBe(0);
    server.fails = undefined;
    await value();
    server.fails = said("network");
    await clock.advance(595_000);
    await value();
    await renewed();
    expect(renewal.pausedMs()).toBe(0);
    await clock.advance(5_000);
    expect(renewal.pausedMs()).toBe(5_000);
    renewal.refused(1);
    expect(renewal.pausedMs()).toBe(5_000);
  });
});

test("an end in the middle of obtaining pauses nothing", async () => {
  const { value, renewal } = watched({ fails: new Stopped() });
  await expect(value()).rejects.toThrow(Stopped);
  expect(renewal.pausedMs()).toBe(0);
});

describe("a failure", () => {
  test("is the same one for all who wait, and for those who come before its pause is over", async () => {
    const error = new Error("refused");
    const { crowd, clock, server } = watched({ fails: error });
    expect(await crowd()).toEqual([error]);
    await clock.advance(4_999);
    expect(await crowd()).toEqual([error]);
    expect(server.asked).toBe(1);
    await clock.advance(1);
    await crowd();
    expect(server.asked).toBe(2);
  });

  test("is forgotten by a success: the next pause is short again", async () => {
    const { value, clock, server } = watched({ fails: new Error("refused"), lifeMs: 100_000 });
    await expect(value()).rejects.toThrow();
    await clock.advance(5_000);
    await expect(value()).rejects.toThrow();
    server.fails = undefined;
    await clock.advance(10_000);
    await value();
    server.fails = new Error("refused");
    await clock.advance(100_000);
    await expect(value()).rejects.toThrow();
    server.fails = undefined;
    await clock.advance(4_999);
    await expect(value()).rejects.toThrow();
    await clock.advance(1);
    expect(await value()).toBe("lease 5");
  });

  test("is tried again at once when what it was tried with has changed, and not again with the same", async () => {
    const { value, server } = watched({ fails: new Error("refused") });
    await expect(value()).rejects.toThrow();
    server.input = 2;
    await expect(value()).rejects.toThrow();
    await expect(value()).rejects.toThrow();
    expect(server.asked).toBe(2);
    server.input = 3;
    server.fails = undefined;
    expect(await value()).toBe("lease 3");
  });
});

describe("a refusal", () => {
  test("makes the next look obtain another, once", async () => {
    const { value, crowd, renewal, server } = watched({ expiresAt: newYear });
    await value();
    renewal.refused(1);
    expect(renewal.expiresAt()).toBeUndefined();
    expect(server.asked).toBe(1);
    expect(await crowd()).toEqual(["lease 2"]);
    expect(server.asked).toBe(2);
  });

  test("of a lease that has been replaced says nothing about its successor", async () => {
    const { value, renewal, server } = watched();
    await value();
    renewal.refused(1);
    await value();
    renewal.refused(1);
    expect(await value()).toBe("lease 2");
    expect(server.asked).toBe(2);
  });
});

const lives = fc.integer({ min: 1, max: 30 * day });
const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("the usual margin is about a tenth of the life, and at least a minute of a life of ten or more", () => {
  fc.assert(
    fc.property(lives, fractions, (lifeMs, fraction) => {
      const margin = tenthOfLife(() => fraction)(lifeMs);
      expect(margin).toBeLessThanOrEqual(0.11 * lifeMs * (1 + 1e-9));
      if (lifeMs >= 600_000) expect(margin).toBeGreaterThanOrEqual(60_000);
      expect(margin).toBeGreaterThanOrEqual(0.09 * lifeMs * (1 - 1e-9));
    }),
    {
      examples: [
        [600_000, 0],
        [599_999, 0],
        [600_000, 0.999],
      ],
    },
  );
});

test("replicas do not renew together", () => {
  expect(tenthOfLife(() => 0)(day)).toBeCloseTo(0.09 * day, 3);
  expect(tenthOfLife(() => 0.5)(day)).toBeCloseTo(0.1 * day, 3);
  expect(tenthOfLife(() => 0.999)(day)).toBeGreaterThan(0.109 * day);
});
