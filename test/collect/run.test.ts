import { describe, expect, test } from "vitest";
import { Held, Stopped } from "../../src/cbr/api-error.ts";
import { type RunOptions, type RunSummary, runOnce } from "../../src/collect/run.ts";
import { fromMillis, later } from "../../src/tasks/micros.ts";
import type { TaskRecord } from "../../src/tasks/task-record.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { apiError, handApi } from "../support/hand-api.ts";
import { manualClock, newYear, settled } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";
import { ended, member } from "../support/task-records.ts";

const at = (seconds: number) => later(newYear, fromMillis(seconds * 1000));

/** A collector's tasks in a store, run after run. */
function watched(ids: readonly string[], part: Partial<RunOptions> = {}) {
  const clock = manualClock();
  const store = createTaskStore();
  const api = handApi();
  const log = recordedLog();
  store.setMembers(new Map([["weekend", ids.map((id) => member(id))]]));
  const state = { overdue: false, answers: 0, silent: false };
  const task = (id: string): TaskRecord => {
    const record = store.get(`prod/${id}`);
    if (!record) throw new Error(`no task ${id}`);
    return record;
  };
  async function run(more: Partial<RunOptions> = {}): Promise<RunSummary> {
    return runOnce({
      collector: "weekend",
      project: "prod",
      records: store.records(),
      api,
      concurrency: 1,
      store,
      clock,
      log,
      at: clock.now(),
      nextTick: () => at(30 * (Math.floor(clock.monotonic() / 30_000) + 1)),
      overdue: () => state.overdue,
      onAnswer: () => {
        state.answers += 1;
      },
      onSilence: () => {
        state.silent = true;
      },
      signal: new AbortController().signal,
      ...part,
      ...more,
    });
  }
  return { clock, store, api, log, state, task, run };
}

describe("what becomes of each task", () => {
  test("an answer, a 404 and a failure are told apart", async () => {
    const { api, run, task, state } = watched(["a", "b", "c"]);
    api.set({ b: apiError("not_found"), c: apiError("timeout") });
    expect(await run()).toEqual({ due: 3, answered: 2, notFound: 1, failed: 1, notAsked: 0, sent: true });
    expect(state.answers).toBe(2);
    expect(task("a")).toMatchObject({ facts: { found: true }, poll: { lastSuccessAt: newYear, nextAt: at(30) } });
    expect(task("b")).toMatchObject({ facts: { found: false }, poll: { failure: { reason: "not_found" } } });
    expect(task("c").poll).toEqual({
      lastAt: newYear,
      failure: { reason: "timeout", message: "it is timeout" },
      nextAt: at(30),
    });
  });

  test("nothing is due of finished tasks, and nothing is asked", async () => {
    const { api, run } = watched(["a"]);
    api.set({ a: ended("a") });
    await run();
    expect(await run()).toEqual({ due: 0, answered: 0, notFound: 0, failed: 0, notAsked: 0, sent: false });
    expect(api.asked).toEqual(["a"]);
  });

  test("a wait that the server asks for is this task's pause", async () => {
    const { api, run, task } = watched(["a"]);
    api.set({ a: apiError("server_error", { retryAfterMs: 100_000 }) });
    await run();
    expect(task("a").poll).toMatchObject({ nextAt: at(100), pause: { until: at(100) } });
  });

  test("a failure of our own is that task's failure and nobody else's", async () => {
    const { api, run, task } = watched(["a", "b"]);
    api.set({ a: new TypeError("x is undefined") });
    expect(await run()).toMatchObject({ answered: 1, failed: 1, sent: true });
    expect(task("a").poll.failure).toEqual({ reason: "bad_body", message: "internal error: x is undefined" });
  });

  test("a login that is not tried counts as failed, but not as sent", async () => {
    const { api, run } = watched(["a"]);
    api.set({ a: apiError("unauthorized", { sent: false }) });
    expect(await run()).toMatchObject({ failed: 1, sent: false });
  });

  test("the time of a poll is that of its end, its tick the next one after that", async () => {
    const { api, run, task, clock } = watched(["a"]);
    api.set({ a: "wait" });
    const done = run();
    await clock.advance(31_000);
    api.answer("a");
    await done;
    expect(task("a").poll).toMatchObject({ lastAt: at(31), nextAt: at(60) });
  });

  test("as many are asked at once as the project allows", async () => {
    const { api, run } = watched(["a", "b", "c"], { concurrency: 2 });
    api.set({ a: "wait", b: "wait", c: "wait" });
    const done = run();
    await settled();
    expect(api.open).toEqual(["a", "b"]);
    api.answer("b");
    await settled();
    expect(api.open).toEqual(["a", "c"]);
    api.answer("a");
    api.answer("c");
    expect(await done).toMatchObject({ answered: 3 });
  });
});

describe("order", () => {
  test("what failed is asked for last, the longest unasked first", async () => {
    const { api, run, clock } = watched(["a", "b", "c"]);
    api.set({ a: apiError("timeout") });
    await run();
    await clock.advance(30_000);
    api.asked.length = 0;
    await run();
    expect(api.asked).toEqual(["b", "c", "a"]);
  });
});

describe("a run ends early", () => {
  test.each([
    ["is held", new Held()],
    ["stops", new Stopped()],
  ])("when the project %s, and leaves the tasks that were not asked as they were", async (_, error) => {
    const { api, run, task, clock, log, state } = watched(["a", "b", "c"]);
    await run();
    await clock.advance(40_000);
    api.set({ b: error });
    const [b, c] = [task("b"), task("c")];
    expect(await run()).toEqual({ due: 3, answered: 1, notFound: 0, failed: 0, notAsked: 2, sent: true });
    expect([task("b"), task("c")]).toEqual([b, c]);
    expect(task("c")).toBe(c);
    expect(task("c").poll.nextAt).toBe(at(30));
    expect(state.answers).toBe(4);
    expect(log.lines).toEqual([]);
  });

  test("and what is under way beside it is still waited for", async () => {
    const { api, run } = watched(["a", "b", "c", "d"], { concurrency: 2 });
    api.set({ a: "wait", b: new Held() });
    const done = run();
    await settled();
    api.answer("a");
    expect(await done).toMatchObject({ answered: 1, notAsked: 3 });
    expect(api.asked).toEqual(["a", "b"]);
  });

  test("when it is aborted", async () => {
    const { api, run, task } = watched(["a", "b"]);
    const abort = new AbortController();
    api.set({ a: "wait" });
    const done = run({ signal: abort.signal });
    await settled();
    abort.abort();
    expect(await done).toEqual({ due: 2, answered: 0, notFound: 0, failed: 0, notAsked: 2, sent: false });
    expect(task("a").poll).toEqual({ nextAt: newYear });
  });
});

test.each([
  ["an answer", undefined],
  ["a failure", apiError("timeout")],
])(
  "%s that comes in the moment of the end changes nothing: its project may be another one by now",
  async (_, answer) => {
    const { api, run, task } = watched(["a"]);
    const abort = new AbortController();
    api.set({ a: "wait" });
    const done = run({ signal: abort.signal });
    await settled();
    const before = task("a");
    api.answer("a", answer);
    abort.abort();
    expect(await done).toMatchObject({ answered: 0, failed: 0, notAsked: 1 });
    expect(task("a")).toBe(before);
  },
);

describe("when the next tick has come already", () => {
  /** One well task, and four that failed last time. */
  async function troubledRun() {
    const all = watched(["well", "w", "x", "y", "z"]);
    const slow = { w: apiError("timeout"), x: apiError("timeout"), y: apiError("timeout"), z: apiError("timeout") };
    all.api.set(slow);
    await all.run();
    all.api.asked.length = 0;
    all.api.set({ well: "wait", w: "wait", x: "wait", y: "wait", z: "wait" });
    return all;
  }

  test("the tasks that failed last time get as long as the others took, no longer", async () => {
    const { api, run, clock, state } = await troubledRun();
    const done = run();
    await clock.advance(10_000);
    api.answer("well");
    state.overdue = true;
    await settled();
    for (const id of ["w", "x", "y"]) {
      await clock.advance(4_000);
      api.answer(id, apiError("timeout"));
      await settled();
    }
    // 12 s are more than the 10 s that the well one took.
    expect(await done).toMatchObject({ answered: 1, failed: 3, notAsked: 1 });
    expect(api.asked).toEqual(["well", "w", "x", "y"]);
  });

  test("the others are asked for all the same", async () => {
    const { api, run, clock, state } = watched(["a", "b", "c"]);
    state.overdue = true;
    api.set({ a: "wait" });
    const done = run();
    await clock.advance(100_000);
    api.answer("a");
    expect(await done).toMatchObject({ answered: 3, notAsked: 0 });
  });

  test("before the next tick the failed ones take as long as they like", async () => {
    const { api, run, clock } = await troubledRun();
    const done = run();
    await settled();
    api.answer("well");
    for (const id of ["w", "x", "y", "z"]) {
      await clock.advance(7_000);
      api.answer(id, apiError("timeout"));
      await settled();
    }
    expect(await done).toMatchObject({ failed: 4, notAsked: 0 });
  });

  test("who was left out comes first among the failed ones of the next run: nobody waits for ever", async () => {
    const { api, run, clock, state } = await troubledRun();
    state.overdue = true;
    const done = run();
    await clock.advance(1_000);
    api.answer("well");
    await settled();
    await clock.advance(2_000);
    api.answer("w", apiError("timeout"));
    expect(await done).toMatchObject({ failed: 1, notAsked: 3 });
    api.asked.length = 0;
    api.set({
      well: apiError("not_found"),
      w: apiError("timeout"),
      x: apiError("timeout"),
      y: apiError("timeout"),
      z: apiError("timeout"),
    });
    state.overdue = false;
    await run();
    expect(api.asked).toEqual(["well", "x", "y", "z", "w"]);
  });
});

describe("log", () => {
  test("a failure is told once until its reason changes, and its end once", async () => {
    const { api, run, log, clock } = watched(["a"]);
    for (const answer of ["timeout", "timeout", "network", "network", undefined, undefined, "network"] as const) {
      await clock.advance(30_000);
      api.set({ a: answer ? apiError(answer) : { id: "a", status: "running" } });
      await run();
    }
    const fields = { project: "prod", collector: "weekend", task: "a" };
    expect(log.lines).toEqual([
      { level: "warn", msg: "Poll failed", fields: { ...fields, reason: "timeout", error: "it is timeout" } },
      { level: "warn", msg: "Poll failed", fields: { ...fields, reason: "network", error: "it is network" } },
      { level: "info", msg: "Poll succeeded again", fields },
      { level: "warn", msg: "Poll failed", fields: { ...fields, reason: "network", error: "it is network" } },
    ]);
  });

  test("a 404 is told like a failure", async () => {
    const { api, run, log, clock } = watched(["a"]);
    api.set({ a: apiError("not_found") });
    await run();
    await clock.advance(60_000);
    await run();
    expect(log.messages("warn")).toEqual(["Poll failed"]);
  });
});

test("a task that leaves while it is asked for is gone, and troubles nobody", async () => {
  const { api, run, store } = watched(["a", "b"]);
  api.set({ a: "wait" });
  const done = run();
  await settled();
  store.setMembers(new Map([["weekend", [member("b")]]]));
  api.answer("a");
  expect(await done).toMatchObject({ answered: 2 });
  expect(store.get("prod/a")).toBeUndefined();
});

describe("a cloud that stops answering in the middle of a run", () => {
  const ids = ["a", "b", "c", "d"];

  /** Each request is answered 20 s after it was made; `down` fail then. */
  async function slowRun(down: readonly string[]) {
    const exporter = watched(ids);
    exporter.api.set(Object.fromEntries(ids.map((id) => [id, "wait"])));
    const summary = exporter.run();
    for (const id of ids) {
      await exporter.clock.advance(20_000);
      exporter.api.answer(id, down.includes(id) ? apiError("timeout") : undefined);
      await settled();
    }
    await summary;
    return exporter;
  }

  test.each([
    [["a", "b", "c"], true],
    [["b", "c", "d"], true],
    [["a", "b", "d"], false],
    [["a", "c"], false],
    [[], false],
  ])("%j fail, 20 s each: silent is %j", async (down, silent) => {
    expect((await slowRun(down)).state.silent).toBe(silent);
  });

  test("tasks that had failed before are no news", async () => {
    const { api, run, state, clock } = await slowRun(ids);
    state.silent = false;
    api.set(Object.fromEntries(ids.map((id) => [id, apiError("timeout")])));
    await clock.advance(120_000);
    await run();
    expect(state.silent).toBe(false);
  });

  test("many that fail at once are none before a minute is over", async () => {
    const { api, run, state } = watched(ids);
    api.set(Object.fromEntries(ids.map((id) => [id, apiError("network")])));
    await run();
    expect(state.silent).toBe(false);
  });
});
