import { describe, expect, test } from "vitest";
import { fromMillis } from "../../src/base/micros.ts";
import type { Fault } from "../../src/simulator/faults/kinds.ts";
import { createAuthority } from "../support/certificates.ts";
import { endedTask, runningTask } from "../support/cloud.ts";
import { taskConfigs } from "../support/configs.ts";
import type { LiveExporter } from "../support/live-exporter.ts";
import {
  at,
  type Faults,
  hour,
  type LiveProjectOptions,
  minute,
  openLiveProject,
  second,
  startLiveProject,
} from "../support/live-project.ts";
import { passwordAuth } from "../support/logins.ts";

const serverError: Fault = { kind: "server-error" };

/** One collector, of these tasks. */
const of = (ids: string, schedule = "*/30 * * * * *", more: { readonly runOnStart?: boolean } = {}) => ({
  weekend: { tasks: taskConfigs(...ids.split(" ")), schedule, ...more },
});
const daily = "0 0 * * *";

interface Setup extends LiveProjectOptions {
  readonly schedule?: string;
}

/** An exporter with these tasks in one collector. */
const start = (ids: string, { schedule, ...options }: Setup = {}) =>
  startLiveProject({ collectors: of(ids, schedule), ...options });

const summaries = ({ log }: LiveExporter) => log.lines.filter(({ msg }) => msg === "Run finished");
const runs = (exporter: LiveExporter) => Object.values(exporter.state()?.runs ?? {}).join(" ");
const nextAts = (exporter: LiveExporter, ids: string) => ids.split(" ").map((id) => exporter.task(id)?.poll.nextAt);

describe("a run", () => {
  test("comes first at the first tick, unless it is made at the start; before it the state says what there is", async () => {
    const exporter = await startLiveProject({ collectors: of("a b", undefined, { runOnStart: false }) });
    expect([exporter.asked(), exporter.task("a")?.poll]).toEqual(["", { nextAt: at(30) }]);
    expect(exporter.state()).toEqual({
      project: "prod",
      collector: "weekend",
      runs: { success: 0, partial: 0, failed: 0, skipped: 0 },
      nextRunAt: at(30),
      interval: fromMillis(30 * second),
      tasks: 2,
    });
    await exporter.clock.advance(30 * second);
    expect(exporter.asked()).toBe("a b");
  });

  const none = { answered: 0, not_found: 0, failed: 0, not_asked: 0, seconds: 0 };
  test.each<[string, Faults, string, Partial<typeof none>]>([
    ["success, when all answered", {}, "success", { answered: 3 }],
    [
      "success, when what did not answer was not found",
      { a: "missing", b: "missing", c: "missing" },
      "success",
      { answered: 3, not_found: 3 },
    ],
    ["partial, when one failed", { b: serverError }, "partial", { answered: 2, failed: 1 }],
    ["failed, when none answered", { "*": { kind: "hang" } }, "failed", { failed: 3, seconds: 30 }],
    [
      "partial, when the project was held after some",
      { b: { kind: "throttle", retryAfter: 240 } },
      "partial",
      { answered: 1, failed: 1, not_asked: 1 },
    ],
    [
      "failed, when it was held at once",
      { a: { kind: "throttle", retryAfter: 240 } },
      "failed",
      { failed: 1, not_asked: 2 },
    ],
  ])("is a %s, and told in one line", async (_, faults, result, counts) => {
    const exporter = await start("a b c", { schedule: daily, faults });
    await exporter.clock.advance(30 * second);
    const seconds = counts.seconds ?? 0;
    expect(exporter.state()).toMatchObject({
      runs: { success: 0, partial: 0, failed: 0, skipped: 0, [result]: 1 },
      lastRunAt: at(seconds),
      lastRunSeconds: seconds,
    });
    expect(exporter.state()?.lastSuccessAt).toBe(result === "success" ? at(0) : undefined);
    expect(summaries(exporter)).toEqual([
      {
        level: "info",
        msg: "Run finished",
        fields: { project: "prod", collector: "weekend", result, due: 3, ...none, ...counts },
      },
    ]);
  });

  test("is a success when nothing was due, which is no news", async () => {
    const exporter = await start("a", { tasks: [endedTask("a")] });
    await exporter.clock.advance(30 * second);
    expect(exporter.state()).toMatchObject({ runs: { success: 2 }, lastSuccessAt: at(30) });
    expect(summaries(exporter).at(-1)).toMatchObject({ level: "debug", fields: { due: 0 } });
    expect(exporter.asked()).toBe("a");
  });

  test("tells an answer, a 404 and a failure apart", async () => {
    const exporter = await start("a b c", {
      faults: { b: "missing", c: { kind: "server-error", status: 503, retryAfter: 100 } },
    });
    const [a, b, c] = ["a", "b", "c"].map((id) => exporter.task(id));
    expect(a).toMatchObject({ facts: { found: true }, poll: { lastSuccessAt: at(0), nextAt: at(30) } });
    expect(b).toMatchObject({ facts: { found: false }, poll: { failure: { reason: "not_found" } } });
    expect(c?.poll).toEqual({
      lastAt: at(0),
      failure: { reason: "server_error", message: expect.stringContaining("HTTP 503") },
      failingSince: at(0),
      nextAt: at(100),
      // The wait that the server asks for is this task's alone.
      pause: { until: at(100) },
    });
  });

  test("goes on after a failure of our own, which is that task's", async () => {
    const exporter = await openLiveProject();
    let isBroken = true;
    exporter.store.subscribe((_, after) => {
      if (!after?.facts || !isBroken) return;
      isBroken = false;
      throw new TypeError("x is undefined");
    });
    await exporter.reload(exporter.config());
    expect(summaries(exporter).at(-1)?.fields).toMatchObject({ answered: 1, failed: 1 });
    expect(exporter.task("a")?.poll.failure).toEqual({
      reason: "bad_body",
      message: "internal error: x is undefined",
    });
    await exporter.clock.advance(30 * second);
    expect(runs(exporter)).toBe("1 1 0 0");
  });

  test("that breaks itself has failed, and the next one is made, also for what came by a reload", async () => {
    const exporter = await start("a", { schedule: "* * * * *", tasks: ["a", "b"].map(runningTask) });
    let isBroken = true;
    exporter.store.subscribe((_, after) => {
      if (isBroken && after?.poll.lastAt) throw new Error("broken");
    });
    await exporter.reload(exporter.config(of("a b", "* * * * *")));
    expect([runs(exporter), exporter.log.messages("error"), exporter.asked()]).toEqual([
      "1 0 1 0",
      ["Run failed"],
      "a b",
    ]);
    isBroken = false;
    await exporter.clock.advance(minute);
    expect([runs(exporter), exporter.asked()]).toEqual(["2 0 1 0", "a b"]);
  });
});

describe("ticks during a run", () => {
  test("are skipped and counted; the time of a poll is that of its end, its tick the next one after that", async () => {
    const exporter = await start("a", {
      project: { timeoutMs: 70 * second, retries: 1 },
      faults: { a: { kind: "hang", times: 1 } },
    });
    await exporter.clock.advance(65 * second);
    expect([exporter.asked(), runs(exporter)]).toEqual(["a", "0 0 0 2"]);
    expect(exporter.log.messages("debug")).toEqual(Array(2).fill("Run skipped, the previous one is still going"));
    await exporter.clock.advance(24 * second);
    expect([exporter.asked(), runs(exporter)]).toEqual(["a", "1 0 0 2"]);
    // The attempt's limit, and the wait before the second one.
    expect(exporter.task("a")?.poll).toMatchObject({ lastAt: at(70.25), nextAt: at(90) });
    await exporter.clock.advance(second);
    expect([exporter.asked(), runs(exporter)]).toEqual(["a", "2 0 0 2"]);
  });

  /** The server asks for a wait before a second attempt, so long does each request take. */
  const slow = (seconds: number, times?: number): Fault => ({
    kind: "server-error",
    retryAfter: seconds,
    ...(times !== undefined && { times }),
  });

  /** One well task that takes 10 s, and four that failed in the first run and fail after 4 s each. */
  async function slowAfterFailures(schedule: string) {
    const failing = ["w", "x", "y", "z"];
    const faults = Object.fromEntries(failing.map((id) => [id, slow(31)]));
    const exporter = await start("well w x y z", { schedule, project: { retries: 1 }, faults });
    exporter.asked();
    // The server's wish to be left alone is over by the run that counts.
    await exporter.clock.advance(31 * second);
    exporter.simulator.setFault("well", slow(10, 1));
    for (const id of failing) exporter.simulator.setFault(id, slow(4));
    return exporter;
  }
  const twice = (ids: string) => ids.replace(/\w+/g, "$& $&");

  test("leave to what failed last time as long as the others took, no longer; who is left out comes first next time", async () => {
    const exporter = await slowAfterFailures("40,55 * * * * *");
    // From 40 s on, and over the tick of 55 s.
    await exporter.clock.advance(40 * second);
    expect(exporter.asked()).toBe(twice("well w x y"));
    expect(summaries(exporter).at(-1)?.fields).toMatchObject({ answered: 1, failed: 3, not_asked: 1 });
    await exporter.clock.advance(50 * second);
    // The tick that was missed is no reason to hurry the next run.
    expect(exporter.asked()).toBe(`well ${twice("z w x y")}`);
  });

  test("are no reason to leave out the others, nor is what takes long before the next tick", async () => {
    const exporter = await slowAfterFailures("40 * * * * *");
    await exporter.clock.advance(40 * second);
    expect(exporter.asked()).toBe(twice("well w x y z"));
    for (const id of ["w", "x", "y", "z"]) exporter.simulator.setFault(id, undefined);
    await exporter.clock.advance(minute);
    exporter.asked();
    for (const id of ["well", "w", "x", "y", "z"]) exporter.simulator.setFault(id, slow(25, 1));
    await exporter.clock.advance(3 * minute);
    expect(exporter.asked()).toBe(twice("well w x y z"));
    expect(exporter.state()?.runs.skipped).toBe(2);
  });
});

describe("a hold", () => {
  test("ends the run; what was not asked keeps everything, its next poll in the past", async () => {
    const exporter = await start("a b c");
    const before = exporter.task("c");
    exporter.simulator.setFault("b", { kind: "throttle", retryAfter: 120 });
    await exporter.clock.advance(31 * second);
    expect(exporter.task("c")).toBe(before);
    expect(before?.poll.nextAt).toBe(at(30));
    expect(exporter.task("b")?.poll).toMatchObject({ failure: { reason: "throttled" }, nextAt: at(150) });
    expect(exporter.log.messages("warn")).toEqual(["Polls failed"]);
  });

  test("lets what is under way beside it end", async () => {
    const exporter = await start("a b c d", {
      schedule: daily,
      project: { concurrency: 2 },
      faults: { a: { kind: "hang" }, b: { kind: "throttle", retryAfter: 240 } },
    });
    expect(summaries(exporter)).toEqual([]);
    await exporter.clock.advance(10 * second);
    expect(summaries(exporter).at(-1)?.fields).toMatchObject({ failed: 2, not_asked: 2, seconds: 10 });
    expect(exporter.asked()).toBe("a b");
  });
});

describe("make-up runs", () => {
  const refused = { project: (url: string) => ({ iamEndpoint: url, auth: passwordAuth() }) };
  const untrusted = {
    simulator: { tls: createAuthority().issue({ names: ["127.0.0.1"] }), tasks: [runningTask("a")] },
    project: { tls: { insecureSkipVerify: false } },
  };

  test.each<[string, string, Faults[string] | undefined, boolean, LiveProjectOptions?]>([
    ["network", "a", { kind: "cut" }, true],
    ["timeout", "a", { kind: "hang" }, true],
    ["tls", "a", undefined, true, untrusted],
    ["server_error", "a", serverError, true],
    ["throttled", "a", { kind: "throttle" }, true],
    ["unauthorized", "a", { kind: "status", status: 401 }, true],
    ["forbidden", "a", { kind: "status", status: 403 }, true],
    ["not_found", "a", "missing", false],
    ["client_error", "a", { kind: "status", status: 400 }, false],
    ["bad_body", "a", { kind: "broken-json" }, false],
    ["client_error", "iam:tokens", { kind: "status", status: 400 }, true, refused],
    ["bad_body", "iam:tokens", { kind: "html" }, true, refused],
  ])("ask again for what may pass: %s of %s, %j: %j", async (reason, target, fault, mayPass, options) => {
    const exporter = await start("a b", { schedule: daily, faults: fault ? { [target]: fault } : {}, ...options });
    await exporter.clock.advance(11 * second);
    expect(exporter.task("a")?.poll.failure?.reason).toBe(reason);
    const isOwed = (exporter.task("a")?.poll.nextAt ?? 0) < at(86_400);
    expect(isOwed).toBe(mayPass);
  });

  test("ask for what failed and for nothing else, a minute after the run's end", async () => {
    const exporter = await start("a b c", { schedule: daily, faults: { a: serverError, b: { kind: "empty" } } });
    exporter.asked();
    expect(nextAts(exporter, "a b c")).toEqual([60, 86_400, 86_400].map(at));
    await exporter.clock.advance(minute - 1);
    expect(exporter.asked()).toBe("");
    exporter.simulator.setFault("a", undefined);
    await exporter.clock.advance(1);
    expect(exporter.asked()).toBe("a");
    // It is a run like any other, but for what the schedule says.
    expect(exporter.state()).toMatchObject({
      runs: { success: 1, partial: 1 },
      lastRunAt: at(60),
      nextRunAt: at(86_400),
      interval: fromMillis(24 * hour),
    });
    expect(summaries(exporter).at(-1)?.fields).toMatchObject({ make_up: true, due: 1 });
  });

  test("come after 1, 2, 4, 8, 15 and 15 minutes, also over a tick, and after 1 once all was well", async () => {
    const exporter = await start("a", { schedule: "0 * * * *", faults: { a: serverError } });
    const minutes: number[] = [];
    const pass = async (until: number): Promise<void> => {
      for (let now = exporter.clock.monotonic() / minute; now <= until; now += 1) {
        for (const _ of exporter.asked().match(/a/g) ?? []) minutes.push(now);
        await exporter.clock.advance(minute);
      }
    };
    // The one that would be due at the tick itself is left out.
    await pass(80);
    exporter.simulator.setFault("a", undefined);
    await pass(175);
    exporter.simulator.setFault("a", serverError);
    await pass(184);
    expect(minutes).toEqual([0, 1, 3, 7, 15, 30, 45, 60, 75, 90, 120, 180, 181, 183]);
  });

  test.each([
    [0, 54],
    [1, 66],
  ])("come a tenth of their pause sooner or later: random %d, %d s", async (random, seconds) => {
    const exporter = await start("a", { schedule: daily, faults: { a: serverError }, random: () => random });
    expect(nextAts(exporter, "a")).toEqual([at(seconds)]);
  });

  test("wait for the end of a hold, and ask for what the hold left unasked", async () => {
    const throttle: Fault = { kind: "throttle", retryAfter: 240, times: 1 };
    const exporter = await start("a b", { schedule: daily, faults: { a: throttle } });
    expect(exporter.asked()).toBe("a");
    // What was not asked for stays overdue.
    expect(nextAts(exporter, "a b")).toEqual([at(240), at(0)]);
    await exporter.clock.advance(240 * second - 1);
    expect(exporter.asked()).toBe("");
    await exporter.clock.advance(1);
    expect(exporter.asked()).toBe("b a");
  });

  test("leave alone what a server asked to leave alone for longer, and come back for it", async () => {
    const faults = { a: { kind: "server-error", retryAfter: 290 }, b: serverError } as const;
    const exporter = await start("a b", { schedule: daily, faults });
    exporter.asked();
    expect(nextAts(exporter, "a b")).toEqual([at(86_400), at(60)]);
    await exporter.clock.advance(2 * minute);
    expect(exporter.asked()).toBe("b");
    // The pause of 2 min ends at 3 min; a is left alone until 4 min 50 s.
    await exporter.clock.advance(minute);
    expect(exporter.asked()).toBe("b");
    await exporter.clock.advance(4 * minute);
    expect(exporter.asked()).toBe("a b");
  });

  test("let a tick that comes meanwhile follow at once: it is not skipped", async () => {
    const exporter = await start("a b", { schedule: "5 1 * * * *", faults: { a: serverError } });
    exporter.simulator.setFault("a", { kind: "hang", times: 1 });
    await exporter.clock.advance(69 * second);
    expect(exporter.asked()).toBe("a b a");
    await exporter.clock.advance(second);
    expect(exporter.asked()).toBe("b a");
    expect(runs(exporter)).toBe("1 1 1 0");
  });

  test("keep their time when the clock is set back", async () => {
    const exporter = await start("a", { schedule: daily, faults: { a: serverError } });
    exporter.asked();
    exporter.clock.setWall(-hour);
    await exporter.clock.advance(30 * second);
    expect(nextAts(exporter, "a")).toEqual([at(60 - 3600)]);
    await exporter.clock.advance(30 * second);
    expect(exporter.asked()).toBe("a");
  });
});

describe("another schedule", () => {
  test("lets the run under way go on, and the next polls are owed by it", async () => {
    const exporter = await start("a b c d", {
      tasks: [endedTask("a"), ...["b", "c", "d"].map(runningTask)],
      project: { retries: 1 },
      faults: { b: { kind: "server-error", retryAfter: 100 }, d: { kind: "hang", times: 1 } },
    });
    await exporter.clock.advance(second);
    await exporter.reload(exporter.config(of("a b c d", daily)));
    expect(exporter.state()?.nextRunAt).toBe(at(86_400));
    // The one that is being asked for is overdue, and stays so.
    expect(nextAts(exporter, "a b c d")).toEqual([undefined, at(86_400), at(86_400), at(0)]);
    await exporter.reload(exporter.config(of("a b c d", "0 * * * * *")));
    expect(nextAts(exporter, "a b c d")).toEqual([undefined, at(100), at(60), at(0)]);
    expect(exporter.asked()).toBe("a b c d");
    await exporter.clock.advance(10 * second);
    expect([exporter.asked(), runs(exporter)]).toEqual(["d", "0 1 0 0"]);
    expect(nextAts(exporter, "d")).toEqual([at(60)]);
  });

  test("whose next tick is far: what failed is asked for again before, once", async () => {
    const exporter = await start("a b", { faults: { a: serverError } });
    await exporter.reload(exporter.config(of("a b", daily)));
    const [due] = nextAts(exporter, "a");
    // The second one after the failure: the first would have come after the tick.
    expect(due).toBe(at(120));
    await exporter.reload(exporter.config(of("a b", "0 1 * * *")));
    expect(nextAts(exporter, "a b")).toEqual([due, at(3600)]);
    await exporter.clock.advance(3 * minute);
    expect(exporter.asked()).toBe("a b a");
  });
});

describe("tasks that come by a reload", () => {
  /** A daily collector of task `a`, which has been asked for. */
  async function started(faults: Faults = {}, schedule = daily) {
    const tasks = ["a", "b", "c"].map(runningTask);
    const exporter = await start("a", { schedule, tasks, faults });
    expect(exporter.asked()).toBe("a");
    return { ...exporter, reloadWith: (ids: string) => exporter.reload(exporter.config(of(ids, schedule))) };
  }

  test("are asked for at once, and alone", async () => {
    const exporter = await started();
    for (let times = 0; times < 2; times += 1) await exporter.reloadWith("a b c");
    expect(exporter.asked()).toBe("b c");
    expect(exporter.state()).toMatchObject({ runs: { success: 2 }, tasks: 3 });
  });

  test("do not keep a make-up run from its time, nor lengthen its pause", async () => {
    const exporter = await started({ a: serverError });
    await exporter.clock.advance(30 * second);
    await exporter.reloadWith("a b");
    expect(exporter.asked()).toBe("b");
    await exporter.clock.advance(30 * second);
    expect(exporter.asked()).toBe("a");
    await exporter.clock.advance(2 * minute);
    expect(exporter.asked()).toBe("a");
  });

  test.each([
    ["with what failed before", { a: serverError, b: serverError }, 30, "a b"],
    ["in a make-up run of their own", { b: serverError }, 60, "b"],
  ])("are asked for again where they fail too: %s", async (_, faults, seconds, asked) => {
    const exporter = await started(faults);
    await exporter.clock.advance(30 * second);
    await exporter.reloadWith("a b");
    expect(exporter.asked()).toBe("b");
    await exporter.clock.advance(seconds * second);
    expect(exporter.asked().split(" ").toSorted().join(" ")).toBe(asked);
  });

  test.each([
    ["a make-up run that comes due", { a: serverError, b: { kind: "hang" } } as const, daily],
    ["a tick that comes, which then asks for all", { b: { kind: "hang" } } as const, "* * * * *"],
  ])("let %s meanwhile follow", async (_, faults, schedule) => {
    const exporter = await started(faults, schedule);
    await exporter.clock.advance(59 * second);
    await exporter.reloadWith("a b");
    await exporter.clock.advance(9 * second);
    expect(exporter.asked()).toBe("b");
    await exporter.clock.advance(second);
    expect(exporter.asked()).toBe("a b");
    expect(exporter.state()?.runs.skipped).toBe(0);
  });

  test("into a run that a hold ends are left with the rest; what left is no part of it", async () => {
    const exporter = await start("a b c", {
      schedule: daily,
      tasks: ["a", "c", "d", "f"].map(runningTask),
      project: { retries: 1 },
      faults: { a: { kind: "hang", times: 1 } },
    });
    for (const ids of ["a b c e", "a c d f"]) await exporter.reload(exporter.config(of(ids, daily)));
    await exporter.clock.advance(second);
    exporter.simulator.setFault("a", { kind: "throttle", retryAfter: 240, times: 1 });
    await exporter.clock.advance(10 * second);
    expect(summaries(exporter).at(-1)?.fields).toMatchObject({ due: 4, failed: 1, not_asked: 3 });
    expect(exporter.asked()).toBe("a a");
    await exporter.clock.advance(5 * minute);
    expect(exporter.asked().split(" ").toSorted()).toEqual(["a", "c", "d", "f"]);
  });

  test("while a run looks at the task files are not asked for twice", async () => {
    const exporter = await startLiveProject({
      collectors: { weekend: { tasks: taskConfigs("a"), taskFiles: ["/tasks/x.yaml"] } },
      lookAtFile: () => new Promise(() => {}),
    });
    expect(exporter.asked()).toBe("");
    await exporter.reload(exporter.config(of("a b")));
    expect(exporter.asked()).toBe("a b");
  });

  test("and leave while they are asked for trouble nobody", async () => {
    const exporter = await start("a b", { schedule: daily, faults: { a: { kind: "hang" } } });
    await exporter.reload(exporter.config(of("b", daily)));
    await exporter.clock.advance(10 * second);
    expect(summaries(exporter).at(-1)?.fields).toMatchObject({ due: 2, answered: 1, failed: 1 });
    expect(exporter.task("a")).toBeUndefined();
  });
});

test.each<[string, Fault | undefined]>([
  ["an answer", undefined],
  ["a failure", { kind: "status", status: 400 }],
])(
  "%s that comes in the moment of the end changes nothing: its project may be another one by now",
  async (_, fault) => {
    let end = (): void => {};
    const exporter = await openLiveProject({
      collectors: of("a"),
      faults: fault ? { a: fault } : {},
      onAttempt: () => end(),
    });
    end = () => void exporter.drain(AbortSignal.abort());
    await exporter.reload(exporter.config());
    expect(exporter.asked()).toBe("a");
    expect(exporter.task("a")?.poll).toEqual({ nextAt: at(0) });
    expect(summaries(exporter)).toEqual([]);
  },
);
