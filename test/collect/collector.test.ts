import { describe, expect, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import { Held } from "../../src/cbr/api-error.ts";
import { type CollectorOptions, createCollector } from "../../src/collect/collector.ts";
import { createProjectHealth } from "../../src/collect/project-health.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { collectorConfig, taskConfigs } from "../support/configs.ts";
import { apiError, type HandApi, handApi } from "../support/hand-api.ts";
import { handSchedule } from "../support/hand-schedule.ts";
import { manualClock, newYear, settled } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";
import { ended, member, running, sources } from "../support/task-records.ts";

const at = (seconds: number) => later(newYear, fromMillis(seconds * 1000));

/** A collector whose time, ticks and answers are given by hand. */
function watched(ids: readonly string[], part: Partial<CollectorOptions> = {}) {
  const clock = manualClock();
  const schedule = handSchedule();
  const store = createTaskStore();
  const health = createProjectHealth({ store, clock, onChange: () => {} });
  const api = handApi();
  const log = recordedLog();
  health.setProjects(["prod"]);
  store.setSources(sources({ weekend: ids.map((id) => member(id)) }));
  const collector = createCollector({
    config: collectorConfig({ tasks: taskConfigs(...ids) }),
    concurrency: 1,
    api,
    store,
    health,
    schedule,
    clock,
    random: () => 0.5,
    log,
    refreshTasks: async () => true,
    ...part,
  });
  return {
    clock,
    schedule,
    store,
    api,
    log,
    collector,
    async run() {
      await clock.advance(30_000);
      schedule.tick();
      await collector.idle();
    },
    summary: () => log.lines.filter(({ msg }) => msg === "Run finished").at(-1),
  };
}

describe("start", () => {
  test("runs at once where it is told to", async () => {
    const { collector, api, schedule } = watched(["a"]);
    collector.start(true);
    await collector.idle();
    expect(api.asked).toEqual(["a"]);
    expect(schedule.started).toBe(true);
  });

  test("else waits for its first tick", async () => {
    const { collector, api, run } = watched(["a"]);
    collector.start(false);
    await collector.idle();
    expect(api.asked).toEqual([]);
    await run();
    expect(api.asked).toEqual(["a"]);
  });
});

test("before any run its state says what there is", () => {
  const { collector } = watched(["a", "b"]);
  expect(collector.state()).toEqual({
    project: "prod",
    collector: "weekend",
    runs: { success: 0, partial: 0, failed: 0, skipped: 0 },
    nextRunAt: at(30),
    interval: fromMillis(30_000),
    tasks: 2,
  });
  expect(collector.nextTick()).toBe(at(30));
});

describe("the result of a run", () => {
  test.each([
    ["success, when all answered", {}, "success"],
    [
      "success, when what did not answer was not found",
      { a: apiError("not_found"), b: apiError("not_found") },
      "success",
    ],
    ["partial, when one failed", { a: apiError("timeout") }, "partial"],
    ["failed, when none answered", { a: apiError("timeout"), b: apiError("network") }, "failed"],
    ["partial, when the project was held after some", { b: new Held() }, "partial"],
    ["failed, when the project was held from the start", { a: new Held() }, "failed"],
  ])("is %s", async (_, answers, result) => {
    const { collector, api, run, summary } = watched(["a", "b"]);
    api.set(answers);
    collector.start(false);
    await run();
    const { runs, lastRunAt, lastSuccessAt } = collector.state();
    expect(runs).toEqual({ success: 0, partial: 0, failed: 0, skipped: 0, [result]: 1 });
    expect([lastRunAt, lastSuccessAt]).toEqual([at(30), result === "success" ? at(30) : undefined]);
    expect(summary()).toMatchObject({ level: "info", fields: { result, due: 2 } });
  });

  test("is success when nothing was due, which is no news", async () => {
    const { collector, api, run, summary } = watched(["a"]);
    api.set({ a: ended("a") });
    collector.start(false);
    await run();
    await run();
    expect(collector.state()).toMatchObject({ runs: { success: 2 }, lastSuccessAt: at(60) });
    expect(summary()).toMatchObject({ level: "debug", fields: { due: 0 } });
    expect(api.asked).toEqual(["a"]);
  });

  test("is failed when the run itself breaks, and the next one runs", async () => {
    let broken = true;
    const { collector, run, log, api } = watched(["a"], {
      refreshTasks: async () => {
        if (broken) throw new Error("disk");
        return true;
      },
    });
    collector.start(false);
    await run();
    expect(collector.state().runs.failed).toBe(1);
    expect(log.messages("error")).toEqual(["Run failed"]);
    broken = false;
    await run();
    expect(api.asked).toEqual(["a"]);
  });

  test("is told in one line, with the time it took", async () => {
    const { collector, api, schedule, clock, summary } = watched(["a", "b", "c", "d"]);
    api.set({ a: "wait", b: apiError("not_found"), c: apiError("timeout"), d: new Held() });
    collector.start(false);
    schedule.tick();
    await clock.advance(1_234.5678);
    api.answer("a");
    await collector.idle();
    expect(summary()?.fields).toEqual({
      project: "prod",
      collector: "weekend",
      result: "partial",
      due: 4,
      answered: 2,
      not_found: 1,
      failed: 1,
      not_asked: 1,
      seconds: 1.235,
    });
    expect(collector.state().lastRunSeconds).toBeCloseTo(1.2345678);
  });
});

describe("ticks during a run", () => {
  test("are skipped and counted; runs never overlap", async () => {
    const { collector, api, schedule, log, clock } = watched(["a"]);
    api.set({ a: "wait" });
    collector.start(false);
    schedule.tick();
    await settled();
    schedule.tick();
    schedule.tick();
    await settled();
    expect(api.asked).toEqual(["a"]);
    expect(collector.state().runs).toMatchObject({ success: 0, skipped: 2 });
    api.answer("a");
    await collector.idle();
    expect(log.messages("debug")).toEqual(Array(2).fill("Run skipped, the previous one is still going"));
    await clock.advance(90_000);
    schedule.tick();
    await settled();
    expect(api.asked).toEqual(["a", "a"]);
    collector.abort();
    await collector.idle();
  });

  test("make the run leave out what failed last time and takes longer than the rest", async () => {
    const { collector, api, run, schedule, clock, summary } = watched(["a", "b", "c"]);
    api.set({ b: apiError("timeout"), c: apiError("timeout") });
    collector.start(false);
    await run();
    api.set({ b: "wait", c: "wait" });
    schedule.tick();
    await settled();
    schedule.tick();
    await clock.advance(1_000);
    api.answer("b", apiError("timeout"));
    await collector.idle();
    expect(summary()).toMatchObject({ fields: { answered: 1, failed: 1, not_asked: 1 } });
    // The tick that was missed is no reason to hurry the next run.
    api.set({ b: apiError("timeout"), c: apiError("timeout") });
    await run();
    expect(summary()).toMatchObject({ fields: { failed: 2, not_asked: 0 } });
  });
});

describe("a hold", () => {
  test("ends the run; what was not asked keeps everything, its next poll in the past", async () => {
    const { collector, api, run, store, clock } = watched(["a", "b"]);
    collector.start(false);
    await run();
    const before = store.get("prod/b");
    api.set({ a: apiError("throttled", { retryAfterMs: 120_000 }), b: new Held() });
    await run();
    expect(store.get("prod/b")).toBe(before);
    await clock.advance(1_000);
    expect(store.get("prod/b")?.poll.nextAt).toBeLessThan(clock.now());
    expect(store.get("prod/a")?.poll).toMatchObject({ failure: { reason: "throttled" }, nextAt: at(180) });
  });
});

describe("make-up runs", () => {
  const minute = 60_000;
  const day = 24 * 60 * minute;

  /** A daily collector whose first run has just ended. */
  async function daily(ids: readonly string[], answers: Parameters<HandApi["set"]>[0], pauseMs = 0) {
    const schedule = handSchedule(later(newYear, fromMillis(day)), fromMillis(day));
    const all = watched(ids, { schedule });
    all.api.pauseMs = pauseMs;
    all.api.set(answers);
    all.collector.start(true);
    await all.collector.idle();
    const { api, collector, store } = all;
    return {
      ...all,
      schedule,
      /** Ids that were asked for since the last look. */
      asked: () => api.asked.splice(0).join(" "),
      runs: () => Object.values(collector.state().runs).join(" "),
      nextAt: (id: string) => store.get(`prod/${id}`)?.poll.nextAt,
    };
  }

  test("ask for what failed in passing, and for nothing else, a minute after the run's end", async () => {
    const { clock, asked, nextAt, collector, runs, api } = await daily(["a", "b", "c", "d", "e"], {
      a: apiError("timeout"),
      b: apiError("not_found"),
      c: apiError("bad_body"),
      d: apiError("client_error", { sent: false }),
    });
    asked();
    expect(["a", "b", "c", "d", "e"].map(nextAt)).toEqual([60, 86_400, 86_400, 60, 86_400].map(at));
    await clock.advance(minute - 1);
    expect(asked()).toBe("");
    api.set({ a: running("a") });
    await clock.advance(1);
    expect(asked()).toBe("a d");
    // It is a run like any other, but for what the schedule says.
    expect(runs()).toBe("0 2 0 0");
    expect(collector.state()).toMatchObject({ lastRunAt: at(60), nextRunAt: at(86_400), interval: fromMillis(day) });
  });

  test("come again after 2, 4, 8, 15 and 15 minutes, also after the ticks between, and after 1 once all is well", async () => {
    const { clock, asked, api, schedule, collector } = await daily(["a"], { a: apiError("timeout") });
    asked();
    const times: number[] = [];
    const pollMinutes = async (minutes: number): Promise<void> => {
      for (let n = 0; n < minutes; n += 1) {
        await clock.advance(minute);
        if (asked() !== "") times.push(clock.monotonic() / minute);
      }
    };
    await pollMinutes(46);
    expect(times).toEqual([1, 3, 7, 15, 30, 45]);
    schedule.tick();
    await collector.idle();
    asked();
    times.length = 0;
    await pollMinutes(16);
    expect(times).toEqual([46 + 15]);
    api.set({ a: running("a") });
    await pollMinutes(15);
    api.set({ a: apiError("timeout") });
    schedule.tick();
    await collector.idle();
    asked();
    times.length = 0;
    await pollMinutes(3);
    expect(times).toEqual([77 + 1, 77 + 3]);
  });

  test("are not made where a tick comes first", async () => {
    const schedule = handSchedule(at(60), fromMillis(minute));
    const { collector, api, clock } = watched(["a"], { schedule });
    api.set({ a: apiError("timeout") });
    collector.start(true);
    await collector.idle();
    await clock.advance(minute - 1);
    expect(api.asked).toEqual(["a"]);
    schedule.tick();
    await collector.idle();
    await clock.advance(59_000);
    expect(api.asked).toEqual(["a", "a"]);
  });

  test("wait for the end of a hold or of a login's pause, and ask for what the hold left unasked", async () => {
    const { clock, asked, nextAt } = await daily(["a", "b"], { a: apiError("throttled"), b: new Held() }, 240_000);
    expect(asked()).toBe("a b");
    // What was not asked for stays overdue.
    expect([nextAt("a"), nextAt("b")]).toEqual([at(240), newYear]);
    await clock.advance(240_000 - 1);
    expect(asked()).toBe("");
    await clock.advance(1);
    expect(asked()).toBe("b");
  });

  test("leave alone what a server asked to leave alone for longer, and come back for it", async () => {
    const { clock, asked, nextAt } = await daily(["a", "b"], {
      a: apiError("server_error", { retryAfterMs: 290_000 }),
      b: apiError("timeout"),
    });
    asked();
    expect([nextAt("a"), nextAt("b")]).toEqual([at(86_400), at(60)]);
    await clock.advance(2 * minute);
    expect(asked()).toBe("b");
    // The pause of 2 min would end at 3 min; a is left alone until 4 min 50 s.
    await clock.advance(minute);
    expect(asked()).toBe("b");
    await clock.advance(4 * minute);
    expect(asked()).toBe("a b");
  });

  test("a tick that comes while one is under way is not skipped, it follows at once", async () => {
    const { clock, asked, api, schedule, collector, runs } = await daily(["a", "b"], { a: apiError("timeout") });
    api.set({ a: "wait" });
    await clock.advance(minute);
    asked();
    schedule.tick();
    await settled();
    expect(asked()).toBe("");
    api.set({ a: running("a") });
    api.answer("a");
    await collector.idle();
    expect(asked()).toBe("b a");
    expect(runs()).toBe("2 1 0 0");
  });

  test("stand down when the collector stops", async () => {
    const { clock, asked, collector } = await daily(["a"], { a: apiError("timeout") });
    asked();
    collector.stop();
    await clock.advance(10 * minute);
    expect(asked()).toBe("");
  });

  test("keep their time when the clock is set back", async () => {
    const { clock, collector, nextAt, store, asked } = await daily(["a"], { a: apiError("timeout") });
    asked();
    store.clockSetBack({ now: clock.now(), step: fromMillis(day), nextTick: () => at(86_400) });
    expect(nextAt("a")).toBe(at(86_400));
    collector.clockSetBack(clock.now());
    expect(nextAt("a")).toBe(at(60));
  });
});

describe("task files", () => {
  test("are looked at before each run, and the run asks for what they say", async () => {
    const order: string[] = [];
    const all = watched([], {
      config: collectorConfig({ taskFiles: ["/tasks/*.yaml"] }),
      refreshTasks: async () => {
        order.push(`look ${all.api.asked.length}`);
        all.store.setSources(sources({ weekend: [member(`t${order.length}`)] }));
        return order.length === 1;
      },
    });
    all.collector.start(false);
    await all.run();
    expect(all.collector.state().taskFilesOk).toBe(true);
    await all.run();
    expect(all.collector.state().taskFilesOk).toBe(false);
    expect(order).toEqual(["look 0", "look 1"]);
    expect(all.api.asked).toEqual(["t1", "t2"]);
  });

  test("are no part of the state of a collector without them", () => {
    expect(watched([]).collector.state()).not.toHaveProperty("taskFilesOk");
  });
});

describe("other settings", () => {
  const day = fromMillis(86_400_000);

  test("that are about labels and tasks disturb nothing", async () => {
    const { collector, api, schedule } = watched(["a", "b"]);
    api.set({ a: "wait" });
    collector.start(true);
    await settled();
    const config = collectorConfig({ tasks: [], labels: { team: "x" } });
    collector.update({ config, concurrency: 2 });
    expect(collector.config).toBe(config);
    expect(schedule.stopped).toBe(false);
    api.answer("a");
    await collector.idle();
    expect(api.asked).toEqual(["a", "b"]);
    expect(collector.state().runs.success).toBe(1);
    expect(collector.state()).not.toHaveProperty("tasks");
  });

  test("are those of the next run", async () => {
    const { collector, api, run } = watched(["a", "b", "c"]);
    collector.start(false);
    collector.update({ config: collectorConfig({ tasks: taskConfigs("a", "b", "c") }), concurrency: 2 });
    api.set({ a: "wait", b: "wait", c: "wait" });
    const done = run();
    await settled();
    expect(api.open).toEqual(["a", "b"]);
    for (const id of ["a", "b"]) api.answer(id);
    await settled();
    api.answer("c");
    await done;
  });

  test("mean that the task files were all good", async () => {
    const config = collectorConfig({ taskFiles: ["/x"] });
    const { collector, run } = watched([], { config, refreshTasks: async () => false });
    collector.start(false);
    await run();
    expect(collector.state().taskFilesOk).toBe(false);
    collector.update({ config, concurrency: 1 });
    expect(collector.state().taskFilesOk).toBe(true);
  });

  test("with another schedule: the run under way goes on, and the next polls are owed by the new one", async () => {
    const { collector, api, schedule, store } = watched(["a", "b", "c", "d"]);
    api.set({ a: ended("a"), b: apiError("server_error", { retryAfterMs: 100_000 }), d: "wait" });
    collector.start(true);
    await settled();
    expect(api.open).toEqual(["d"]);
    const daily = handSchedule(at(86_400), day);
    store.apply({ type: "owed", key: "prod/d", nextAt: at(-1) });
    const settings = { config: collectorConfig({ tasks: taskConfigs("a") }), concurrency: 1 };
    collector.update(settings, daily);
    expect([schedule.stopped, daily.started, collector.nextTick()]).toEqual([true, true, at(86_400)]);
    const owed = () => ["a", "b", "c", "d"].map((id) => store.get(`prod/${id}`)?.poll.nextAt);
    expect(owed()).toEqual([undefined, at(86_400), at(86_400), at(-1)]);
    collector.update(settings, handSchedule(at(60)));
    expect(owed()).toEqual([undefined, at(100), at(60), at(-1)]);
    api.answer("d");
    await collector.idle();
    expect(collector.state()).toMatchObject({ runs: { partial: 1 }, nextRunAt: at(60) });
    expect(store.get("prod/d")?.poll.nextAt).toBe(at(60));
  });

  test("with a schedule whose next tick is far: what failed is asked for again before", async () => {
    const { collector, api, clock, store } = watched(["a", "b"]);
    api.set({ a: apiError("timeout") });
    collector.start(true);
    await collector.idle();
    const settings = { config: collectorConfig({ tasks: taskConfigs("a", "b") }), concurrency: 1 };
    collector.update(settings, handSchedule(at(86_400), day));
    const due = store.get("prod/a")?.poll.nextAt;
    expect(due).toBeLessThan(at(180));
    // It is made once, however often the schedule changes.
    collector.update(settings, handSchedule(at(86_401), day));
    expect(store.get("prod/a")?.poll.nextAt).toBe(due);
    expect(store.get("prod/b")?.poll.nextAt).toBe(at(86_401));
    await clock.advance(180_000);
    expect(api.asked).toEqual(["a", "b", "a"]);
  });
});

test("a successor of the same project and name goes on counting", () => {
  const runs = { success: 4, partial: 3, failed: 2, skipped: 1 };
  const before = { ...watched([]).collector.state(), runs, lastRunAt: at(3), lastSuccessAt: at(2), lastRunSeconds: 1 };
  const { collector, schedule } = watched([], { before });
  collector.start(false);
  schedule.tick();
  schedule.tick();
  expect(collector.state()).toMatchObject({
    runs: { ...runs, skipped: 2 },
    lastRunAt: at(3),
    lastSuccessAt: at(2),
    lastRunSeconds: 1,
  });
  expect(before.runs.skipped).toBe(1);
});

describe("tasks that came", () => {
  /** A daily collector of task `a`, which has been asked for, to which `b` comes. */
  async function daily(answers: Parameters<HandApi["set"]>[0] = {}, part: Partial<CollectorOptions> = {}) {
    const day = fromMillis(86_400_000);
    const schedule = handSchedule(at(86_400), day);
    const all = watched(["a"], { schedule, ...part });
    all.api.set(answers);
    all.collector.start(true);
    await all.collector.idle();
    all.api.asked.length = 0;
    return {
      ...all,
      schedule,
      add(...ids: readonly string[]) {
        const added = ids.map((id) => `prod/${id}` as const).filter((key) => !all.store.get(key));
        const members = ["a", ...ids].map((id) => member(id, { dueAt: all.clock.now() }));
        all.store.setSources(sources({ weekend: members }));
        all.collector.tasksChanged(added);
      },
    };
  }

  test("are asked for at once, and alone", async () => {
    const { collector, api, add } = await daily();
    add("b", "c");
    await collector.idle();
    expect(api.asked).toEqual(["b", "c"]);
    expect(collector.state()).toMatchObject({ runs: { success: 2 }, tasks: 3 });
    collector.tasksChanged([]);
    await collector.idle();
    expect(collector.state().runs.success).toBe(2);
  });

  test("are taken into the run under way, of which a tick asks for nothing twice", async () => {
    const order: string[] = [];
    const { collector, api, add, schedule } = await daily();
    api.set({ a: "wait" });
    schedule.tick();
    // While the run looks at the task files.
    add("b");
    await settled();
    add("b", "c");
    order.push(...api.asked);
    api.answer("a");
    await collector.idle();
    expect(order).toEqual(["b", "a"]);
    expect(api.asked).toEqual(["b", "a", "c"]);
    expect(collector.state().runs.success).toBe(2);
  });

  test("do not keep a make-up run from its time, nor lengthen its pause", async () => {
    const { collector, api, add, clock } = await daily({ a: apiError("timeout") });
    await clock.advance(30_000);
    add("b");
    await collector.idle();
    expect(api.asked).toEqual(["b"]);
    await clock.advance(30_000);
    expect(api.asked).toEqual(["b", "a"]);
    await clock.advance(120_000);
    expect(api.asked).toEqual(["b", "a", "a"]);
  });

  test("are asked for again with what failed before, where they fail too", async () => {
    const { collector, api, add, clock } = await daily({ a: apiError("timeout"), b: apiError("timeout") });
    await clock.advance(30_000);
    add("b");
    await collector.idle();
    api.asked.length = 0;
    api.set({ a: running("a"), b: running("b") });
    await clock.advance(30_000);
    expect(api.asked.toSorted()).toEqual(["a", "b"]);
  });

  test("that fail alone have a make-up run of their own", async () => {
    const { collector, api, add, clock } = await daily({ b: apiError("timeout") });
    add("b");
    await collector.idle();
    await clock.advance(60_000);
    expect(api.asked).toEqual(["b", "b"]);
  });

  test("let a make-up run that comes due meanwhile follow", async () => {
    const { collector, api, add, clock } = await daily({ a: apiError("timeout"), b: "wait" });
    await clock.advance(59_000);
    add("b");
    await clock.advance(11_000);
    expect(api.asked).toEqual(["b"]);
    api.answer("b");
    await collector.idle();
    expect(api.asked).toEqual(["b", "a"]);
  });

  test("let a tick that comes meanwhile follow, which then asks for all", async () => {
    const { collector, api, add, schedule } = await daily({ b: "wait" });
    add("b");
    await settled();
    schedule.tick();
    api.set({ b: running("b") });
    api.answer("b");
    await collector.idle();
    expect(api.asked).toEqual(["b", "a", "b"]);
    expect(collector.state().runs).toMatchObject({ success: 3, skipped: 0 });
  });

  test("wait for the next tick where the run for them breaks", async () => {
    let isBroken = false;
    const refreshTasks = async () => {
      if (isBroken) throw new Error("disk");
      return true;
    };
    const { collector, api, add, schedule } = await daily({}, { refreshTasks });
    isBroken = true;
    add("b");
    await collector.idle();
    expect([api.asked, collector.state().runs.failed]).toEqual([[], 1]);
    isBroken = false;
    schedule.tick();
    await collector.idle();
    expect(api.asked).toEqual(["b", "a"]);
  });

  test("are not asked for any more once the collector has stopped", async () => {
    const { collector, api, add } = await daily();
    collector.stop();
    add("b");
    await collector.idle();
    expect(api.asked).toEqual([]);
  });
});

describe("end", () => {
  test("after stop no tick starts a run", async () => {
    const { collector, api, schedule } = watched(["a"]);
    collector.start(false);
    collector.stop();
    schedule.tick();
    await collector.idle();
    expect(schedule.stopped).toBe(true);
    expect(api.asked).toEqual([]);
  });

  test("a run that is cut short is no judgement: not counted, not told, nobody's fault", async () => {
    const { collector, api, schedule, summary } = watched(["a", "b"]);
    api.set({ a: "wait" });
    collector.start(false);
    schedule.tick();
    await settled();
    collector.stop();
    collector.abort();
    await collector.idle();
    expect(collector.state().runs).toEqual({ success: 0, partial: 0, failed: 0, skipped: 0 });
    expect(summary()).toBeUndefined();
  });

  test("a run that finishes after stop counts", async () => {
    const { collector, api, schedule } = watched(["a"]);
    api.set({ a: "wait" });
    collector.start(false);
    schedule.tick();
    await settled();
    collector.stop();
    api.answer("a");
    await collector.idle();
    expect(collector.state().runs.success).toBe(1);
  });
});

test("a collector sees its own tasks alone", async () => {
  const { collector, api, store, run } = watched(["a"]);
  store.setSources(
    sources({
      daily: [member("b", { origin: { collector: "daily", labels: {} } })],
      other: [member("c", { project: "test" })],
    }),
  );
  collector.start(false);
  await run();
  expect(api.asked).toEqual(["a"]);
  expect(collector.state().tasks).toBe(1);
});
