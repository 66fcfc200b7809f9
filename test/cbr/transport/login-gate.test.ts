import { describe, expect, test } from "vitest";
import { Stopped } from "../../../src/base/waits.ts";
import { keyRefusalPolicy } from "../../../src/cbr/auth/ak-sk-login.ts";
import type { Login } from "../../../src/cbr/transport/login.ts";
import { createLoginGate, type Outcome, type Permit } from "../../../src/cbr/transport/login-gate.ts";
import { manualClock, settled } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";

/** A login gate whose credential is changed by hand. @param part of the login */
function watched(part: Partial<Login> = {}) {
  const clock = manualClock();
  let generation = 1;
  const login: Login = {
    credential: async () => ({ generation, headers: () => ({}) }),
    expiresAt: () => undefined,
    ...part,
  };
  const gate = createLoginGate(login, clock);
  const enter = (signal = never): Promise<Permit> => gate.enter(signal);
  const send = async (outcome: Outcome, request: string): Promise<void> => (await enter()).report(outcome, request);
  return {
    clock,
    enter,
    send,
    pausedMs: gate.pausedMs,
    replace() {
      generation += 1;
    },
    /** What happens, one after the other, such as `refused a`, `accepted a`, `wait 5` (seconds) or `replace`. */
    async play(...events: readonly string[]) {
      for (const event of events) {
        const [what, detail = ""] = event.split(" ");
        if (what === "wait") await clock.advance(Number(detail) * 1000);
        else if (what === "replace") generation += 1;
        else await send(what as Outcome, detail);
      }
    },
    /** @returns for how many seconds nobody is let in, as a request finds it that is then not sent */
    async pause(): Promise<number> {
      await enter().then(
        (permit) => permit.report("unknown", "probe"),
        ({ name }: Error) => expect(name).toBe("LoginRefused"),
      );
      return gate.pausedMs() / 1000;
    },
    /** Lets `count` enter; @returns the permits that were given so far */
    crowd(count: number): Permit[] {
      const permits: Permit[] = [];
      for (let n = 0; n < count; n += 1) void enter().then((permit) => permits.push(permit));
      return permits;
    },
  };
}

const three = ["refused a", "refused b", "refused c"];
const tenTimes = (...events: readonly string[]): readonly string[] => Array(10).fill(events).flat();

describe("refusals", () => {
  test.each<[string, readonly string[], number]>([
    ["of one and the same request prove nothing", tenTimes("refused a"), 0],
    ["of two requests prove nothing", ["refused a", "refused b"], 0],
    ["of three prove it bad", three, 5],
    ["of three with something else among them prove it, too", ["refused a", "unknown b", "refused b", "refused c"], 5],
    ["are forgotten by an acceptance between them", tenTimes("refused a", "refused b", "accepted c"), 0],
    ["rest for five seconds", [...three, "wait 4"], 1],
    ["are over then", [...three, "wait 5"], 0],
    ["after a pause need only be one, and the next pause is twice as long", [...three, "wait 5", "refused a"], 10],
    [
      "rest for five minutes at most",
      [...three, ...[5, 10, 20, 40, 80, 160, 300].flatMap((seconds) => [`wait ${seconds}`, "refused a"])],
      300,
    ],
    [
      "before an acceptance make no later pause longer",
      [...three, "wait 5", "refused a", "wait 10", "accepted a", ...three],
      5,
    ],
    ["of a credential that was replaced are forgotten", [...three, "replace"], 0],
    ["of its successor count anew", [...three, "replace", "refused a", "refused b"], 0],
    ["of its successor rest for five seconds again", [...three, "wait 5", "refused a", "replace", ...three], 5],
  ])("%s", async (_, events, pause) => {
    const gate = watched();
    await gate.play(...events);
    expect(await gate.pause()).toBe(pause);
  });

  test.each<[string, readonly string[], number]>([
    ["one proves nothing", ["refused a"], 0],
    ["two prove it bad for five minutes, also of the same request", ["refused a", "refused a"], 300],
    ["one is enough after a pause", ["refused a", "refused a", "wait 300", "refused a"], 300],
    ["acceptances between them count", tenTimes("refused a", "accepted b"), 0],
  ])("of an access key: %s", async (_, events, pause) => {
    const gate = watched({ refusalPolicy: keyRefusalPolicy });
    await gate.play(...events);
    expect(await gate.pause()).toBe(pause);
  });

  test("of what was under way when a pause began do not make it longer", async () => {
    const gate = watched();
    await gate.send("accepted", "a");
    const permits = gate.crowd(20);
    await settled();
    for (const [n, permit] of permits.entries()) permit.report("refused", `${n}`);
    expect(await gate.pause()).toBe(5);
  });

  test("are reported once for each permit", async () => {
    const gate = watched();
    const permit = await gate.enter();
    permit.report("unknown", "a");
    for (const request of ["a", "b", "c"]) permit.report("refused", request);
    expect(await gate.pause()).toBe(0);
  });

  test("that come late say nothing about a credential's successor", async () => {
    const gate = watched();
    await gate.send("accepted", "a");
    const late = [await gate.enter(), await gate.enter(), await gate.enter()];
    await gate.play("replace", "accepted a");
    for (const [n, permit] of late.entries()) permit.report("refused", `${n}`);
    const permits = gate.crowd(3);
    await settled();
    expect(permits).toHaveLength(3);
  });
});

describe("a credential that nobody has tried, or that was refused since", () => {
  test.each([
    ["accepted", 5],
    ["unknown", 2],
    ["refused", 2],
  ] as const)("is tried by one while the others wait; after %s, %i have been let in", async (outcome, count) => {
    for (const before of [[], ["accepted a", "refused a"]]) {
      const gate = watched();
      await gate.play(...before);
      const permits = gate.crowd(5);
      await settled();
      expect(permits).toHaveLength(1);
      permits[0]?.report(outcome, "a");
      await settled();
      expect(permits).toHaveLength(count);
    }
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
    first.report("unknown", "a");
    (await third).report("unknown", "a");
    await expect(enter()).resolves.toBeDefined();
  });

  test("is not waited for either by who no longer wants it", async () => {
    const { enter } = watched({ credential: () => new Promise(() => {}) });
    const abort = new AbortController();
    const waiting = enter(abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow(Stopped);
  });
});

describe("a permit is stale", () => {
  test("once its credential has been refused, but for the one that tries it", async () => {
    const gate = watched();
    await gate.send("accepted", "a");
    const [first, second] = [await gate.enter(), await gate.enter()];
    expect([first.isStale(), second.isStale()]).toEqual([false, false]);
    first.report("refused", "a");
    expect(second.isStale()).toBe(true);
    const trial = await gate.enter();
    expect(trial.isStale()).toBe(false);
    trial.report("accepted", "a");
    expect(second.isStale()).toBe(false);
  });

  test("once its credential has been replaced", async () => {
    const gate = watched();
    const permit = await gate.enter();
    expect(permit.isStale()).toBe(false);
    gate.replace();
    const next = gate.enter();
    await settled();
    expect(permit.isStale()).toBe(true);
    permit.report("unknown", "");
    expect((await next).isStale()).toBe(false);
  });
});

test.each([
  [0, 0, 0],
  [0, 70_000, 70_000],
  [5_000, 70_000, 70_000],
  [5_000, 2_000, 5_000],
])("of a gate's pause of %i ms and its login's of %i ms the longer one counts", async (own, logins, both) => {
  const gate = watched({ pausedMs: () => logins });
  if (own > 0) await gate.play(...three);
  expect(gate.pausedMs()).toBe(both);
});

/** A gate whose login obtains another credential when one is refused; `logins` counts them. */
function renewing() {
  let wanted = 0;
  let logins = 0;
  const gate = watched({
    async credential() {
      if (logins <= wanted) logins += 1;
      return { generation: logins, headers: () => ({}) };
    },
    refused(generation) {
      wanted = Math.max(wanted, generation);
    },
  });
  return { ...gate, logins: () => logins };
}

describe("a login that can obtain another credential", () => {
  test.each<[string, readonly string[], number, number]>([
    ["does once after a refusal", ["accepted a", "refused a", "accepted a"], 2, 0],
    ["does not before it is asked", ["accepted a", "refused a"], 1, 0],
    ["is then judged as any", ["accepted a", "refused a", "refused a", "refused b", "refused c"], 2, 5],
    ["does again once it was accepted", ["accepted a", "refused a", "accepted a", "refused a", "accepted a"], 3, 0],
    ["does again after a pause", ["accepted a", "refused a", ...three, "wait 5", "refused a", "unknown a"], 3, 0],
    ["pauses longer where that is refused, too", ["refused a", ...three, "wait 5", "refused a", "refused a"], 3, 10],
  ])("%s", async (_, events, logins, pause) => {
    const gate = renewing();
    await gate.play(...events);
    expect(gate.logins()).toBe(logins);
    expect(gate.pausedMs() / 1000).toBe(pause);
  });
});
