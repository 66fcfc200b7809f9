import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRenewal, tenthOfLife } from "../../../src/cbr/auth/renewal.ts";
import { fromMillis, type Micros } from "../../../src/tasks/micros.ts";
import { manualClock, newYear, settled } from "../../support/manual-clock.ts";

const day = 86_400_000;

interface Server {
  asked: number;
  fails: Error | undefined;
  lifeMs: number | undefined;
  expiresAt: Micros | undefined;
  /** What an attempt is made with. */
  input: number;
}

/** A renewal, a minute before the end, of what a server gives by hand. */
function watched({ start = newYear, ...part }: Partial<Server> & { start?: Micros } = {}) {
  const clock = manualClock(start);
  const server: Server = { asked: 0, fails: undefined, lifeMs: 600_000, expiresAt: undefined, input: 1, ...part };
  const renewal = createRenewal({
    async obtain() {
      server.asked += 1;
      const value = `lease ${server.asked}`;
      await settled();
      if (server.fails) throw server.fails;
      const { lifeMs, expiresAt } = server;
      return { value, ...(lifeMs !== undefined && { lifeMs }), ...(expiresAt !== undefined && { expiresAt }) };
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
    crowd: () => Promise.all(Array.from({ length: 200 }, value)),
    /** What 200 who ask at once fail with. */
    crowdFails: () =>
      Promise.all(
        Array.from({ length: 200 }, () =>
          renewal.current().then(
            () => undefined,
            (error: unknown) => error,
          ),
        ),
      ),
  };
}

describe("a lease", () => {
  test("is obtained once, however many wait for it", async () => {
    const { crowd, server } = watched();
    expect(new Set(await crowd())).toEqual(new Set(["lease 1"]));
    expect(server.asked).toBe(1);
  });

  test("is kept until its margin, then renewed once, however many ask at that moment", async () => {
    const { crowd, clock, server } = watched();
    await crowd();
    await clock.advance(539_999);
    expect(new Set(await crowd())).toEqual(new Set(["lease 1"]));
    expect(server.asked).toBe(1);
    await clock.advance(1);
    expect(new Set(await crowd())).toEqual(new Set(["lease 2"]));
    expect(server.asked).toBe(2);
  });

  test("counts its generations, and tells its end", async () => {
    const expiresAt = fromMillis(Date.UTC(2026, 0, 1, 0, 10));
    const { renewal, clock } = watched({ expiresAt });
    expect(renewal.expiresAt()).toBeUndefined();
    expect((await renewal.current()).generation).toBe(1);
    expect(renewal.expiresAt()).toBe(expiresAt);
    await clock.advance(540_000);
    expect((await renewal.current()).generation).toBe(2);
  });

  test("whose life is not told is taken to live for an hour", async () => {
    const { value, clock } = watched({ lifeMs: undefined });
    await value();
    await clock.advance(59 * 60_000 - 1);
    expect(await value()).toBe("lease 1");
    await clock.advance(1);
    expect(await value()).toBe("lease 2");
  });

  test("lives from when it was asked for, not from when it came", async () => {
    const clock = manualClock();
    let asked = 0;
    const { current } = createRenewal({
      async obtain() {
        asked += 1;
        await clock.advance(30_000);
        return { value: asked, lifeMs: 600_000 };
      },
      marginMs: () => 60_000,
      clock,
    });
    await current();
    await clock.advance(509_999);
    expect((await current()).value).toBe(1);
    await clock.advance(1);
    expect((await current()).value).toBe(2);
  });

  test.each([
    ["a day behind", -day],
    ["a day ahead", day],
  ])("is renewed at the same moment by a machine whose clock is %s", async (_, offMs) => {
    const { value, clock, server } = watched({
      start: fromMillis(newYear / 1000 + offMs),
      expiresAt: fromMillis(newYear / 1000 + 600_000),
    });
    await value();
    await clock.advance(539_999);
    expect(await value()).toBe("lease 1");
    await clock.advance(1);
    expect(await value()).toBe("lease 2");
    expect(server.asked).toBe(2);
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
    await clock.advance(300_000);
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

describe("a failure", () => {
  test("is the same one for all who wait, and for those who come before its pause is over", async () => {
    const error = new Error("refused");
    const { crowdFails, clock, server } = watched({ fails: error });
    expect(new Set(await crowdFails())).toEqual(new Set([error]));
    await clock.advance(4_999);
    expect(new Set(await crowdFails())).toEqual(new Set([error]));
    expect(server.asked).toBe(1);
    await clock.advance(1);
    await crowdFails();
    expect(server.asked).toBe(2);
  });

  test("doubles the pause, from 5 s to 5 min", async () => {
    const { value, clock, server } = watched({ fails: new Error("refused") });
    const seconds: number[] = [];
    await expect(value()).rejects.toThrow("refused");
    while (seconds.length < 8) {
      const { asked } = server;
      let waited = 0;
      for (; server.asked === asked; waited += 1) {
        await clock.advance(1_000);
        await expect(value()).rejects.toThrow("refused");
      }
      seconds.push(waited);
    }
    expect(server.asked).toBe(9);
    expect(seconds).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
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
    expect(new Set(await crowd())).toEqual(new Set(["lease 2"]));
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
