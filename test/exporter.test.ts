import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createSecret } from "../src/base/secret.ts";
import type { CollectorConfig, Config, ProjectConfig } from "../src/config/config.ts";
import { lookAtFile, type WatchedFile } from "../src/config/task-files/look-at-files.ts";
import type { ExporterOptions } from "../src/exporter.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../src/simulator/simulator.ts";
import { createAuthority } from "./support/certificates.ts";
import { endedTask, fixedTask, runningTask } from "./support/cloud.ts";
import { collectorConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { eventually } from "./support/eventually.ts";
import { never } from "./support/never.ts";
import { type WatchedExporter, watchedExporter } from "./support/watched-exporter.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function cloud(options: SimulatorOptions = {}): Promise<Simulator> {
  const tasks = ["a", "b", "c"].map(runningTask);
  const simulator = await startSimulator({ latencyMs: [0, 0], tasks, ...options });
  open.push(() => simulator.close());
  return simulator;
}

function exporterOf(options: Partial<ExporterOptions> = {}): WatchedExporter {
  const exporter = watchedExporter(options);
  open.push(() => exporter.close());
  return exporter;
}

/** One project, one collector of tasks `a` and `b`. */
function configOf(
  { url }: Simulator,
  collector: Partial<CollectorConfig> = {},
  project: Partial<ProjectConfig> = {},
): Config {
  return {
    projects: [projectConfig({ endpoint: url, timeoutMs: 5_000, ...project })],
    collectors: [collectorConfig({ tasks: taskConfigs("a", "b"), ...collector })],
  };
}

const ids = ({ store }: WatchedExporter): string => [...store.records()].map(({ taskId }) => taskId).join();

describe("the first configuration", () => {
  test("watches its tasks at once, and polls them", async () => {
    const simulator = await cloud();
    const exporter = exporterOf();
    const applied = exporter.apply(configOf(simulator));
    expect(ids(exporter)).toBe("a,b");
    expect(exporter.up()).toBeUndefined();
    await applied;
    await exporter.idle();
    expect(exporter.task("a")).toMatchObject({
      facts: { log: { status: "running" } },
      origin: { collector: "weekend" },
    });
    expect(exporter.state()).toMatchObject({ tasks: 2, runs: { success: 1 } });
    expect(exporter.up()).toBe(true);
    expect(exporter.projects()[0]?.lastRequestAt).toBeGreaterThan(0);
    expect(exporter.observer().codes).toEqual({ 200: 2 });
  });

  test("without run_on_start waits for the tick, which is when the first poll is owed", async () => {
    const simulator = await cloud();
    const exporter = exporterOf();
    await exporter.apply(configOf(simulator, { runOnStart: false }));
    await exporter.idle();
    expect(simulator.requests()).toBe(0);
    expect(exporter.task("a")?.poll).toEqual({ nextAt: exporter.schedules[0]?.next() });
    await exporter.run();
    expect(simulator.requests()).toBe(2);
  });

  test("without collectors does nothing, and says nothing wrong", async () => {
    const exporter = exporterOf();
    await exporter.apply({ ...configOf(await cloud()), collectors: [] });
    expect([exporter.collectors(), exporter.store.size, exporter.up()]).toEqual([[], 0, undefined]);
  });

  test("with a collector of no known project leaves that out", async () => {
    const exporter = exporterOf();
    await exporter.apply(configOf(await cloud(), { project: "nowhere" }));
    expect(exporter.collectors()).toEqual([]);
  });
});

test("a finished task is never asked for again", async () => {
  const simulator = await cloud({ tasks: [endedTask("a"), runningTask("b")] });
  const exporter = exporterOf();
  await exporter.apply(configOf(simulator));
  await exporter.idle();
  await exporter.run();
  await exporter.apply(configOf(simulator, {}, { retries: 1 }));
  await exporter.apply(configOf(simulator, {}, { region: "another" }));
  await exporter.idle();
  expect([simulator.requests("a"), simulator.requests("b")]).toEqual([1, 3]);
});

describe("another configuration", () => {
  /** An exporter that has polled its first configuration once. */
  async function started(collector: Partial<CollectorConfig> = {}, project: Partial<ProjectConfig> = {}) {
    const simulator = await cloud();
    const exporter = exporterOf();
    await exporter.apply(configOf(simulator, collector, project));
    await exporter.idle();
    return { simulator, exporter };
  }

  test("that is the same disturbs nothing", async () => {
    const { simulator, exporter } = await started({ labels: { team: "x" } });
    const [collectors, task] = [exporter.collectors(), exporter.task("a")];
    await exporter.apply(configOf(simulator, { labels: { team: "x" } }));
    await exporter.idle();
    expect(exporter.collectors()).toEqual(collectors);
    expect(exporter.collectors()[0]).toBe(collectors[0]);
    expect(exporter.task("a")).toBe(task);
    expect(simulator.requests()).toBe(2);
  });

  test.each<[string, Partial<CollectorConfig>, Partial<ProjectConfig>]>([
    ["other labels", { labels: { team: "storage" } }, {}],
    ["other tasks", { tasks: taskConfigs("c", "a") }, {}],
    ["another rate of the project", {}, { rateLimit: 500 }],
  ])("with %s leaves the collector going on, counters and all", async (_, collector, project) => {
    const { simulator, exporter } = await started();
    const facts = exporter.task("a")?.facts;
    const [old] = exporter.collectors();
    const applied = exporter.apply(configOf(simulator, { runOnStart: false, ...collector }, project));
    expect(exporter.task("a")?.facts).toBe(facts);
    await applied;
    expect(exporter.collectors()).toEqual([old]);
    expect(exporter.state()?.runs.success).toBe(1);
    expect(exporter.schedules.map(({ stopped }) => stopped)).toEqual([false]);
    expect(exporter.up()).toBe(true);
    await exporter.run();
    expect(exporter.state()?.runs.success).toBe(2);
  });

  test("with another schedule goes by that one, counters and all, and owes the next polls by it", async () => {
    const { simulator, exporter } = await started();
    const [old] = exporter.collectors();
    await exporter.apply(configOf(simulator, { schedule: "0 * * * *" }));
    expect(exporter.collectors()[0]).toBe(old);
    expect(exporter.schedules.map(({ stopped }) => stopped)).toEqual([true, false]);
    expect(exporter.task("a")?.poll.nextAt).toBe(exporter.schedules[1]?.next());
    await exporter.run();
    expect(exporter.state()?.runs.success).toBe(2);
  });

  test("with another name of the collector keeps the facts of its tasks, but counts anew", async () => {
    const { simulator, exporter } = await started();
    const facts = exporter.task("a")?.facts;
    await exporter.apply(configOf(simulator, { name: "daily", runOnStart: false }));
    expect(exporter.task("a")?.facts).toBe(facts);
    expect(exporter.up()).toBe(true);
    expect(exporter.collectors().map(({ config: { name } }) => name)).toEqual(["daily"]);
    expect(exporter.state("daily")).toMatchObject({ runs: { success: 0 }, tasks: 2 });
  });

  test.each<[string, Partial<ProjectConfig>]>([
    ["another token", { auth: { method: "token", token: createSecret("wrong") } }],
    ["another way of logging in", { auth: { method: "token_file", path: "/nowhere" } }],
  ])("with %s keeps the facts too, but asks anew, and at once, whether the cloud answers", async (_, project) => {
    const { simulator, exporter } = await started();
    const facts = exporter.task("a")?.facts;
    await exporter.apply(configOf(simulator, { runOnStart: false }, project));
    expect([exporter.task("a")?.facts, exporter.up()]).toEqual([facts, undefined]);
    await exporter.idle();
    expect([exporter.task("a")?.facts, exporter.up()]).toEqual([facts, false]);
  });

  test("with a new token sends that one", async () => {
    const { simulator, exporter } = await started({}, { auth: { method: "token", token: createSecret("wrong") } });
    expect(exporter.up()).toBe(false);
    await exporter.apply(configOf(simulator));
    await exporter.idle();
    expect(exporter.up()).toBe(true);
  });

  test("with another token goes on counting a collector's runs", async () => {
    const { simulator, exporter } = await started();
    const { lastRunAt, lastRunSeconds, lastSuccessAt } = exporter.state() ?? {};
    const applied = exporter.apply(configOf(simulator, {}, { region: "another" }));
    expect(exporter.state()).toMatchObject({ runs: { success: 1 }, lastRunAt, lastRunSeconds, lastSuccessAt });
    await applied;
    await exporter.idle();
    expect(exporter.state()?.runs).toEqual({ success: 2, partial: 0, failed: 0, skipped: 0 });
  });

  test("lets a task go at once, before anything else", async () => {
    const { simulator, exporter } = await started();
    const applied = exporter.apply(configOf(simulator, { tasks: taskConfigs("b", "c") }));
    expect(ids(exporter)).toBe("b,c");
    await applied;
    await exporter.idle();
    expect(exporter.task("c")?.facts?.found).toBe(true);
  });

  test("without the collector lets all its tasks go", async () => {
    const { simulator, exporter } = await started();
    const applied = exporter.apply({ ...configOf(simulator), collectors: [] });
    expect(ids(exporter)).toBe("");
    await applied;
    expect(exporter.schedules[0]?.stopped).toBe(true);
  });

  test("moves a task between collectors with its facts", async () => {
    const { simulator, exporter } = await started();
    const facts = exporter.task("a")?.facts;
    const { projects } = configOf(simulator);
    const daily = collectorConfig({ name: "daily", runOnStart: false, tasks: taskConfigs("a") });
    const weekend = collectorConfig({ runOnStart: false, tasks: taskConfigs("b") });
    await exporter.apply({ projects, collectors: [daily, weekend] });
    expect(exporter.task("a")).toMatchObject({ facts, origin: { collector: "daily" } });
    expect(exporter.state("daily")?.tasks).toBe(1);
  });

  test("with another endpoint forgets the facts, whoever answered before", async () => {
    const { exporter } = await started();
    const other = await cloud({ tasks: [fixedTask("a", { id: "a", status: "waiting" })] });
    const applied = exporter.apply(configOf(other));
    expect(exporter.task("a")).not.toHaveProperty("facts");
    expect(exporter.up()).toBeUndefined();
    await applied;
    await exporter.idle();
    expect(exporter.task("a")?.facts?.log).toEqual({ id: "a", status: "waiting" });
    expect(exporter.task("b")?.facts?.found).toBe(false);
  });

  test("with another project id forgets the facts", async () => {
    const { simulator, exporter } = await started();
    await exporter.apply(configOf(simulator, {}, { id: "another-project" }));
    expect(exporter.task("a")).not.toHaveProperty("facts");
    await exporter.idle();
    expect(exporter.task("a")?.poll.failure?.reason).toBe("forbidden");
    expect(exporter.up()).toBe(false);
  });

  test("with another endpoint of one project leaves the other project alone", async () => {
    const [simulator, other] = [await cloud(), await cloud()];
    const exporter = exporterOf();
    const both = (endpoint: string): Config => ({
      projects: [projectConfig({ endpoint }), projectConfig({ name: "test", endpoint: simulator.url })],
      collectors: [
        collectorConfig({ tasks: taskConfigs("a") }),
        collectorConfig({ name: "daily", project: "test", tasks: taskConfigs("a") }),
      ],
    });
    await exporter.apply(both(simulator.url));
    await exporter.idle();
    const [record, collector] = [
      exporter.task("a", "test"),
      exporter.collectors().find((c) => c.config.name === "daily"),
    ];
    const applied = exporter.apply(both(other.url));
    expect(exporter.task("a")).not.toHaveProperty("facts");
    expect(exporter.task("a", "test")).toBe(record);
    expect(exporter.up("test")).toBe(true);
    await applied;
    expect(exporter.collectors()).toContain(collector);
  });

  test("without the project forgets it, also what was counted of it", async () => {
    const { exporter } = await started();
    expect(exporter.observer().codes).toEqual({ 200: 2 });
    await exporter.apply({ projects: [], collectors: [] });
    expect([exporter.store.size, exporter.projects()]).toEqual([0, []]);
    expect(exporter.observer().codes).toEqual({});
  });

  test("ends the old requests, whose tasks the successor asks for", async () => {
    const simulator = await cloud();
    simulator.setFault("*", { kind: "hang", times: 1 });
    const exporter = exporterOf();
    await exporter.apply(configOf(simulator));
    // One request tries the token while the others wait.
    await eventually(() => expect(simulator.requests()).toBe(1));
    await exporter.apply(configOf(simulator, {}, { region: "another" }));
    await exporter.idle();
    expect(simulator.requests()).toBe(3);
    expect(exporter.task("a")?.facts?.found).toBe(true);
    expect(exporter.observer()).toMatchObject({ codes: { 200: 2 }, reasons: {} });
    expect(exporter.state()?.runs).toEqual({ success: 1, partial: 0, failed: 0, skipped: 0 });
  });

  test("waits for the one before it", async () => {
    const { simulator, exporter } = await started();
    const log: string[] = [];
    const applied = [["b"], ["c"], ["a", "c"]].map(async (tasks) => {
      await exporter.apply(configOf(simulator, { tasks: taskConfigs(...tasks) }));
      log.push(ids(exporter));
    });
    expect(ids(exporter)).toBe("b");
    await Promise.all(applied);
    await exporter.idle();
    expect(ids(exporter)).toBe("c,a");
    expect(log.at(-1)).toBe("c,a");
    expect(exporter.observer().codes).toEqual({ 200: simulator.requests() });
  });

  test("comes in force although the one before it could not", async () => {
    const { simulator, exporter } = await started();
    const broken = exporter.apply(configOf(simulator, {}, { endpoint: "no URL" }));
    const next = exporter.apply(configOf(simulator, { tasks: taskConfigs("c") }));
    await expect(broken).rejects.toThrow("Invalid URL");
    await next;
    await exporter.idle();
    expect(exporter.task("c")?.facts?.found).toBe(true);
  });
});

describe("another configuration in mid-run", () => {
  /** One request is under way and hangs; the other tasks wait for it. */
  async function busy(collector: Partial<CollectorConfig> = {}, project: Partial<ProjectConfig> = {}) {
    const names = ["a", "b", "c", "d", "e"];
    const simulator = await cloud({ tasks: names.map(runningTask) });
    simulator.setFault("a", { kind: "hang", times: 1 });
    const exporter = exporterOf();
    const config = (part: Partial<CollectorConfig>, more: Partial<ProjectConfig> = {}) =>
      configOf(
        simulator,
        { tasks: taskConfigs(...names.slice(0, 4)), ...collector, ...part },
        { concurrency: 1, retries: 1, timeoutMs: 300, ...project, ...more },
      );
    await exporter.apply(config({}));
    await eventually(() => expect(simulator.requests()).toBe(1));
    return { simulator, exporter, config };
  }

  test("asks in the same run for what came, no more for what left, and once for the rest", async () => {
    const { simulator, exporter, config } = await busy();
    await exporter.apply(config({ tasks: taskConfigs("a", "b", "d", "e") }));
    await exporter.idle();
    expect(["b", "c", "d", "e"].map((id) => simulator.requests(id))).toEqual([1, 0, 1, 1]);
    expect(exporter.state()?.runs).toEqual({ success: 1, partial: 0, failed: 0, skipped: 0 });
    expect(exporter.log.lines.find(({ msg }) => msg === "Run finished")?.fields).toMatchObject({ due: 4, answered: 4 });
  });

  test("leaves what came to the next tick where a start would", async () => {
    const { simulator, exporter, config } = await busy();
    await exporter.apply(config({ tasks: taskConfigs("a", "e"), runOnStart: false }));
    await exporter.idle();
    expect(simulator.requests("e")).toBe(0);
    expect(exporter.task("e")?.poll).toEqual({ nextAt: exporter.schedules[0]?.next() });
  });

  test("leaves to another collector what moved there", async () => {
    const { simulator, exporter, config } = await busy();
    const { projects, collectors } = config({ tasks: taskConfigs("a", "b") });
    const daily = collectorConfig({ name: "daily", runOnStart: false, tasks: taskConfigs("c", "d") });
    await exporter.apply({ projects, collectors: [...collectors, daily] });
    await exporter.idle();
    expect(["b", "c", "d"].map((id) => simulator.requests(id))).toEqual([1, 0, 0]);
    expect(exporter.state()?.runs.success).toBe(1);
  });

  test("asks at another pace from then on", async () => {
    const { simulator, exporter, config } = await busy({}, { rateLimit: 0.001 });
    await exporter.apply(config({}, { rateLimit: 1000 }));
    await exporter.idle();
    expect(exporter.state()?.runs.success).toBe(1);
    expect(simulator.requests()).toBe(5);
  });
});

describe("another pace", () => {
  test("does not end a hold", async () => {
    const simulator = await cloud();
    simulator.setFault("a", { kind: "throttle", retryAfter: 3600, times: 1 });
    const exporter = exporterOf();
    await exporter.apply(configOf(simulator, {}, { concurrency: 1 }));
    await exporter.idle();
    expect(simulator.requests()).toBe(1);
    for (const rateLimit of [500, 400, 300]) {
      await exporter.apply(configOf(simulator, {}, { rateLimit, concurrency: 4, timeoutMs: 1_000, retries: 2 }));
      await exporter.run();
    }
    expect(simulator.requests()).toBe(1);
  });

  test("does not end the pause of a login that was refused", async () => {
    const simulator = await cloud();
    const exporter = exporterOf();
    const auth = { method: "token", token: createSecret("wrong") } as const;
    const tasks = taskConfigs("a", "b", "c");
    await exporter.apply(configOf(simulator, { tasks }, { auth }));
    await exporter.idle();
    expect(simulator.requests()).toBe(3);
    for (const rateLimit of [500, 400, 300]) {
      await exporter.apply(configOf(simulator, { tasks }, { auth, rateLimit }));
      await exporter.run();
    }
    expect(simulator.requests()).toBe(3);
  });
});

describe("task files", () => {
  async function started(files: Readonly<Record<string, string>>, collector: Partial<CollectorConfig> = {}) {
    const folder = await mkdtemp(join(tmpdir(), "cbr-tasks-"));
    open.push(() => rm(folder, { recursive: true }));
    const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
    for (const [name, text] of Object.entries(files)) await write(name, text);
    const simulator = await cloud();
    const exporter = exporterOf();
    const config = configOf(simulator, { tasks: [], taskFiles: [join(folder, "*.yaml")], ...collector });
    await exporter.apply(config);
    await exporter.idle();
    return { folder, write, simulator, exporter, config };
  }

  test("of a configuration that was just read are watched from the start, and not read again while they stay", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cbr-tasks-"));
    open.push(() => rm(folder, { recursive: true }));
    const path = join(folder, "x.yaml");
    await writeFile(path, "- a\n");
    const look = (before?: WatchedFile) => lookAtFile(path, { env: {}, reservedLabels: new Set() }, before);
    let file = await look();
    // A file that was just written may change without that being seen, so it is read again for a while.
    await eventually(async () => {
      const before = file;
      file = await look(before);
      expect(file).toBe(before);
    });
    const looks: unknown[] = [];
    const simulator = await cloud();
    const exporter = exporterOf({
      async lookAtFile(...asked) {
        const seen = await lookAtFile(...asked);
        looks.push([asked[0], seen === file]);
        return seen;
      },
    });
    const config = configOf(simulator, { tasks: [], taskFiles: [path], labels: { team: "x" } });
    const firstLook = { found: new Map([[path, [path]]]), files: new Map([[path, file]]) };
    const applied = exporter.apply(config, { firstLook });
    expect(exporter.task("a")?.origin.labels).toEqual({ team: "x" });
    await applied;
    await exporter.idle();
    expect(looks).toEqual([[path, true]]);
    expect(exporter.log.messages("info")).not.toContain("Task files changed");
    expect(simulator.requests("a")).toBe(1);
  });

  test("are looked at before each run: what they list is asked for in that run", async () => {
    const { write, exporter, simulator } = await started({ "x.yaml": "- a\n" });
    expect([ids(exporter), simulator.requests("a")]).toEqual(["a", 1]);
    await write("x.yaml", "- {id: b, name: db, labels: {team: payments}}\n");
    await write("y.yaml", "- c\n");
    await exporter.run();
    expect(ids(exporter)).toBe("b,c");
    expect(exporter.task("b")).toMatchObject({
      facts: { found: true },
      origin: { name: "db", labels: { team: "payments" } },
    });
    expect(exporter.task("c")?.origin.labels).toEqual({ team: "" });
    expect(exporter.state()).toMatchObject({ taskFilesOk: true, tasks: 2 });
    expect(exporter.log.messages("info")).toContain("Task files changed");
  });

  test("stand beside the tasks of the configuration, and take none of them away", async () => {
    const { write, exporter } = await started({ "x.yaml": "- b\n" }, { tasks: taskConfigs("a") });
    expect(ids(exporter)).toBe("a,b");
    const facts = exporter.task("a")?.facts;
    await write("x.yaml", "- c\n");
    await exporter.run();
    expect(ids(exporter)).toBe("a,c");
    expect(facts?.found).toBe(true);
    expect(exporter.task("a")?.facts?.found).toBe(true);
  });

  test("that change for one collector take nothing from another", async () => {
    const { write, exporter, config } = await started({});
    const daily = collectorConfig({ name: "daily", tasks: taskConfigs("a") });
    await exporter.apply({ ...config, collectors: [...config.collectors, daily] });
    await exporter.idle();
    await write("x.yaml", "- c\n");
    await exporter.run();
    expect([exporter.state("daily")?.tasks, exporter.state("weekend")?.tasks]).toEqual([1, 1]);
    expect(exporter.task("a")?.facts?.found).toBe(true);
  });

  test("that go wrong keep their last good content, are told once, and show in the state", async () => {
    const { write, exporter } = await started({ "x.yaml": "- a\n" });
    await write("x.yaml", "- [broken\n");
    await exporter.run();
    await exporter.run();
    expect(ids(exporter)).toBe("a");
    expect(exporter.state()?.taskFilesOk).toBe(false);
    expect(exporter.log.messages("error")).toEqual(["Task file not taken over, its last good content stays"]);
    await write("x.yaml", "- b\n");
    await exporter.run();
    expect(ids(exporter)).toBe("b");
    expect(exporter.state()?.taskFilesOk).toBe(true);
  });

  test("of another collector owe its new tasks that one's next tick: it does not run now", async () => {
    const { folder, write, exporter, config } = await started({});
    const daily = collectorConfig({ name: "daily", taskFiles: [join(folder, "daily.yml")] });
    await write("daily.yml", "[]\n");
    await exporter.apply({ ...config, collectors: [...config.collectors, daily] });
    await exporter.idle();
    await write("daily.yml", "- a\n");
    const [weekendTicks, dailyTicks] = exporter.schedules;
    weekendTicks?.tick();
    await exporter.idle();
    expect(exporter.task("a")?.poll).toEqual({ nextAt: dailyTicks?.next() });
  });

  test("of a new task in a collector that does not run at the start owe it the next tick", async () => {
    const { exporter } = await started({ "x.yaml": "- a\n" }, { runOnStart: false });
    expect(ids(exporter)).toBe("");
    await exporter.run();
    expect(exporter.task("a")?.poll.nextAt).toBe(exporter.schedules[0]?.next());
  });
});

describe("drain", () => {
  async function busy(project: Partial<ProjectConfig> = {}) {
    const simulator = await cloud({ latencyMs: [150, 150] });
    const exporter = exporterOf();
    await exporter.apply(configOf(simulator, {}, { concurrency: 1, ...project }));
    await eventually(() => expect(simulator.requests()).toBe(1));
    return { simulator, exporter };
  }

  test("lets the request under way finish, and starts none", async () => {
    const { simulator, exporter } = await busy();
    await exporter.drain(never);
    expect(simulator.requests()).toBe(1);
    expect(exporter.task("a")?.facts?.found).toBe(true);
    expect(exporter.task("b")).not.toHaveProperty("facts");
    for (const schedule of exporter.schedules) schedule.tick();
    await exporter.idle();
    expect(simulator.requests()).toBe(1);
  });

  test("aborts what is under way when its deadline comes; nobody is blamed", async () => {
    const { simulator, exporter } = await busy();
    simulator.setFault("*", { kind: "hang" });
    const deadline = new AbortController();
    const drained = exporter.drain(deadline.signal);
    deadline.abort();
    await drained;
    expect(exporter.task("a")?.poll).not.toHaveProperty("lastAt");
    expect(exporter.observer()).toMatchObject({ codes: {}, reasons: {} });
    expect(exporter.up()).toBeUndefined();
  });

  test("with a deadline that has passed is over at once", async () => {
    const { simulator, exporter } = await busy();
    simulator.setFault("*", { kind: "hang" });
    await exporter.drain(AbortSignal.abort());
    expect(exporter.task("a")?.poll).not.toHaveProperty("lastAt");
  });

  test("ends waits for a retry", async () => {
    const simulator = await cloud();
    simulator.setFault("a", { kind: "server-error", status: 503, retryAfter: 25 });
    const exporter = exporterOf();
    await exporter.apply(configOf(simulator, { tasks: taskConfigs("a") }, { retries: 3 }));
    await eventually(() => expect(exporter.observer().seconds).toHaveLength(1));
    await exporter.drain(never);
    expect(simulator.requests()).toBe(1);
  });

  test.each(["drain", "apply"] as const)("does not wait for a file that hangs: %s", async (what) => {
    const simulator = await cloud();
    const lookAtFile = vi.fn(() => new Promise<never>(() => {}));
    const exporter = exporterOf({ lookAtFile });
    const config = configOf(simulator, { taskFiles: ["/tasks/x.yaml"] });
    await exporter.apply(config);
    await eventually(() => expect(lookAtFile).toHaveBeenCalled());
    const start = performance.now();
    if (what === "drain") await exporter.drain(never);
    else await exporter.apply({ ...config, collectors: [] });
    await exporter.idle();
    // A run itself would wait for ten seconds.
    expect(performance.now() - start).toBeLessThan(9_000);
    expect(simulator.requests()).toBe(0);
  });

  test("takes no configuration any more", async () => {
    const { simulator, exporter } = await busy();
    await exporter.drain(never);
    await exporter.apply({ projects: [], collectors: [] });
    expect(exporter.collectors()).toHaveLength(1);
    expect(simulator.requests()).toBe(1);
  });
});

test("a project whose files are missing is down at once, and asked as any other", async () => {
  const simulator = await cloud();
  const exporter = exporterOf();
  const applied = exporter.apply(configOf(simulator), { broken: new Set(["prod"]) });
  expect(exporter.up()).toBe(false);
  await applied;
  await exporter.idle();
  expect(exporter.up()).toBe(true);
});

test("certificates that are not verified: a warning at the start, and a word on every line of its collectors", async () => {
  const pair = createAuthority().issue({ names: ["127.0.0.1"] });
  const simulator = await cloud({ tls: pair });
  const exporter = exporterOf();
  await exporter.apply(configOf(simulator, {}, { tls: { insecureSkipVerify: true } }));
  await exporter.idle();
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
