import { describe, expect, test } from "vitest";
import { Stopped } from "../../../src/base/waits.ts";
import { keyRefusalPolicy } from "../../../src/cbr/auth/ak-sk-login.ts";
import type { Login } from "../../../src/cbr/transport/login.ts";
import {
  createLoginGate,
  LoginRefused,
  type Outcome,
  openLoginGate,
  type Permit,
} from "../../../src/cbr/transport/login-gate.ts";
import { manualClock, settled } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";

/** A login gate whose credential is changed by hand. @param part of the login */
function watched(part: Partial<Login> = {}) {
  const clock = manualClock();
  let generation = 1;
  let broken: Error | undefined;
  const login: Login = {
    async credential() {
      if (broken) throw broken;
      return { generation, headers: () => ({}) };
    },
    expiresAt: () => undefined,
    ...part,
  };
  const gate = createLoginGate(login, clock);
  const enter = (signal = never): Promise<Permit> => gate.enter(signal);
  return {
    clock,
    pausedMs: () => gate.pausedMs(),
    enter,
    /** Enters and tells the verdict at once. */
    async send(outcome: Outcome, subject: string) {
      (await enter()).report(outcome, subject);
    },
    renew() {
      generation += 1;
    },
    fail(error: Error | undefined) {
      broken = error;
    },
    /** Lets `count` enter; @returns the passes that were given so far */
    crowd(count: number): Permit[] {
      const passes: Permit[] = [];
      for (let n = 0; n < count; n += 1) void enter().then((pass) => passes.push(pass));
      return passes;
    },
  };
}

/** Seconds until a login that is refused is tried again; 0 when it is let in (and its pass given back undecided). */
async function refusedFor({ enter }: ReturnType<typeof watched>): Promise<number> {
  try {
    (await enter()).report("unknown", "/probe");
    return 0;
  } catch (error) {
    if (error instanceof LoginRefused) return error.retryInMs / 1000;
    throw error;
  }
}

describe("a credential that nobody has tried", () => {
  test("is tried by one, while the others wait", async () => {
    const { crowd } = watched();
    const passes = crowd(5);
    await settled();
    expect(passes).toHaveLength(1);
  });

  test("is everybody's once it has been accepted", async () => {
    const { crowd } = watched();
    const passes = crowd(5);
    await settled();
    passes[0]?.report("accepted", "/a");
    await settled();
    expect(passes).toHaveLength(5);
  });

  test.each(["unknown", "refused"] as const)("is tried by the next when the first comes back %s", async (verdict) => {
    const { crowd } = watched();
    const passes = crowd(5);
    await settled();
    passes[0]?.report(verdict, "/a");
    await settled();
    expect(passes).toHaveLength(2);
  });

  test("is not given to who no longer wants it", async () => {
    const { enter } = watched();
    await expect(enter(AbortSignal.abort())).rejects.toThrow(Stopped);
    const first = await enter();
    const abort = new AbortController();
    const second = enter(abort.signal);
    const third = enter();
    abort.abort();
    // At once: the request that tries the credential may take long.
    await expect(second).rejects.toThrow(Stopped);
    first.report("unknown", "/a");
    await expect(third).resolves.toBeDefined();
    (await third).report("unknown", "/a");
    await expect(enter()).resolves.toBeDefined();
  });
});

describe("a credential that was accepted", () => {
  test("is tried by one at a time after a refusal, until it is accepted again", async () => {
    const { crowd, send } = watched();
    await send("accepted", "/a");
    await send("refused", "/a");
    const passes = crowd(3);
    await settled();
    expect(passes).toHaveLength(1);
    passes[0]?.report("accepted", "/a");
    await settled();
    expect(passes).toHaveLength(3);
  });

  test("is not paused by refusals with an acceptance between them", async () => {
    const gate = watched();
    for (let n = 0; n < 10; n += 1) {
      await gate.send("refused", "/a");
      await gate.send("refused", "/b");
      await gate.send("accepted", "/c");
    }
    expect(await refusedFor(gate)).toBe(0);
  });
});

describe("refusals", () => {
  test("of one and the same request prove nothing", async () => {
    const gate = watched();
    for (let n = 0; n < 10; n += 1) await gate.send("refused", "/a");
    expect(await refusedFor(gate)).toBe(0);
  });

  test("of three requests prove it bad: nobody tries it before the pause is over", async () => {
    const gate = watched();
    await gate.send("refused", "/a");
    await gate.send("refused", "/b");
    expect(await refusedFor(gate)).toBe(0);
    expect(gate.pausedMs()).toBe(0);
    await gate.send("refused", "/c");
    expect(gate.pausedMs()).toBe(5_000);
    expect(await refusedFor(gate)).toBe(5);
    await gate.clock.advance(4_999);
    expect(gate.pausedMs()).toBe(1);
    expect(await refusedFor(gate)).toBe(0.001);
    await gate.clock.advance(1);
    expect(gate.pausedMs()).toBe(0);
    expect(await refusedFor(gate)).toBe(0);
  });

  test("reach those who wait for the one that tries it", async () => {
    const gate = watched();
    await gate.send("refused", "/a");
    await gate.send("refused", "/b");
    const trial = await gate.enter();
    const waiting = gate.enter();
    trial.report("refused", "/c");
    await expect(waiting).rejects.toThrow("the login was refused and is tried again in 5 s, or once it has changed");
  });

  test("after a pause need only be one, and double the next up to five minutes", async () => {
    const gate = watched();
    for (const subject of ["/a", "/b", "/c"]) await gate.send("refused", subject);
    const pauses: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      const seconds = await refusedFor(gate);
      pauses.push(seconds);
      await gate.clock.advance(seconds * 1000);
      await gate.send("refused", "/a");
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test("are forgotten by an acceptance: the next pause is short again", async () => {
    const gate = watched();
    for (const subject of ["/a", "/b", "/c"]) await gate.send("refused", subject);
    await gate.clock.advance(5_000);
    await gate.send("refused", "/a");
    await gate.clock.advance(10_000);
    await gate.send("accepted", "/a");
    for (const subject of ["/a", "/b", "/c"]) await gate.send("refused", subject);
    expect(await refusedFor(gate)).toBe(5);
  });
});

describe("a new credential", () => {
  test("ends the pause of its predecessor and starts over", async () => {
    const gate = watched();
    for (const subject of ["/a", "/b", "/c"]) await gate.send("refused", subject);
    gate.renew();
    expect(await refusedFor(gate)).toBe(0);
    expect(gate.pausedMs()).toBe(0);
    await gate.send("refused", "/a");
    await gate.send("refused", "/b");
    expect(await refusedFor(gate)).toBe(0);
    await gate.send("refused", "/c");
    expect(await refusedFor(gate)).toBe(5);
  });

  test("is not judged by a late verdict about its predecessor", async () => {
    const gate = watched();
    await gate.send("accepted", "/a");
    const [late, later, latest] = [await gate.enter(), await gate.enter(), await gate.enter()];
    gate.renew();
    await gate.send("accepted", "/a");
    late.report("refused", "/a");
    later.report("refused", "/b");
    latest.report("refused", "/c");
    const passes = gate.crowd(3);
    await settled();
    expect(passes).toHaveLength(3);
  });
});

test.each([
  [0, 0, 0],
  [0, 70_000, 70_000],
  [5_000, 0, 5_000],
  [5_000, 70_000, 70_000],
  [5_000, 2_000, 5_000],
])("of a gate's pause of %i ms and its login's of %i ms the longer one counts", async (own, logins, both) => {
  const gate = watched({ pausedMs: () => logins });
  if (own > 0) for (const subject of ["/a", "/b", "/c"]) await gate.send("refused", subject);
  expect(gate.pausedMs()).toBe(both);
});

test("a pass counts once, however often it is told", async () => {
  const gate = watched();
  const pass = await gate.enter();
  pass.report("unknown", "/a");
  for (const subject of ["/a", "/b", "/c"]) pass.report("refused", subject);
  expect(await refusedFor(gate)).toBe(0);
});

test("a login without a credential says so to each, and is asked again by the next", async () => {
  const gate = watched();
  gate.fail(new Error("auth.token_file: the file does not exist"));
  await expect(gate.enter()).rejects.toThrow("auth.token_file");
  gate.fail(undefined);
  await expect(gate.enter()).resolves.toBeDefined();
});

/** A gate whose login obtains another credential when one is refused; `logins` counts them. */
function renewing() {
  let wanted = 0;
  let logins = 0;
  let obtaining: Promise<void> | undefined;
  const gate = watched({
    async credential() {
      if (logins <= wanted) {
        obtaining ??= settled().then(() => {
          logins += 1;
          obtaining = undefined;
        });
        await obtaining;
      }
      return { generation: logins, headers: () => ({}) };
    },
    refused(generation) {
      if (generation > wanted) wanted = generation;
    },
  });
  return { ...gate, logins: () => logins };
}

describe("a login that can obtain another credential", () => {
  test("is renewed once after a refusal; the new credential is then judged as any", async () => {
    const gate = renewing();
    await gate.send("accepted", "/a");
    await gate.send("refused", "/a");
    expect(gate.logins()).toBe(1);
    await gate.send("refused", "/a");
    expect(gate.logins()).toBe(2);
    await gate.send("refused", "/b");
    expect(await refusedFor(gate)).toBe(0);
    await gate.send("refused", "/c");
    expect(await refusedFor(gate)).toBe(5);
    expect(gate.logins()).toBe(2);
  });

  test("is renewed again once a renewed credential has been accepted", async () => {
    const gate = renewing();
    for (let n = 1; n <= 5; n += 1) {
      await gate.send("accepted", "/a");
      expect(gate.logins()).toBe(n);
      await gate.send("refused", "/a");
    }
    await gate.send("accepted", "/a");
    expect(gate.logins()).toBe(6);
  });

  test.each([2, 4, 5, 20, 21])(
    "is renewed once for all %i under way, whose refusals do not pause its successor",
    async (count) => {
      const gate = renewing();
      await gate.send("accepted", "/a");
      const passes = gate.crowd(count);
      await settled();
      for (const [n, pass] of passes.entries()) pass.report("refused", `/${n}`);
      await gate.send("accepted", "/a");
      expect(gate.logins()).toBe(2);
      await settled();
      expect(await refusedFor(gate)).toBe(0);
    },
  );

  test("is not renewed in a loop where every credential is refused", async () => {
    const gate = renewing();
    const loginsIn = async (seconds: number): Promise<number> => {
      const before = gate.logins();
      for (let n = 0; n < seconds; n += 1) {
        const pass = await gate.enter().catch(() => undefined);
        pass?.report("refused", `/${n}`);
        await gate.clock.advance(1_000);
      }
      return gate.logins() - before;
    };
    // 5, 10, 20 … 300 s, with one login after each.
    expect(await loginsIn(3_600)).toBeLessThanOrEqual(19);
    expect(await loginsIn(3_600)).toBeLessThanOrEqual(12);
    expect(await loginsIn(3_600)).toBeGreaterThanOrEqual(10);
  });
});

describe("an access key", () => {
  test("is proved bad by two refusals, for five minutes, be they of the same request", async () => {
    const gate = watched({ refusalPolicy: keyRefusalPolicy });
    await gate.send("refused", "/a");
    expect(await refusedFor(gate)).toBe(0);
    await gate.send("refused", "/a");
    expect(await refusedFor(gate)).toBe(300);
    await gate.clock.advance(300_000);
    await gate.send("refused", "/a");
    expect(await refusedFor(gate)).toBe(300);
  });

  test("is not proved bad by refusals with an acceptance between them", async () => {
    const gate = watched({ refusalPolicy: keyRefusalPolicy });
    for (let n = 0; n < 10; n += 1) {
      await gate.send("refused", "/a");
      await gate.send("accepted", "/b");
    }
    expect(await refusedFor(gate)).toBe(0);
  });
});

describe("a pass", () => {
  test("is stale once its credential has been refused, but for the one that tries it", async () => {
    const gate = watched();
    await gate.send("accepted", "/a");
    const [first, second] = [await gate.enter(), await gate.enter()];
    expect([first.isStale(), second.isStale()]).toEqual([false, false]);
    first.report("refused", "/a");
    expect(second.isStale()).toBe(true);
    const trial = await gate.enter();
    expect(trial.isStale()).toBe(false);
    trial.report("accepted", "/a");
    expect(second.isStale()).toBe(false);
  });

  test("is stale once its credential has been replaced", async () => {
    const gate = watched();
    const pass = await gate.enter();
    expect(pass.isStale()).toBe(false);
    gate.renew();
    const next = gate.enter();
    await settled();
    expect(pass.isStale()).toBe(true);
    pass.report("unknown", "");
    expect((await next).isStale()).toBe(false);
  });
});

test("refusals of what was under way when a pause began do not make it longer", async () => {
  const gate = watched();
  await gate.send("accepted", "/a");
  const passes = gate.crowd(20);
  await settled();
  for (const [n, pass] of passes.entries()) pass.report("refused", `/${n}`);
  expect(await refusedFor(gate)).toBe(5);
});

test("requests that carry their own credential are let in as they come", async () => {
  const { credential, isStale, report } = await openLoginGate.enter(never);
  expect(credential.headers({ method: "GET", url: new URL("https://iam") })).toEqual({});
  report("refused", "/a");
  expect(isStale()).toBe(false);
  await expect(openLoginGate.enter(never)).resolves.toBeDefined();
  expect(openLoginGate.pausedMs()).toBe(0);
});
