import fc from "fast-check";
import { expect, test } from "vitest";
import { createGate } from "../../../src/cbr/transport/gate.ts";
import { manualClock, settled } from "../../support/manual-clock.ts";

/** A gate on a clock that is moved by hand. */
function watched(rateLimit: number, concurrency: number) {
  const clock = manualClock();
  const gate = createGate({ rateLimit, concurrency }, clock);
  /** What became of those who came: `a 200`, the time at which it was let in, or `b Held`. */
  const log: string[] = [];
  const entries: { readonly at: number; readonly heldMs: number; readonly inside: number }[] = [];
  const signals = new Map<string, AbortController>();
  const leaves = new Map<string, () => void>();
  const inside = new Set<string>();
  const waiting = new Set<string>();

  function abortOf(name: string): AbortController {
    const abort = signals.get(name) ?? new AbortController();
    signals.set(name, abort);
    return abort;
  }

  async function come(name: string): Promise<void> {
    waiting.add(name);
    try {
      leaves.set(name, await gate.enter(abortOf(name).signal));
      inside.add(name);
      log.push(`${name} ${clock.monotonic()}`);
      entries.push({ at: clock.monotonic(), heldMs: gate.heldMs(), inside: inside.size });
    } catch (error) {
      log.push(`${name} ${(error as Error).name}`);
    }
    waiting.delete(name);
  }

  const happenings: Readonly<Record<string, (...args: readonly string[]) => unknown>> = {
    come: (...names) => void names.forEach(come),
    /** Without a name: who came in first, or who has waited least. */
    leave(name = [...inside][0] ?? "") {
      inside.delete(name);
      leaves.get(name)?.();
    },
    abort: (name = [...waiting].at(-1) ?? "") => abortOf(name).abort(),
    hold: (ms) => gate.hold(Number(ms)),
    held: () => log.push(`held ${gate.heldMs()}`),
    limits: (rate, places) => gate.setLimits({ rateLimit: Number(rate), concurrency: Number(places) }),
    pass: (ms) => clock.advance(Number(ms)),
    stop: () => gate.stop(),
    timers: () => log.push(`timers ${clock.pending()}`),
  };

  return {
    log,
    entries,
    waiting,
    inside,
    /** One after the other, such as `come a b, pass 200, leave a`; times are in milliseconds. */
    async play(script: string) {
      for (const event of script.split(", ")) {
        const [what = "", ...args] = event.split(" ");
        await happenings[what]?.(...args);
        await settled();
      }
    },
  };
}

test.each<[string, readonly [rate: number, places: number], string, string]>([
  ["5 a second are spaced evenly", [5, 100], "come a b c d, pass 9000", "a 0, b 200, c 400, d 600"],
  ["0.5 a second, too", [0.5, 100], "come a b c d, pass 9000", "a 0, b 2000, c 4000, d 6000"],
  ["a quiet time saves nothing up", [1, 100], "pass 60000, come a b, pass 5000", "a 60000, b 61000"],
  ["who finds all places taken waits for one", [1000, 2], "come a b c, pass 99, leave b, pass 9", "a 0, b 1, c 99"],
  ["those who wait go in order", [1000, 1], "come a b c, pass 9, leave a, pass 9, leave b", "a 0, b 9, c 18"],
  ["a place is given back once", [1000, 1], "come a b c, pass 10, leave a, leave a, pass 10", "a 0, b 10"],
  [
    "another rate holds at once, also for who waits, counted from the last start",
    [0.001, 100],
    "come a b c, pass 1500, limits 0.5 100, pass 2500",
    "a 0, b 2000, c 4000",
  ],
  [
    "another number of places holds at once; those that are in stay",
    [1000, 1],
    "come a b c d, pass 1000, limits 1000 3, pass 1000, limits 1000 2, leave a, pass 1000, leave b",
    "a 0, b 1000, c 1001, d 3000",
  ],
  ["other limits end no hold", [1000, 100], "hold 20000, limits 10 1, come a, pass 30000", "a 20000"],
  ["a hold delays all, then the rate holds", [1, 100], "hold 5000, come a b, pass 9000", "a 5000, b 6000"],
  ["a hold delays who waits already", [1, 100], "come a b, pass 500, hold 3000, pass 9000", "a 0, b 3500"],
  [
    "a shorter hold does not end a longer one",
    [1000, 100],
    "hold 20000, hold 1000, held, pass 15000, held, pass 15000, held",
    "held 20000, held 5000, held 0",
  ],
  ["a hold of 30 s is waited for", [1000, 100], "hold 30000, come a, pass 30000", "a 30000"],
  [
    "a longer one turns away who waits and who comes, but not who is in",
    [1000, 1],
    "come in waits, hold 30001, come comes, pass 1, come later, leave in, pass 30000",
    "in 0, waits Held, comes Held, later 30001",
  ],
  [
    "a stop turns away who waits and who comes, and leaves no timer",
    [1, 100],
    "come in waits, stop, timers, come comes, pass 10000, leave in",
    "in 0, waits Stopped, timers 0, comes Stopped",
  ],
  [
    "who gives up waiting leaves the line to the others",
    [1000, 1],
    "come in gone waits, abort gone, leave in, pass 10",
    "in 0, gone Stopped, waits 1",
  ],
  ["who is in and gives up keeps the place", [1000, 1], "come in waits, abort in, pass 1000", "in 0"],
  ["who has given up before does not wait", [1000, 100], "abort a, come a", "a Stopped"],
])("%s", async (_, [rate, places], script, outcome) => {
  const gate = watched(rate, places);
  await gate.play(script);
  expect(gate.log.join(", ")).toBe(outcome);
});

const events = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant("come") },
      { weight: 4, arbitrary: fc.constant("leave") },
      { weight: 1, arbitrary: fc.constant("abort") },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }).map((ms) => `hold ${ms}`) },
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 3_000 }).map((ms) => `pass ${ms}`) },
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((all) => all.map((event, n) => (event === "come" ? `come ${n}` : event)).join(", "));

test("whatever happens, never more are in than may be, never sooner after each other, never while it is held", async () => {
  const [rates, places] = [fc.constantFrom(0.3, 0.5, 1, 3, 7.5), fc.integer({ min: 1, max: 4 })];
  await fc.assert(
    fc.asyncProperty(rates, places, events, async (rate, most, script) => {
      const { play, entries, inside, waiting } = watched(rate, most);
      await play(script);
      // In the end everybody who was not turned away gets in: nobody is forgotten.
      for (let round = 0; round < 60 && waiting.size > 0; round += 1) {
        await play(
          [...inside]
            .map((name) => `leave ${name}`)
            .concat("pass 4000")
            .join(", "),
        );
      }
      expect(waiting.size).toBe(0);
      for (const [n, { at, heldMs, inside: count }] of entries.entries()) {
        expect(heldMs).toBe(0);
        expect(count).toBeLessThanOrEqual(most);
        // No timer is finer than a millisecond; starts that are early by less do not add up.
        for (const [m, { at: before }] of entries.slice(0, n).entries()) {
          expect(at - before).toBeGreaterThan(((n - m) * 1000) / rate - 1);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test.each([
  { rate: 1_500, lateMs: 0, least: 1_485 },
  { rate: 1_000, lateMs: 3, least: 990 },
  { rate: 200, lateMs: 4, least: 198 },
  { rate: 2, lateMs: 7, least: 2 },
])("timers that come $lateMs ms late take nothing of $rate requests a second", async ({ rate, lateMs, least }) => {
  const clock = manualClock();
  const late = { ...clock, after: (ms: number, then: () => void) => clock.after(ms + lateMs, then) };
  const gate = createGate({ rateLimit: rate, concurrency: 10_000 }, late);
  const at: number[] = [];
  const { signal } = new AbortController();
  for (let waiting = 0; waiting < 5 * rate; waiting += 1)
    void gate.enter(signal).then(() => at.push(clock.monotonic()));
  for (let ms = 0; ms < 3_000; ms += 1) await clock.advance(1);
  const within = (from: number) => at.filter((time) => time >= from && time < from + 1_000).length;
  expect(within(2_000)).toBeGreaterThanOrEqual(least);
  // What is made up for is no burst: 10 ms' worth at most.
  for (const from of [0, 1, 500, 1_234, 1_999])
    expect(within(from)).toBeLessThanOrEqual(rate + Math.ceil(rate / 100) + 1);
});

test("after a long block, what was missed is not sent at once", async () => {
  const clock = manualClock();
  const blocked = { ...clock, after: (ms: number, then: () => void) => clock.after(ms + 500, then) };
  const gate = createGate({ rateLimit: 100, concurrency: 100 }, blocked);
  let entered = 0;
  const { signal } = new AbortController();
  for (let waiting = 0; waiting < 100; waiting += 1) void gate.enter(signal).then(() => (entered += 1));
  await clock.advance(520);
  expect(entered).toBeLessThanOrEqual(3);
});
