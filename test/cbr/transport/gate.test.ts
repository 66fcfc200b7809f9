import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Stopped } from "../../../src/base/waits.ts";
import { Held } from "../../../src/cbr/api-error.ts";
import { createGate, type Gate, type GateLimits } from "../../../src/cbr/transport/gate.ts";
import { type ManualClock, manualClock, settled } from "../../support/manual-clock.ts";
import { never } from "../../support/never.ts";

interface Visit {
  readonly name: string;
  readonly at: number;
  readonly leave: () => void;
}

/** A gate with what happens at it: who came in and when, who was turned away and why. */
function watched(limits: Partial<GateLimits>) {
  const clock = manualClock();
  const gate = createGate({ rateLimit: 1000, concurrency: 100, ...limits }, clock);
  const visits: Visit[] = [];
  const refusals: [string, string][] = [];
  function come(name: string, signal = never): void {
    gate.enter(signal).then(
      (leave) => visits.push({ name, at: clock.monotonic(), leave }),
      (error: Error) => refusals.push([name, error.name]),
    );
  }
  return { clock, gate, visits, refusals, come, starts: () => visits.map(({ name, at }) => [name, at]) };
}

describe("rate", () => {
  test.each([
    [5, [0, 200, 400, 600]],
    [0.5, [0, 2000, 4000, 6000]],
    [1, [0, 1000, 2000, 3000]],
  ])("%d per second are spaced evenly, without a burst", async (rateLimit, times) => {
    const { clock, come, visits } = watched({ rateLimit });
    for (const name of ["a", "b", "c", "d"]) come(name);
    await clock.advance(10_000);
    expect(visits.map(({ at }) => at)).toEqual(times);
  });

  test("a quiet time saves nothing up", async () => {
    const { clock, come, starts } = watched({ rateLimit: 1 });
    await clock.advance(60_000);
    come("a");
    come("b");
    await clock.advance(5_000);
    expect(starts()).toEqual([
      ["a", 60_000],
      ["b", 61_000],
    ]);
  });
});

describe("other limits", () => {
  test("hold at once, also for who waits, counted from the last start", async () => {
    const { clock, gate, come, starts } = watched({ rateLimit: 0.001 });
    for (const name of ["a", "b", "c"]) come(name);
    await clock.advance(1_500);
    expect(starts()).toEqual([["a", 0]]);
    gate.setLimits({ rateLimit: 0.5, concurrency: 100 });
    await clock.advance(2_500);
    expect(starts()).toEqual([
      ["a", 0],
      ["b", 2_000],
      ["c", 4_000],
    ]);
  });

  test("let in as many as there are places now; those that are in stay", async () => {
    const { clock, gate, come, visits } = watched({ concurrency: 1 });
    for (const name of ["a", "b", "c", "d"]) come(name);
    await clock.advance(1_000);
    gate.setLimits({ rateLimit: 1000, concurrency: 3 });
    await clock.advance(1_000);
    expect(visits.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    gate.setLimits({ rateLimit: 1000, concurrency: 2 });
    visits[0]?.leave();
    await clock.advance(1_000);
    expect(visits).toHaveLength(3);
    visits[1]?.leave();
    await clock.advance(1_000);
    expect(visits).toHaveLength(4);
  });

  test("do not end a hold", async () => {
    const { clock, gate, come, starts } = watched({});
    gate.hold(20_000);
    gate.setLimits({ rateLimit: 10, concurrency: 1 });
    come("a");
    await clock.advance(30_000);
    expect(starts()).toEqual([["a", 20_000]]);
  });
});

describe("concurrency", () => {
  test("who comes when all places are taken waits for one, in the order of coming", async () => {
    const { clock, come, visits } = watched({ concurrency: 2 });
    for (const name of ["a", "b", "c", "d"]) come(name);
    await clock.advance(1_000);
    expect(visits.map(({ name }) => name)).toEqual(["a", "b"]);
    visits[1]?.leave();
    await clock.advance(10);
    expect(visits.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    visits[0]?.leave();
    await clock.advance(10);
    expect(visits.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  });

  test("a place is given back once, however often it is said", async () => {
    const { clock, come, visits } = watched({ concurrency: 1 });
    for (const name of ["a", "b", "c"]) come(name);
    await clock.advance(10);
    visits[0]?.leave();
    visits[0]?.leave();
    await clock.advance(10);
    expect(visits.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("hold", () => {
  test("a short one delays all, then they go on at their rate", async () => {
    const { clock, gate, come, starts } = watched({ rateLimit: 1 });
    gate.hold(5_000);
    come("a");
    come("b");
    await clock.advance(4_999);
    expect(starts()).toEqual([]);
    await clock.advance(2_000);
    expect(starts()).toEqual([
      ["a", 5_000],
      ["b", 6_000],
    ]);
  });

  test("it also delays those who already wait for their turn", async () => {
    const { clock, gate, come, starts } = watched({ rateLimit: 1 });
    come("a");
    come("b");
    await clock.advance(500);
    gate.hold(3_000);
    await clock.advance(10_000);
    expect(starts()).toEqual([
      ["a", 0],
      ["b", 3_500],
    ]);
  });

  test("a shorter one does not end a longer one", async () => {
    const { clock, gate } = watched({});
    gate.hold(20_000);
    gate.hold(1_000);
    expect(gate.heldMs()).toBe(20_000);
    await clock.advance(15_000);
    expect(gate.heldMs()).toBe(5_000);
    await clock.advance(15_000);
    expect(gate.heldMs()).toBe(0);
  });

  test("30 s are waited for", async () => {
    const { clock, gate, come, starts, refusals } = watched({});
    gate.hold(30_000);
    come("a");
    await clock.advance(30_000);
    expect(starts()).toEqual([["a", 30_000]]);
    expect(refusals).toEqual([]);
  });

  test("a longer one turns away who waits and who comes, but not who is in", async () => {
    const { clock, gate, come, visits, refusals } = watched({ concurrency: 1 });
    come("in");
    come("waits");
    await settled();
    gate.hold(30_001);
    come("comes");
    await settled();
    expect(Object.fromEntries(refusals)).toEqual({ waits: "Held", comes: "Held" });
    await clock.advance(1);
    come("later");
    visits[0]?.leave();
    await clock.advance(30_000);
    expect(visits.map(({ name }) => name)).toEqual(["in", "later"]);
  });
});

describe("end", () => {
  test("stop turns away who waits and who comes, and leaves no timer", async () => {
    const { clock, gate, come, refusals, visits } = watched({ rateLimit: 1 });
    come("in");
    come("waits");
    await settled();
    gate.stop();
    come("comes");
    await clock.advance(10_000);
    expect(visits.map(({ name }) => name)).toEqual(["in"]);
    expect(Object.fromEntries(refusals)).toEqual({ waits: "Stopped", comes: "Stopped" });
    visits[0]?.leave();
    expect(clock.pending()).toBe(0);
  });

  test("who gives up waiting leaves the line to the others", async () => {
    const { clock, come, refusals, visits } = watched({ concurrency: 1 });
    const abort = new AbortController();
    come("in");
    come("gives up", abort.signal);
    come("waits");
    await settled();
    abort.abort();
    await settled();
    expect(refusals).toEqual([["gives up", "Stopped"]]);
    visits[0]?.leave();
    await clock.advance(10);
    expect(visits.map(({ name }) => name)).toEqual(["in", "waits"]);
  });

  test("who is in and gives up keeps the place until it is given back", async () => {
    const { clock, come, visits } = watched({ concurrency: 1 });
    const abort = new AbortController();
    come("in", abort.signal);
    come("waits");
    await settled();
    abort.abort();
    await clock.advance(1_000);
    expect(visits.map(({ name }) => name)).toEqual(["in"]);
  });

  test("a signal that has been given before does not wait", async () => {
    const { gate } = watched({});
    await expect(gate.enter(AbortSignal.abort())).rejects.toThrow(Stopped);
    gate.hold(40_000);
    await expect(gate.enter(never)).rejects.toThrow(Held);
  });
});

interface Step {
  readonly do: "come" | "leave" | "give up" | "hold" | "pass";
  /** Of a hold, and of the time that passes. */
  readonly ms?: number;
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>({ do: "come" }) },
    { weight: 4, arbitrary: fc.constant<Step>({ do: "leave" }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: "give up" }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("hold" as const), ms: fc.integer({ min: 0, max: 40_000 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 3_000 }) }) },
  ),
  { maxLength: 40 },
);

test("whatever happens, never more are in than may be, never sooner after each other, never while it is held", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0.3, 0.5, 1, 3, 7.5),
      fc.integer({ min: 1, max: 4 }),
      steps,
      async (rate, most, list) => {
        const clock = manualClock();
        const gate = createGate({ rateLimit: rate, concurrency: most }, clock);
        await play(gate, clock, most, 1000 / rate, list);
      },
    ),
    { numRuns: 60 },
  );
});

async function play(
  gate: Gate,
  clock: ManualClock,
  most: number,
  spacing: number,
  list: readonly Step[],
): Promise<void> {
  const inside: (() => void)[] = [];
  const waiting: AbortController[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let entered = 0;
  let expected = 0;

  function come(): void {
    const abort = new AbortController();
    waiting.push(abort);
    expected += 1;
    gate
      .enter(abort.signal)
      .then(
        (leave) => {
          entered += 1;
          inside.push(leave);
          expect(inside.length).toBeLessThanOrEqual(most);
          expect(gate.heldMs()).toBe(0);
          expect(clock.monotonic() - last).toBeGreaterThanOrEqual(spacing - 1e-6);
          last = clock.monotonic();
        },
        () => {
          expected -= 1;
        },
      )
      .finally(() => waiting.splice(waiting.indexOf(abort), 1))
      .catch((error: unknown) => failures.push(error));
  }

  const failures: unknown[] = [];
  for (const step of list) {
    if (step.do === "come") come();
    else if (step.do === "leave") inside.shift()?.();
    else if (step.do === "give up") waiting.at(-1)?.abort();
    else if (step.do === "hold") gate.hold(step.ms ?? 0);
    else await clock.advance(step.ms ?? 0);
    await settled();
  }
  // In the end everybody who was not turned away gets in: nobody is forgotten.
  for (let round = 0; round < 60 && entered < expected; round += 1) {
    for (const leave of inside.splice(0)) leave();
    await clock.advance(4_000);
  }
  expect(failures).toEqual([]);
  expect(entered).toBe(expected);
}
