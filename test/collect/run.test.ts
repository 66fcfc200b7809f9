import { describe, expect, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import { Stopped } from "../../src/base/waits.ts";
import { Held } from "../../src/cbr/api-error.ts";
import { type RunOptions, type RunSummary, runOnce } from "../../src/collect/run.ts";
import type { TaskKey, TaskRecord } from "../../src/tasks/task-record.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { apiError, handApi } from "../support/hand-api.ts";
import { manualClock, newYear, settled } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";
import { ended, member, sources } from "../support/task-records.ts";

const at = (seconds: number) => later(newYear, fromMillis(seconds * 1000));

/** A collector's tasks in a store, run after run. */
function watched(ids: readonly string[], part: Partial<RunOptions> = {}) {
  const clock = manualClock();
  const store = createTaskStore();
  const api = handApi();
  const log = recordedLog();
  store.setSources(sources({ weekend: ids.map((id) => member(id)) }));
  const state = { overdue: false };
  /** What the project's health was told: `+` an answer, `-` a failure, `.` the run's end. */
  const told: string[] = [];
  const health: RunOptions["health"] = {
    watchRun: () => ({
      add: (key) => told.push(key),
      recordAnswer: () => told.push("+"),
      recordFailure: () => told.push("-"),
      end: () => told.push("."),
      cancel: () => {},
    }),
  };
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
      added: new Set(),
      api,
      concurrency: 1,
      store,
      clock,
      log,
      at: clock.now(),
      nextTick: () => at(30 * (Math.floor(clock.monotonic() / 30_000) + 1)),
      overdue: () => state.overdue,
      health,
      signal: new AbortController().signal,
      ...part,
      ...more,
    });
  }
  const watch = (...wanted: readonly string[]): void =>
    store.setSources(sources({ weekend: wanted.map((id) => member(id)) }));
  return { clock, store, api, log, state, told, task, run, watch };
}

describe("what becomes of each task", () => {
  test("an answer, a 404 and a failure are told apart", async () => {
    const { api, run, task, told } = watched(["a", "b", "c"]);
    api.set({ b: apiError("not_found"), c: apiError("timeout") });
    expect(await run()).toEqual({ due: 3, answered: 2, notFound: 1, failed: 1, notAsked: 0, askAgain: ["prod/c"] });
    expect(told.join("")).toBe("++-.");
    expect(task("a")).toMatchObject({ facts: { found: true }, poll: { lastSuccessAt: newYear, nextAt: at(30) } });
    expect(task("b")).toMatchObject({ facts: { found: false }, poll: { failure: { reason: "not_found" } } });
    expect(task("c").poll).toEqual({
      lastAt: newYear,
      failure: { reason: "timeout", message: "it is timeout" },
      failingSince: newYear,
      nextAt: at(30),
    });
  });

  test("nothing is due of finished tasks, and nothing is asked", async () => {
    const { api, run } = watched(["a"]);
    api.set({ a: ended("a") });
    await run();
    expect(await run()).toEqual({ due: 0, answered: 0, notFound: 0, failed: 0, notAsked: 0, askAgain: [] });
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
    expect(await run()).toMatchObject({ answered: 1, failed: 1, askAgain: [] });
    expect(task("a").poll.failure).toEqual({ reason: "bad_body", message: "internal error: x is undefined" });
  });

  test.each<[ReturnType<typeof apiError>, boolean]>([
    ...(["network", "timeout", "tls", "server_error", "throttled", "unauthorized", "forbidden"] as const).map(
      (reason): [ReturnType<typeof apiError>, boolean] => [apiError(reason), true],
    ),
    [apiError("not_found"), false],
    [apiError("client_error"), false],
    [apiError("bad_body"), false],
    [apiError("client_error", { sent: false }), true],
    [apiError("bad_body", { sent: false }), true],
  ])("%j is worth asking again soon: %j", async (error, isWorthIt) => {
    const { api, run } = watched(["a"]);
    api.set({ a: error });
    expect((await run()).askAgain).toEqual(isWorthIt ? ["prod/a"] : []);
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
  ])("when the project %s, and leaves the tasks that were not asked as they were", async (why, error) => {
    const { api, run, task, clock, log, told } = watched(["a", "b", "c"]);
    await run();
    await clock.advance(40_000);
    api.set({ b: error });
    const [b, c] = [task("b"), task("c")];
    const askAgain = why === "is held" ? ["prod/b", "prod/c"] : [];
    expect(await run()).toEqual({ due: 3, answered: 1, notFound: 0, failed: 0, notAsked: 2, askAgain });
    expect([task("b"), task("c")]).toEqual([b, c]);
    expect(task("c")).toBe(c);
    expect(task("c").poll.nextAt).toBe(at(30));
    expect(told.join("")).toBe(why === "is held" ? "+++.+." : "+++.+");
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
    expect(await done).toEqual({ due: 2, answered: 0, notFound: 0, failed: 0, notAsked: 2, askAgain: [] });
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
  async function runAfterFailures() {
    const all = watched(["well", "w", "x", "y", "z"]);
    const slow = { w: apiError("timeout"), x: apiError("timeout"), y: apiError("timeout"), z: apiError("timeout") };
    all.api.set(slow);
    await all.run();
    all.api.asked.length = 0;
    all.api.set({ well: "wait", w: "wait", x: "wait", y: "wait", z: "wait" });
    return all;
  }

  test("the tasks that failed last time get as long as the others took, no longer", async () => {
    const { api, run, clock, state } = await runAfterFailures();
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
    const { api, run, clock } = await runAfterFailures();
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
    const { api, run, clock, state } = await runAfterFailures();
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
  const names = { project: "prod", collector: "weekend" };

  test("a failure is told once until its reason changes, and its end once", async () => {
    const { api, run, log, clock } = watched(["a"]);
    for (const answer of ["timeout", "timeout", "network", "network", undefined, undefined, "network"] as const) {
      await clock.advance(30_000);
      api.set({ a: answer ? apiError(answer) : { id: "a", status: "running" } });
      await run();
    }
    const fields = { ...names, tasks: 1, task_ids: "a" };
    expect(log.lines).toEqual([
      { level: "warn", msg: "Polls failed", fields: { ...fields, reason: "timeout", error: "it is timeout" } },
      { level: "warn", msg: "Polls failed", fields: { ...fields, reason: "network", error: "it is network" } },
      { level: "info", msg: "Polls succeed again", fields },
      { level: "warn", msg: "Polls failed", fields: { ...fields, reason: "network", error: "it is network" } },
    ]);
  });

  test("many that fail alike are one line a reason, with their number and three of them; so is their end", async () => {
    const ids = Array.from({ length: 2_000 }, (_, at) => `t${at}`);
    const { api, run, log, clock } = watched(ids);
    api.set(Object.fromEntries(ids.map((id, at) => [id, apiError(at < 1_500 ? "timeout" : "not_found")])));
    await run();
    await clock.advance(60_000);
    await run();
    api.set(Object.fromEntries(ids.map((id) => [id, { id, status: "running" }])));
    await clock.advance(60_000);
    await run();
    expect(
      log.lines.map(({ level, msg, fields }) => [level, msg, fields["reason"], fields["tasks"], fields["task_ids"]]),
    ).toEqual([
      ["warn", "Polls failed", "timeout", 1_500, "t0,t1,t2"],
      ["warn", "Polls failed", "not_found", 500, "t1500,t1501,t1502"],
      ["info", "Polls succeed again", undefined, 2_000, "t1500,t1501,t1502"],
    ]);
  });
});

describe("tasks change in mid-run", () => {
  test("one that leaves while it is asked for is gone, and troubles nobody", async () => {
    const { api, run, store, watch } = watched(["a", "b"]);
    api.set({ a: "wait" });
    const done = run();
    await settled();
    watch("b");
    api.answer("a");
    expect(await done).toMatchObject({ due: 2, answered: 2 });
    expect(store.get("prod/a")).toBeUndefined();
  });

  test("those that leave before their turn are not asked for, and are no part of the run", async () => {
    const { api, run, watch } = watched(["a", "b", "c", "d"]);
    api.set({ a: "wait", d: new Held() });
    const done = run();
    await settled();
    watch("a", "d");
    api.answer("a");
    expect(await done).toEqual({ due: 2, answered: 1, notFound: 0, failed: 0, notAsked: 1, askAgain: ["prod/d"] });
    expect(api.asked).toEqual(["a", "d"]);
  });

  test("nor are they once the run has ended early", async () => {
    const { api, run, watch } = watched(["a", "b", "c"]);
    api.set({ a: "wait" });
    const done = run();
    await settled();
    watch("a", "c");
    api.answer("a", new Held());
    expect(await done).toMatchObject({ due: 2, notAsked: 2, askAgain: ["prod/a", "prod/c"] });
  });

  test("those that went to another collector are that one's", async () => {
    const { api, run, store } = watched(["a", "b"]);
    api.set({ a: "wait" });
    const done = run();
    await settled();
    const moved = member("b", { origin: { collector: "daily", labels: {} } });
    store.setSources(sources({ weekend: [member("a")], daily: [moved] }));
    api.answer("a");
    expect(await done).toMatchObject({ due: 1, answered: 1 });
  });

  test("those that come are asked for before the rest, and judged with it", async () => {
    const added = new Set<TaskKey>();
    const { api, run, watch, told } = watched(["a", "b"], { added });
    api.set({ a: "wait", d: apiError("timeout") });
    const done = run();
    await settled();
    watch("a", "b", "c", "d");
    for (const key of ["prod/c", "prod/gone", "prod/d"] as const) added.add(key);
    api.answer("a");
    expect(await done).toMatchObject({ due: 4, answered: 3, failed: 1, askAgain: ["prod/d"] });
    expect(api.asked).toEqual(["a", "c", "d", "b"]);
    expect(told).toEqual(["+", "prod/c", "+", "prod/d", "-", "+", "."]);
    expect(added.size).toBe(0);
  });

  test("those that come into a run that a hold ends are left with the rest", async () => {
    const added = new Set<TaskKey>();
    const { api, run, watch } = watched(["a", "b"], { added });
    api.set({ a: "wait" });
    const done = run();
    await settled();
    watch("a", "b", "c");
    added.add("prod/c");
    api.answer("a", new Held());
    expect(await done).toMatchObject({ due: 3, notAsked: 3, askAgain: ["prod/a", "prod/b", "prod/c"] });
    expect(added.size).toBe(0);
  });
});
