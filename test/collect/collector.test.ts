import { describe, expect, test } from "vitest";
import { Held } from "../../src/cbr/api-error.ts";
import { type CollectorOptions, createCollector } from "../../src/collect/collector.ts";
import { createProjectHealth } from "../../src/collect/project-health.ts";
import { fromMillis, later } from "../../src/tasks/micros.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { collectorConfig, projectConfig } from "../support/configs.ts";
import { apiError, handApi } from "../support/hand-api.ts";
import { handSchedule } from "../support/hand-schedule.ts";
import { manualClock, newYear, settled } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";
import { ended, member } from "../support/task-records.ts";

const at = (seconds: number) => later(newYear, fromMillis(seconds * 1000));

/** A collector whose time, ticks and answers are given by hand. */
function watched(ids: readonly string[], part: Partial<CollectorOptions> = {}) {
  const clock = manualClock();
  const schedule = handSchedule();
  const store = createTaskStore();
  const health = createProjectHealth(store);
  const api = handApi();
  const log = recordedLog();
  health.setProjects(["prod"]);
  store.setMembers(new Map([["weekend", ids.map((id) => member(id))]]));
  const collector = createCollector({
    config: collectorConfig({ runOnStart: false }),
    project: projectConfig({ concurrency: 1 }),
    api,
    store,
    health,
    schedule,
    clock,
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
    up: () => health.states()[0]?.up,
    async run() {
      await clock.advance(30_000);
      schedule.tick();
      await collector.idle();
    },
    summary: () => log.lines.filter(({ msg }) => msg === "Run finished").at(-1),
  };
}

describe("start", () => {
  test("runs at once where the configuration says so", async () => {
    const { collector, api, schedule } = watched(["a"], { config: collectorConfig() });
    collector.start();
    await collector.idle();
    expect(api.asked).toEqual(["a"]);
    expect(schedule.started).toBe(true);
  });

  test("else waits for its first tick", async () => {
    const { collector, api, run } = watched(["a"]);
    collector.start();
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
    collector.start();
    await run();
    const { runs, lastRunAt, lastSuccessAt } = collector.state();
    expect(runs).toEqual({ success: 0, partial: 0, failed: 0, skipped: 0, [result]: 1 });
    expect([lastRunAt, lastSuccessAt]).toEqual([at(30), result === "success" ? at(30) : undefined]);
    expect(summary()).toMatchObject({ level: "info", fields: { result, due: 2 } });
  });

  test("is success when nothing was due, which is no news", async () => {
    const { collector, api, run, summary } = watched(["a"]);
    api.set({ a: ended("a") });
    collector.start();
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
    collector.start();
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
    collector.start();
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
    collector.start();
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
    collector.start();
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

describe("whether the cloud answers", () => {
  test("is known with the first usable answer, before the run has ended", async () => {
    const { collector, api, schedule, up } = watched(["a", "b"]);
    api.set({ b: "wait" });
    collector.start();
    schedule.tick();
    await settled();
    expect([api.open, up()]).toEqual([["b"], true]);
    api.answer("b");
    await collector.idle();
  });

  test.each([
    ["a 404", { a: apiError("not_found"), b: apiError("timeout") }, true],
    ["failures alone", { a: apiError("timeout"), b: apiError("network") }, false],
    ["throttles alone", { a: apiError("throttled"), b: new Held() }, false],
    ["refused logins alone", { a: apiError("unauthorized"), b: apiError("unauthorized", { sent: false }) }, false],
    ["nothing, because nothing was sent", { a: apiError("unauthorized", { sent: false }), b: new Held() }, undefined],
  ])("after a run with %s", async (_, answers, expected) => {
    const { collector, api, run, up } = watched(["a", "b"]);
    api.set(answers);
    collector.start();
    await run();
    expect(up()).toBe(expected);
  });

  test("stays yes until a run that got nothing has ended", async () => {
    const { collector, api, run, schedule, up } = watched(["a"]);
    collector.start();
    await run();
    api.set({ a: "wait" });
    schedule.tick();
    await settled();
    expect(up()).toBe(true);
    api.answer("a", apiError("timeout"));
    await collector.idle();
    expect(up()).toBe(false);
  });

  test("is no before a long run ends in which the cloud has fallen silent, and yes with its next answer", async () => {
    const { api, clock, collector, schedule, up } = watched(["a", "b", "c", "d"]);
    collector.start();
    api.set({ a: "wait", b: "wait", c: "wait", d: "wait" });
    schedule.tick();
    for (const id of ["a", "b", "c"]) {
      await settled();
      await clock.advance(30_000);
      api.answer(id, apiError("timeout"));
    }
    await settled();
    expect([api.open, up()]).toEqual([["d"], false]);
    api.answer("d");
    await collector.idle();
    expect(up()).toBe(true);
  });

  test("a no becomes unknown when nothing unfinished is left", async () => {
    const { collector, api, run, store, up } = watched(["a"]);
    api.set({ a: apiError("timeout") });
    collector.start();
    await run();
    expect(up()).toBe(false);
    store.setMembers(new Map([["weekend", []]]));
    expect(up()).toBeUndefined();
  });
});

describe("a hold", () => {
  test("ends the run; what was not asked keeps everything, its next poll in the past", async () => {
    const { collector, api, run, store, clock } = watched(["a", "b"]);
    collector.start();
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

describe("task files", () => {
  test("are looked at before each run, and the run asks for what they say", async () => {
    const order: string[] = [];
    const all = watched([], {
      config: collectorConfig({ runOnStart: false, taskFiles: ["/tasks/*.yaml"] }),
      refreshTasks: async () => {
        order.push(`look ${all.api.asked.length}`);
        all.store.setMembers(new Map([["weekend", [member(`t${order.length}`)]]]));
        return order.length === 1;
      },
    });
    all.collector.start();
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

describe("end", () => {
  test("after stop no tick starts a run", async () => {
    const { collector, api, schedule } = watched(["a"]);
    collector.start();
    collector.stop();
    schedule.tick();
    await collector.idle();
    expect(schedule.stopped).toBe(true);
    expect(api.asked).toEqual([]);
  });

  test("a run that is cut short is no judgement: not counted, not told, nobody's fault", async () => {
    const { collector, api, schedule, up, summary } = watched(["a", "b"]);
    api.set({ a: "wait" });
    collector.start();
    schedule.tick();
    await settled();
    collector.stop();
    collector.abort();
    await collector.idle();
    expect(collector.state().runs).toEqual({ success: 0, partial: 0, failed: 0, skipped: 0 });
    expect([up(), summary()]).toEqual([undefined, undefined]);
  });

  test("a run that finishes after stop counts", async () => {
    const { collector, api, schedule } = watched(["a"]);
    api.set({ a: "wait" });
    collector.start();
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
  store.setMembers(
    new Map([
      ["daily", [member("b", { origin: { collector: "daily", labels: {} } })]],
      ["other", [member("c", { project: "test" })]],
    ]),
  );
  collector.start();
  await run();
  expect(api.asked).toEqual(["a"]);
  expect(collector.state().tasks).toBe(1);
});
