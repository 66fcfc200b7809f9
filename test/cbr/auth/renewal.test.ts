import fc from "fast-check";
import { expect, test } from "vitest";
import { defined } from "../../../src/base/json.ts";
import { Stopped } from "../../../src/base/waits.ts";
import { ApiError, Held } from "../../../src/cbr/api-error.ts";
import { createRenewal, tenthOfLife } from "../../../src/cbr/auth/renewal.ts";
import { failureReasons } from "../../../src/tasks/failure-reason.ts";
import { manualClock, newYear, settled } from "../../support/manual-clock.ts";

/** What a server said, or did not say. */
const said = (reason: string, part: { readonly retryAfterMs?: number } = {}): ApiError =>
  new ApiError({
    project: "prod",
    operation: "KeystoneCreateToken",
    reason: reason as ApiError["reason"],
    message: reason,
    ...part,
  });

interface Server {
  asked: number;
  /** With what the nth attempt fails. */
  fails: (n: number) => Error | undefined;
  lifeMs: number | undefined;
  /** How long the first answer takes, in milliseconds. */
  takesMs: number;
  /** What an attempt is made with. */
  input: string;
}

/** A renewal, a minute before the end, of what a server gives by hand. */
function watched(part: Partial<Server> = {}) {
  const clock = manualClock();
  const server: Server = { asked: 0, fails: () => undefined, lifeMs: 600_000, takesMs: 0, input: "1", ...part };
  const renewal = createRenewal({
    async obtain() {
      server.asked += 1;
      const value = server.asked;
      await (value === 1 ? clock.advance(server.takesMs) : settled());
      const error = server.fails(value);
      if (error) throw error;
      return defined({ value, lifeMs: server.lifeMs, expiresAt: newYear });
    },
    marginMs: () => 60_000,
    input: async () => server.input,
    clock,
  });

  /** What many who ask at once get: `2/1`, the second lease asked for being the first that was had, or an error. */
  async function look(): Promise<string> {
    const results = await Promise.allSettled(Array.from({ length: 50 }, renewal.current));
    // What goes on beside comes to its end.
    for (let turns = 0; turns < 3; turns += 1) await settled();
    const all = results.map((result) =>
      result.status === "fulfilled" ? `${result.value.value}/${result.value.generation}` : result.reason,
    );
    return [...new Set(all)].map((one) => (one instanceof Error ? one.message : one)).join(" and ");
  }

  const happenings: Readonly<Record<string, (detail: string) => unknown>> = {
    look,
    pass: (ms) => clock.advance(Number(ms)),
    fail(reason) {
      server.fails = () => (reason === "end" ? new Stopped() : said(reason));
    },
    work() {
      server.fails = () => undefined;
    },
    input(text) {
      server.input = text;
    },
    refuse: (generation) => renewal.refused(Number(generation)),
    asked: () => server.asked,
    paused: () => renewal.pausedMs(),
    end: () => renewal.expiresAt() ?? "unknown",
  };
  return {
    clock,
    server,
    look,
    /** One after the other, such as `look, pass 5000 (milliseconds), look`. @returns what they said */
    async play(script: string): Promise<string> {
      const outcomes: unknown[] = [];
      for (const event of script.split(", ")) {
        const [what = "", detail = ""] = event.split(" ");
        const outcome = await happenings[what]?.(detail);
        if (outcome !== undefined) outcomes.push(outcome);
      }
      return outcomes.join(", ");
    },
  };
}

test.each<[string, Partial<Server>, string, string]>([
  [
    "is kept until its margin, then renewed beside",
    {},
    "look, pass 539999, look, pass 1, look, look",
    "1/1, 1/1, 1/1, 2/2",
  ],
  [
    "lives for an hour where that is not told",
    { lifeMs: undefined },
    "look, pass 3539999, look, pass 1, look, look",
    "1/1, 1/1, 1/1, 2/2",
  ],
  [
    "lives from when it was asked for",
    { takesMs: 30_000 },
    "look, pass 509999, look, pass 1, look, look",
    "1/1, 1/1, 1/1, 2/2",
  ],
  [
    "serves until its end where its successor cannot be had; then the failure is told",
    {},
    "look, fail network, pass 540000, look, pass 59999, look, asked, pass 1, look, asked, work, pass 60000, look",
    "1/1, 1/1, 1/1, 3, network, 3, 4/2",
  ],
  [
    "that was refused serves no longer",
    {},
    "look, fail network, pass 540000, look, refuse 1, look",
    "1/1, 1/1, network",
  ],
  [
    "that was refused is replaced at the next look, once",
    {},
    "end, look, end, refuse 1, end, asked, look, asked",
    `unknown, 1/1, ${newYear}, unknown, 1, 2/2, 2`,
  ],
  ["says nothing about its successor by a late refusal", {}, "look, refuse 1, look, refuse 1, look", "1/1, 2/2, 2/2"],
])("a lease %s", async (_, part, script, outcome) => {
  expect(await watched(part).play(script)).toBe(outcome);
});

test.each<[string, Partial<Server>, string, string]>([
  [
    "is the same for all until its pause is over",
    {},
    "fail tls, look, pass 9999, look, asked, pass 1, look, asked",
    "tls, tls, 1, tls, 2",
  ],
  [
    "is forgotten by a success: the next pause is short again",
    { lifeMs: 100_000 },
    "fail forbidden, look, pass 5000, look, work, pass 10000, look, fail forbidden, pass 100000, look, work, pass 4999, look, pass 1, look",
    "forbidden, forbidden, 3/1, forbidden, forbidden, 5/2",
  ],
  [
    "is tried again at once with another input, and not again with the same",
    {},
    "fail forbidden, look, input 2, look, look, asked, input 3, work, look",
    "forbidden, forbidden, forbidden, 2, 3/1",
  ],
  [
    "tells its pause, but while something good is there, or may be tried",
    {},
    "paused, fail forbidden, look, paused, pass 4000, paused, pass 1000, paused, work, look, fail network, pass 595000, look, paused, pass 5000, paused, refuse 1, paused",
    "0, forbidden, 5000, 1000, 0, 2/1, 2/1, 0, 5000, 5000",
  ],
  ["by an end pauses nothing", {}, "fail end, look, paused", `${new Stopped().message}, 0`],
])("a failure %s", async (_, part, script, outcome) => {
  expect(await watched(part).play(script)).toBe(outcome);
});

const unreached: readonly string[] = ["network", "timeout", "tls", "server_error", "throttled"];

test.each<[string, readonly Error[], readonly number[]]>([
  ...failureReasons.map((reason): [string, Error[], number[]] => [
    `fails with ${reason}`,
    [said(reason)],
    unreached.includes(reason) ? Array(8).fill(10) : [5, 10, 20, 40, 80, 160, 300, 300],
  ]),
  ["keeps the request from being sent", [new Held()], [10, 10, 10]],
  ["asks to be left alone", [said("throttled", { retryAfterMs: 120_000 })], [120, 120]],
  ["is away between refusals", ["forbidden", "forbidden", "network", "forbidden"].map((r) => said(r)), [5, 10, 10, 20]],
])("a server that %s is asked again, by who looks each second, after %j s", async (_, errors, seconds) => {
  const { server, look, clock } = watched({ fails: (n) => errors[n - 1] ?? errors[0] });
  const waits: number[] = [];
  await look();
  for (let asked = server.asked, waited = 1; waits.length < seconds.length; waited += 1) {
    await clock.advance(1_000);
    await look();
    if (server.asked === asked) continue;
    waits.push(waited);
    [asked, waited] = [server.asked, 0];
  }
  expect(waits).toEqual(seconds);
});

test("a lease that is good keeps nobody waiting for a server that hangs; one that has ended does", async () => {
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

const day = 86_400_000;
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
