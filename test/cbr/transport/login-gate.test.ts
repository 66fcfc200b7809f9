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
  const log: string[] = [];
  const permits = new Map<string, Permit>();
  const aborts = new Map<string, AbortController>();

  function come(name: string): void {
    const abort = new AbortController();
    aborts.set(name, abort);
    gate.enter(abort.signal).then(
      (permit) => {
        permits.set(name, permit);
        log.push(name);
      },
      (error: Error) => log.push(`${name} ${error.name}`),
    );
  }

  const happenings: Readonly<Record<string, (detail: string) => unknown>> = {
    wait: (seconds) => clock.advance(Number(seconds) * 1000),
    replace() {
      generation += 1;
    },
    come: (names) => void [...names].forEach(come),
    abort: (name) => aborts.get(name)?.abort(),
    stale: (name) => log.push(`${name} is ${permits.get(name)?.isStale() ? "stale" : "fresh"}`),
  };

  return {
    clock,
    gate,
    log,
    /**
     * One after the other, times in seconds: `refused a` is a request that is let in and refused, `come pq` are two that
     * come, and `p refused a` is what becomes of the first.
     */
    async play(...events: readonly string[]) {
      for (const event of events) {
        const [what = "", detail = "", request = detail] = event.split(" ");
        if (happenings[what]) await happenings[what](detail);
        else if (permits.has(what)) permits.get(what)?.report(detail as Outcome, request);
        else (await gate.enter(never)).report(what as Outcome, detail);
        await settled();
      }
    },
    /** @returns for how many seconds nobody is let in, as a request finds it that is then not sent */
    async pause(): Promise<number> {
      await gate.enter(never).then(
        (permit) => permit.report("unknown", "probe"),
        ({ name }: Error) => expect(name).toBe("LoginRefused"),
      );
      return gate.pausedMs() / 1000;
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
    ["of both do not add up", ["refused a", "refused b", "replace", "refused c"], 0],
    [
      "of its successor are not forgotten by a late acceptance",
      ["accepted a", "come p", "replace", "refused a", "refused b", "p accepted", "refused c"],
      5,
    ],
    ["of its successor rest for five seconds again", [...three, "wait 5", "refused a", "replace", ...three], 5],
    [
      "of what was under way when a pause began do not make it longer",
      ["accepted a", "come pqrst", ...[..."pqrst"].map((name) => `${name} refused ${name}`)],
      5,
    ],
    ["are reported once for each permit", ["come p", "p unknown", "p refused a", "p refused b", "p refused c"], 0],
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
});

const refusedOnce = ["accepted a", "refused a"];

test.each<[string, readonly string[], string]>([
  ["that nobody has tried is tried by one while the others wait", ["come pqrst"], "p"],
  ["that was accepted serves all", ["come pqrst", "p accepted"], "p, q, r, s, t"],
  ["of which nothing was learnt is tried by the next", ["come pqrst", "p unknown"], "p, q"],
  ["that was refused is tried by the next", ["come pqrst", "p refused"], "p, q"],
  ["that was refused after it was accepted is tried by one", [...refusedOnce, "come pqrst"], "p"],
  ["serves all once it is accepted again", [...refusedOnce, "come pqrst", "p accepted"], "p, q, r, s, t"],
  [
    "is not taken from those who try its successor by late refusals",
    ["accepted a", "come pqr", "replace", "accepted a", "p refused a", "q refused b", "r refused c", "come st"],
    "p, q, r, s, t",
  ],
  // At once: the request that tries the credential may take long.
  [
    "is not given to who no longer wants it",
    ["come pqr", "abort q", "stale p", "p unknown"],
    "p, q Stopped, p is fresh, r",
  ],
  [
    "is stale once refused, but for the one that tries it",
    ["accepted a", "come pq", "stale q", "p refused a", "stale q", "come r", "stale r", "r accepted", "stale q"],
    "p, q, q is fresh, q is stale, r, r is fresh, q is fresh",
  ],
  [
    "is stale once replaced",
    ["come p", "stale p", "replace", "come q", "stale p", "p unknown", "stale q"],
    "p, p is fresh, p is stale, q, q is fresh",
  ],
])("a credential %s", async (_, events, outcome) => {
  const gate = watched();
  await gate.play(...events);
  expect(gate.log.join(", ")).toBe(outcome);
});

test("nobody waits for a login who no longer wants it", async () => {
  const { gate } = watched({ credential: () => new Promise(() => {}) });
  const abort = new AbortController();
  const waiting = gate.enter(abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow(Stopped);
});

test.each([
  [[], 0, 0],
  [[], 70_000, 70_000],
  [three, 70_000, 70_000],
  [three, 2_000, 5_000],
])("of a gate's pause after %j and its login's of %i ms the longer one counts", async (events, logins, both) => {
  const { gate, play } = watched({ pausedMs: () => logins });
  await play(...events);
  expect(gate.pausedMs()).toBe(both);
});

test.each<[string, readonly string[], number, number]>([
  ["does once after a refusal", ["accepted a", "refused a", "accepted a"], 2, 0],
  [
    "does once for all that were under way",
    ["accepted a", "come pqrst", ...[..."pqrst"].map((name) => `${name} refused ${name}`), "accepted a"],
    2,
    0,
  ],
  ["does not before it is asked", ["accepted a", "refused a"], 1, 0],
  ["is then judged as any", ["accepted a", "refused a", "refused a", "refused b", "refused c"], 2, 5],
  ["does again once it was accepted", ["accepted a", "refused a", "accepted a", "refused a", "accepted a"], 3, 0],
  ["does again after a pause", ["accepted a", "refused a", ...three, "wait 5", "refused a", "unknown a"], 3, 0],
  ["pauses longer where that is refused, too", ["refused a", ...three, "wait 5", "refused a", "refused a"], 3, 10],
])("a login that can obtain another credential %s", async (_, events, count, pause) => {
  let wanted = 0;
  let logins = 0;
  const { gate, play } = watched({
    async credential() {
      if (logins <= wanted) logins += 1;
      return { generation: logins, headers: () => ({}) };
    },
    refused(generation) {
      wanted = Math.max(wanted, generation);
    },
  });
  await play(...events);
  expect([logins, gate.pausedMs() / 1000]).toEqual([count, pause]);
});
