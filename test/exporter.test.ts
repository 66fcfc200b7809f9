import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createSecret } from "../src/base/secret.ts";
import type { CollectorConfig, Config, ProjectConfig } from "../src/config/config.ts";
import { lookAtFile, type WatchedFile } from "../src/config/task-files/look-at-files.ts";
import { startSimulator } from "../src/simulator/simulator.ts";
import { tempFolder } from "./config/temp-folder.ts";
import { createAuthority } from "./support/certificates.ts";
import { endedTask, fixedTask, runningTask } from "./support/cloud.ts";
import { collectorConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { eventually } from "./support/eventually.ts";
import { at, type LiveProject, type LiveProjectOptions, openLiveProject, second } from "./support/live-project.ts";
import { never } from "./support/never.ts";

const running = ["a", "b", "c", "d", "e"].map(runningTask);

/** Asks for `a` and `b` each half minute. */
const usual = { tasks: taskConfigs("a", "b") };

async function open(options: LiveProjectOptions = {}) {
  const exporter = await openLiveProject({ tasks: running, ...options });
  return {
    ...exporter,
    /** The usual collector and project, but for these parts. */
    configOf: (collector: Partial<CollectorConfig> = {}, project: Partial<ProjectConfig> = {}) =>
      exporter.config({ weekend: { ...usual, ...collector } }, project),
  };
}

/** One that has polled its first configuration once. */
async function started(options: LiveProjectOptions = {}) {
  const exporter = await open(options);
  await exporter.reload(exporter.config());
  return exporter;
}

const ids = ({ store }: LiveProject): string => [...store.records()].map(({ taskId }) => taskId).join();
const names = (exporter: LiveProject) => exporter.collectors().map(({ config: { name } }) => name);
const answers = (exporter: LiveProject) =>
  exporter.value('cbr_api_requests_total{project="prod",operation="ShowOpLog",code="200"}');
const nextRun = (exporter: LiveProject, collector = "weekend") => ({ nextAt: exporter.state(collector)?.nextRunAt });

describe("the first configuration", () => {
  test("watches its tasks at once, and polls them", async () => {
    const exporter = await open();
    const applied = exporter.apply(exporter.config());
    expect(ids(exporter)).toBe("a,b");
    expect(exporter.up()).toBeUndefined();
    await applied;
    await exporter.settle();
    expect(exporter.task("a")).toMatchObject({
      facts: { log: { status: "running" } },
      origin: { collector: "weekend" },
    });
    expect(exporter.state()).toMatchObject({ tasks: 2, runs: { success: 1 } });
    expect(exporter.projects()).toMatchObject([{ up: true, lastRequestAt: at(0) }]);
    expect(await answers(exporter)).toBe(2);
  });

  test("without collectors, or with one of no known project, does nothing", async () => {
    const exporter = await open();
    for (const config of [exporter.config({}), exporter.configOf({ project: "nowhere" })]) {
      await exporter.reload(config);
      expect([exporter.collectors(), exporter.up(), exporter.asked()]).toEqual([[], undefined, ""]);
    }
  });
});

test("a finished task is never asked for again", async () => {
  const exporter = await started({ tasks: [endedTask("a"), runningTask("b")] });
  await exporter.clock.advance(30 * second);
  for (const part of [{ retries: 1 }, { region: "another" }]) await exporter.reload(exporter.configOf({}, part));
  expect(exporter.asked()).toBe("a b b b");
});

describe("another configuration", () => {
  test.each<[string, Partial<CollectorConfig>, Partial<ProjectConfig>, string]>([
    ["nothing new", {}, {}, "a b"],
    ["other labels", { labels: { team: "storage" } }, {}, "a b"],
    ["other tasks", { tasks: taskConfigs("c", "a") }, {}, "c a"],
    ["another rate of the project", {}, { rateLimit: 500 }, "a b"],
    ["no tasks", { tasks: [] }, {}, ""],
  ])("with %s leaves the collector going on, counters and all", async (what, collector, project, asked) => {
    const exporter = await started();
    const task = exporter.task("a");
    const [old] = exporter.collectors();
    exporter.asked();
    await exporter.reload(exporter.configOf({ runOnStart: false, ...collector }, project));
    expect(exporter.collectors()).toEqual([old]);
    expect(exporter.up()).toBe(true);
    if (asked !== "") expect(exporter.task("a")?.facts).toBe(task?.facts);
    if (what === "nothing new") expect(exporter.task("a")).toBe(task);
    // Of a collector that is to have none, their number says nothing.
    expect(exporter.state()?.tasks).toBe(asked === "" ? undefined : 2);
    await exporter.clock.advance(31 * second);
    expect(exporter.asked()).toBe(asked);
    expect(exporter.state()?.runs.success).toBe(2);
  });

  test("with another name of the collector keeps the facts of its tasks, but counts anew", async () => {
    const exporter = await started();
    const facts = exporter.task("a")?.facts;
    await exporter.reload(exporter.config({ daily: { ...usual, runOnStart: false } }));
    expect([exporter.task("a")?.facts, exporter.up(), names(exporter)]).toEqual([facts, true, ["daily"]]);
    expect(exporter.state()).toMatchObject({ runs: { success: 0 }, tasks: 2 });
  });

  test.each<[string, Partial<ProjectConfig>]>([
    ["another token", { auth: { method: "token", token: createSecret("wrong") } }],
    ["another way of logging in", { auth: { method: "token_file", path: "/nowhere" } }],
  ])("with %s keeps the facts too, but asks anew, and at once, whether the cloud answers", async (_, project) => {
    const exporter = await started();
    const facts = exporter.task("a")?.facts;
    const applied = exporter.apply(exporter.configOf({ runOnStart: false }, project));
    expect([exporter.task("a")?.facts, exporter.up()]).toEqual([facts, undefined]);
    await applied;
    await exporter.settle();
    expect([exporter.task("a")?.facts, exporter.up()]).toEqual([facts, false]);
  });

  test("with another way to the project goes on counting a collector's runs", async () => {
    const exporter = await started();
    const { lastRunAt, lastRunSeconds, lastSuccessAt } = exporter.state() ?? {};
    const applied = exporter.apply(exporter.configOf({}, { region: "another" }));
    expect(exporter.state()).toMatchObject({ runs: { success: 1 }, lastRunAt, lastRunSeconds, lastSuccessAt });
    await applied;
    await exporter.settle();
    expect(exporter.state()?.runs).toEqual({ success: 2, partial: 0, failed: 0, skipped: 0 });
  });

  test("lets tasks go at once, before anything else, and collectors too", async () => {
    const exporter = await started();
    const applied = exporter.apply(exporter.configOf({ tasks: taskConfigs("b", "c") }));
    expect(ids(exporter)).toBe("b,c");
    await applied;
    await exporter.settle();
    expect(exporter.task("c")?.facts?.found).toBe(true);
    const emptied = exporter.apply(exporter.config({}));
    expect(ids(exporter)).toBe("");
    await emptied;
    exporter.asked();
    await exporter.clock.advance(60 * second);
    expect(exporter.asked()).toBe("");
  });

  test("moves a task between collectors with its facts", async () => {
    const exporter = await started();
    const facts = exporter.task("a")?.facts;
    const daily = { runOnStart: false, tasks: taskConfigs("a") };
    await exporter.reload(exporter.config({ daily, weekend: { runOnStart: false, tasks: taskConfigs("b") } }));
    expect(exporter.task("a")).toMatchObject({ facts, origin: { collector: "daily" } });
    expect(exporter.state("daily")?.tasks).toBe(1);
  });

  test("with another endpoint, or project id, forgets the facts, but leaves the other project alone", async () => {
    const other = await startSimulator({ tasks: [fixedTask("a", { id: "a", status: "waiting" })] });
    const exporter = await open();
    const both = (part: Partial<ProjectConfig>): Config => {
      const [project] = exporter.configOf().projects;
      const test = collectorConfig({ name: "daily", project: "test", tasks: taskConfigs("a") });
      return {
        projects: [projectConfig({ ...project, ...part }), projectConfig({ ...project, name: "test" })],
        collectors: [collectorConfig(usual), test],
      };
    };
    await exporter.reload(both({}));
    const [record, collector] = [exporter.task("a", "test"), exporter.collectors()[1]];
    const parts = [{ endpoint: other.url }, { id: "another-project" }];
    for (const part of parts) {
      const applied = exporter.apply(both(part));
      expect(exporter.task("a")?.facts).toBeUndefined();
      expect(exporter.up("prod")).toBeUndefined();
      expect([exporter.task("a", "test"), exporter.up("test")]).toEqual([record, true]);
      await applied;
      await exporter.settle();
      expect(exporter.collectors()).toContain(collector);
      if (part.endpoint) expect(exporter.task("a")?.facts?.log).toEqual({ id: "a", status: "waiting" });
      else expect([exporter.task("a")?.poll.failure?.reason, exporter.up("prod")]).toEqual(["forbidden", false]);
    }
    await other.close();
  });

  test("without the project forgets it, also what was counted of it", async () => {
    const exporter = await started();
    expect(await answers(exporter)).toBe(2);
    await exporter.reload({ projects: [], collectors: [] });
    expect([exporter.store.size, exporter.projects(), await answers(exporter)]).toEqual([0, [], undefined]);
  });

  test("ends the old requests, whose tasks the successor asks for", async () => {
    const exporter = await started({ faults: { "*": { kind: "hang", times: 1 } } });
    expect(exporter.asked()).toBe("a");
    await exporter.reload(exporter.configOf({}, { region: "another" }));
    expect(exporter.asked()).toBe("a b");
    expect(exporter.state()?.runs).toEqual({ success: 1, partial: 0, failed: 0, skipped: 0 });
    const [failed] = (await exporter.scrape()).match(/^cbr_api_errors_total\{.*\} [1-9].*$/m) ?? [];
    expect([await answers(exporter), failed]).toEqual([2, undefined]);
  });

  test("waits for the one before it, also for one that cannot come in force", async () => {
    const exporter = await started();
    const apply = (project: Partial<ProjectConfig>, ...tasks: readonly string[]) =>
      exporter.apply(exporter.configOf({ tasks: taskConfigs(...tasks) }, project));
    const applied = [apply({}, "b"), apply({ endpoint: "no URL" }, "d"), apply({}, "c", "a")];
    expect(ids(exporter)).toBe("b");
    const outcomes = await Promise.allSettled(applied);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await exporter.settle();
    expect(ids(exporter)).toBe("c,a");
    expect(exporter.task("c")?.facts?.found).toBe(true);
  });
});

describe("another configuration in mid-run", () => {
  /** One request is under way, and goes well at the second attempt, 10 s later; the other tasks wait for it. */
  async function busy(project: Partial<ProjectConfig> = {}) {
    const faults = { a: { kind: "hang", times: 1 } } as const;
    const exporter = await open({ project: { retries: 1, ...project }, faults });
    await exporter.reload(exporter.configOf({ tasks: taskConfigs("a", "b", "c", "d") }));
    expect(exporter.asked()).toBe("a");
    return exporter;
  }

  test("asks in the same run for what came, no more for what left, and once for the rest", async () => {
    const exporter = await busy();
    await exporter.reload(exporter.configOf({ tasks: taskConfigs("a", "b", "d", "e") }));
    await exporter.clock.advance(11 * second);
    expect(exporter.asked()).toBe("a e b d");
    expect(exporter.state()?.runs).toEqual({ success: 1, partial: 0, failed: 0, skipped: 0 });
    expect(exporter.log.lines.find(({ msg }) => msg === "Run finished")?.fields).toMatchObject({ due: 4, answered: 4 });
  });

  test("leaves what came to the next tick where a start would", async () => {
    const exporter = await busy();
    await exporter.reload(exporter.configOf({ tasks: taskConfigs("a", "e"), runOnStart: false }));
    await exporter.clock.advance(11 * second);
    expect([exporter.asked(), exporter.task("e")?.poll]).toEqual(["a", nextRun(exporter)]);
  });

  test("leaves to another collector what moved there", async () => {
    const exporter = await busy();
    const daily = { schedule: "0 5 * * *", runOnStart: false, tasks: taskConfigs("c", "d") };
    await exporter.reload(exporter.config({ weekend: usual, daily }));
    await exporter.clock.advance(11 * second);
    expect([exporter.asked(), exporter.state()?.runs.success]).toEqual(["a b", 1]);
  });

  test.each([
    ["rate", { rateLimit: 0.001 }, { rateLimit: 1000 }],
    ["number of requests at once, from the next run", {}, { concurrency: 2 }],
  ])("asks at another pace from then on: another %s", async (_, before, after) => {
    const exporter = await busy(before);
    const tasks = taskConfigs("a", "b", "c", "d");
    await exporter.reload(exporter.configOf({ tasks }, after));
    await exporter.clock.advance(11 * second);
    expect([exporter.asked(), exporter.state()?.runs.success]).toEqual(["a b c d", 1]);
    exporter.simulator.setFault("*", { kind: "hang" });
    await exporter.clock.advance(20 * second);
    expect(exporter.asked().split(" ").toSorted()).toEqual("concurrency" in after ? ["a", "b"] : ["a"]);
  });
});

test.each<[string, Partial<ProjectConfig>, string]>([
  ["a hold", {}, "a"],
  ["the pause of a login that was refused", { auth: { method: "token", token: createSecret("wrong") } }, "a b"],
])("another pace does not end %s", async (_, project, asked) => {
  const exporter = await started({ project, faults: { a: { kind: "throttle", retryAfter: 3600, times: 1 } } });
  expect(exporter.asked()).toBe(asked);
  for (const rateLimit of [500, 400, 300]) {
    await exporter.reload(exporter.configOf({}, { rateLimit, timeoutMs: 1_000, retries: 2 }));
    await exporter.clock.advance(second);
  }
  expect(exporter.asked()).toBe("");
});

describe("task files", () => {
  async function withFiles(files: Readonly<Record<string, string>>, collector: Partial<CollectorConfig> = {}) {
    const folder = await tempFolder(files);
    const weekend = { taskFiles: [join(folder, "*.yaml")], ...collector };
    const exporter = await started({ collectors: { weekend } });
    return {
      ...exporter,
      folder,
      weekend,
      write: (name: string, text: string): Promise<void> => writeFile(join(folder, name), text),
      nextRun: () => exporter.clock.advance(30 * second),
    };
  }

  test("of a configuration that was just read are watched from the start, and not read again while they stay", async () => {
    const path = join(await tempFolder({ "x.yaml": "- a\n" }), "x.yaml");
    const look = (before?: WatchedFile) => lookAtFile(path, { env: {}, reservedLabels: new Set() }, before);
    let file = await look();
    // A file that was just written may change without that being seen, so it is read again for a while.
    await eventually(async () => {
      const before = file;
      file = await look(before);
      expect(file).toBe(before);
    });
    const looks: unknown[] = [];
    const exporter = await open({
      async lookAtFile(...asked) {
        const seen = await lookAtFile(...asked);
        looks.push([asked[0], seen === file]);
        return seen;
      },
    });
    const firstLook = { found: new Map([[path, [path]]]), files: new Map([[path, file]]) };
    const config = exporter.configOf({ tasks: [], taskFiles: [path], labels: { team: "x" } });
    const applied = exporter.apply(config, { firstLook });
    expect(exporter.task("a")?.origin.labels).toEqual({ team: "x" });
    await applied;
    await exporter.settle();
    expect(looks).toEqual([[path, true]]);
    expect(exporter.log.messages("info")).not.toContain("Task files changed");
    expect(exporter.asked()).toBe("a");
  });

  test("are looked at before each run: what they list is asked for in that run", async () => {
    const exporter = await withFiles({ "x.yaml": "- a\n" });
    expect([ids(exporter), exporter.asked()]).toEqual(["a", "a"]);
    await exporter.write("x.yaml", "- {id: b, name: db, labels: {team: payments}}\n");
    await exporter.write("y.yaml", "- c\n");
    await exporter.nextRun();
    expect([ids(exporter), exporter.asked()]).toEqual(["b,c", "b c"]);
    expect(exporter.task("b")?.origin).toMatchObject({ name: "db", labels: { team: "payments" } });
    expect(exporter.task("c")?.origin.labels).toEqual({ team: "" });
    expect(exporter.state()).toMatchObject({ taskFilesOk: true, tasks: 2 });
    expect(exporter.log.messages("info")).toContain("Task files changed");
  });

  test("stand beside the tasks of the configuration, and of other collectors, and take none of them away", async () => {
    const exporter = await withFiles({ "x.yaml": "- b\n" }, { tasks: taskConfigs("a") });
    const daily = { schedule: "0 5 * * *", tasks: taskConfigs("d") };
    await exporter.reload(exporter.config({ weekend: exporter.weekend, daily }));
    await exporter.write("x.yaml", "- c\n");
    await exporter.nextRun();
    expect([ids(exporter), exporter.state("daily")?.tasks]).toEqual(["a,d,c", 1]);
    for (const id of ["a", "c", "d"]) expect(exporter.task(id)?.facts?.found).toBe(true);
  });

  test("that go wrong keep their last good content, are told once, and show in the state", async () => {
    const exporter = await withFiles({ "x.yaml": "- a\n" });
    await exporter.write("x.yaml", "- [broken\n");
    for (let run = 0; run < 2; run += 1) await exporter.nextRun();
    expect([ids(exporter), exporter.state()?.taskFilesOk]).toEqual(["a", false]);
    expect(exporter.log.messages("error")).toEqual(["Task file not taken over, its last good content stays"]);
    await exporter.write("x.yaml", "- b\n");
    await exporter.nextRun();
    expect([ids(exporter), exporter.state()?.taskFilesOk]).toEqual(["b", true]);
  });

  test("have all been read for a configuration that comes in force", async () => {
    const exporter = await withFiles({ "x.yaml": "- [broken\n" });
    expect(exporter.state()?.taskFilesOk).toBe(false);
    await exporter.reload(exporter.config());
    expect(exporter.state()?.taskFilesOk).toBe(true);
  });

  test("owe new tasks of another collector that one's next tick: it does not run now", async () => {
    const exporter = await withFiles({ "daily.yml": "[]\n" });
    const daily = { schedule: "0 5 * * *", taskFiles: [join(exporter.folder, "daily.yml")] };
    await exporter.reload(exporter.config({ weekend: exporter.weekend, daily }));
    await exporter.write("daily.yml", "- a\n");
    await exporter.nextRun();
    expect([exporter.task("a")?.poll, exporter.asked()]).toEqual([nextRun(exporter, "daily"), ""]);
  });

  test("of a collector that does not run at the start are read at its first tick", async () => {
    const exporter = await withFiles({ "x.yaml": "- a\n" }, { runOnStart: false });
    expect(ids(exporter)).toBe("");
    await exporter.nextRun();
    expect([ids(exporter), exporter.asked()]).toEqual(["a", "a"]);
    expect(exporter.task("a")?.poll).toMatchObject(nextRun(exporter));
  });
});

describe("drain", () => {
  /** One request is under way, which hangs for ten seconds; the other waits for it. */
  async function busy() {
    const exporter = await started({ faults: { a: { kind: "hang" } } });
    expect(exporter.asked()).toBe("a");
    return exporter;
  }

  test("lets the request under way end, and starts none, nor takes a configuration", async () => {
    const exporter = await busy();
    await exporter.reload(exporter.configOf({ tasks: taskConfigs("a", "b", "c", "d") }));
    const drained = exporter.drain(never);
    await exporter.clock.advance(10 * second);
    await drained;
    expect(exporter.task("a")?.poll.failure?.reason).toBe("timeout");
    await exporter.reload({ projects: [], collectors: [] });
    expect(names(exporter)).toEqual(["weekend"]);
    await exporter.clock.advance(3600 * second);
    expect([exporter.asked(), exporter.task("b")?.poll]).toEqual(["", { nextAt: at(0) }]);
  });

  test.each([
    ["comes", new AbortController()],
    ["has passed", undefined],
  ])("aborts what is under way when its deadline %s; nobody is blamed", async (_, deadline) => {
    const exporter = await busy();
    const drained = exporter.drain(deadline?.signal ?? AbortSignal.abort());
    deadline?.abort();
    await drained;
    expect(exporter.task("a")?.poll).not.toHaveProperty("lastAt");
    expect(exporter.up()).toBeUndefined();
    expect(exporter.state()?.runs).toEqual({ success: 0, partial: 0, failed: 0, skipped: 0 });
    expect(exporter.log.messages()).toEqual([]);
    expect(await exporter.expose()).not.toMatch(/^cbr_api_(?:requests_total|errors_total.* [1-9])/m);
  });

  test("ends waits for a retry", async () => {
    const faults = { a: { kind: "server-error", retryAfter: 25 } } as const;
    const exporter = await started({ project: { retries: 3 }, faults });
    await exporter.drain(never);
    expect(exporter.asked()).toBe("a");
  });

  test.each(["drain", "apply"] as const)("does not wait for a file that hangs: %s", async (what) => {
    const lookAtFile = vi.fn(() => new Promise<never>(() => {}));
    const exporter = await started({ collectors: { weekend: { taskFiles: ["/tasks/x.yaml"] } }, lookAtFile });
    expect(lookAtFile).toHaveBeenCalled();
    if (what === "drain") await exporter.drain(never);
    else await exporter.apply(exporter.config({}));
    expect(exporter.asked()).toBe("");
  });
});

test("certificates that are not verified: a warning at the start, and a word on every line of its collectors", async () => {
  const tls = createAuthority().issue({ names: ["127.0.0.1"] });
  const exporter = await started({
    simulator: { tls, tasks: running },
    project: { tls: { insecureSkipVerify: true } },
  });
  expect(exporter.task("a")?.facts?.log?.status).toBe("running");
  expect(exporter.log.lines[0]).toEqual({
    level: "warn",
    msg: "Certificates are not verified: whoever is between can read the login",
    fields: { project: "prod", tls: "unverified" },
  });
  const others = exporter.log.lines.filter(({ fields }) => "collector" in fields);
  expect(others.length).toBeGreaterThan(0);
  for (const { fields } of others) expect(fields).toMatchObject({ tls: "unverified" });
});
