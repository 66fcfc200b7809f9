import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import { createSecret } from "../../src/base/secret.ts";
import { onlyShard, owns, type Shard } from "../../src/base/shard.ts";
import type { CollectorConfig, Config } from "../../src/config/config.ts";
import type { Body } from "../../src/simulator/listing.ts";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { readKey } from "../../src/storage/key.ts";
import { openFacts } from "../../src/storage/open-facts.ts";
import { runningTask } from "../support/cloud.ts";
import {
  collectorConfig,
  discoverConfig,
  inventoryConfig,
  type ProjectPart,
  projectConfig,
  taskConfigs,
} from "../support/configs.ts";
import { type LiveExporter, startLiveCloud, startLiveExporter } from "../support/live-exporter.ts";
import { newYear } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

type Part = Partial<CollectorConfig>;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "facts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A cloud, and a folder of facts, between which exporters come and go. */
async function openYears(simulator: SimulatorOptions, storage = newFolder()) {
  const cloud = await startLiveCloud(simulator, later(newYear, fromMillis(12 * hour)));
  onTestFinished(() => cloud.simulator.close());
  let running: LiveExporter | undefined;
  onTestFinished(() => running?.close());
  const config = (collector: Part, project: ProjectPart = {}): Config => ({
    projects: [
      projectConfig({
        endpoint: cloud.simulator.url,
        rateLimit: Number.POSITIVE_INFINITY,
        timeoutMs: 10_000,
        ...project,
      }),
    ],
    collectors: [collectorConfig({ name: "nightly", schedule: "*/30 * * * *", ...collector })],
  });
  return {
    ...cloud,
    storage,
    config,
    /** Ends the exporter that runs, and starts another after a while. */
    async start(wanted: Config, offMs = 0, shard: Shard = onlyShard): Promise<LiveExporter> {
      await running?.close();
      running = undefined;
      await cloud.clock.advance(offMs);
      cloud.asked();
      running = await startLiveExporter({ cloud, storage, shard });
      await running.apply(wanted);
      return running;
    },
    async end(): Promise<void> {
      await running?.close();
      running = undefined;
      await cloud.simulator.close();
    },
  };
}

/** What is shown of tasks, but for when they are asked for next. */
async function factsOf(exporter: LiveExporter): Promise<readonly string[]> {
  const lines = (await exporter.expose()).split("\n");
  const isFact = (line: string): boolean =>
    /^cbr_(task|resource|tasks)_/.test(line) && !line.startsWith("cbr_task_poll_next_");
  return lines.filter(isFact).toSorted();
}

const backup = (id: string, run: number, part: Partial<Parameters<typeof timelineTask>[0]> = {}) =>
  timelineTask({ id, life: { wait: 10, run }, ...part });

const fleet = { resources: 20, days: 10 };
const found = { discover: discoverConfig() };

describe("tasks of a list", () => {
  const tasks = [
    backup("done", 60),
    backup("broken", 120, { outcome: "failed" }),
    backup("long", 90 * 60),
    runningTask("stuck"),
  ];
  const listed = { tasks: taskConfigs("done", "broken", "long", "stuck", "gone") };

  test("are shown by the first scrape as by the last, and the cloud is not asked for what had finished", async () => {
    const years = await openYears({ tasks });
    const before = await years.start(years.config(listed));
    years.simulator.setFault("stuck", { kind: "status", status: 503 });
    await years.clock.advance(hour);
    const last = await factsOf(before);
    expect(last).toContain('cbr_task_poll_success{project="prod",task_id="stuck"} 0');
    expect(last).toContain('cbr_tasks_finished_total{project="prod",operation_type="backup",status="failed"} 1');

    const after = await years.start(years.config(listed));
    expect(await factsOf(after)).toEqual(last);
    await years.settle();
    // Of one that is not there the pause goes on, too.
    expect(years.asked().split(" ").toSorted()).toEqual(["long", "stuck"]);
  });

  test("that finish while nobody looks are seen to finish once, by the next that does", async () => {
    const years = await openYears({ tasks });
    await years.start(years.config(listed));
    await years.settle();
    const after = await years.start(years.config(listed), 60 * hour);
    await years.settle();
    const seen = after.task("long")?.facts?.finishSeenAt;
    expect(seen).toBe(years.clock.now());
    const count = 'cbr_tasks_finished_total{project="prod",operation_type="backup",status="success"}';
    expect(await after.value(count)).toBe(2);
    expect(await (await years.start(years.config(listed), minute)).value(count)).toBe(2);
  });

  test("that the cloud has forgotten stay known", async () => {
    const years = await openYears({ tasks });
    await years.start(years.config(listed));
    await years.clock.advance(hour);
    years.simulator.removeTask("done");
    const after = await years.start(years.config(listed), hour);
    await years.settle();
    expect(after.task("done")).toMatchObject({ finished: true, facts: { found: true, log: { status: "success" } } });
    expect(years.asked()).not.toContain("done");
  });

  test("keep since when they fail, and a time that lies ahead becomes now", async () => {
    const years = await openYears({ tasks });
    const before = await years.start(years.config(listed));
    years.simulator.setFault("stuck", { kind: "status", status: 503 });
    await years.clock.advance(hour);
    const since = before.task("stuck")?.poll.failingSince;
    expect(since).toBeDefined();
    const after = await years.start(years.config(listed), hour);
    expect(after.task("stuck")?.poll.failingSince).toBe(since);
    years.clock.setWall(-10 * hour);
    const back = await years.start(years.config(listed));
    expect(back.task("stuck")?.poll.failingSince).toBe(years.clock.now());
    expect(back.task("done")?.finished).toBe(true);
  });

  test("that no answer was for are asked for as if they were new", async () => {
    const years = await openYears({ tasks: [] });
    await years.start(years.config({ tasks: taskConfigs("later"), runOnStart: false }));
    const after = await years.start(years.config({ tasks: taskConfigs("later") }));
    await years.settle();
    expect(after.task("later")?.facts).toMatchObject({ found: false });
  });
});

describe("tasks that are found", () => {
  test("are shown by the first scrape, the resources too; what finishes meanwhile is counted once", async () => {
    const years = await openYears({ fleet });
    const before = await years.start(years.config(found));
    await years.clock.advance(2 * day);
    const last = await factsOf(before);
    const counted = await finishes(before);
    expect(counted).toBeGreaterThan(30);

    const after = await years.start(years.config(found));
    expect(await factsOf(after)).toEqual(last);
    await years.settle();
    expect(await finishes(after)).toBe(counted);
    const later = await years.start(years.config(found), 2 * day);
    await years.settle();
    expect(await finishes(later)).toBe(await finishedSinceNoon(years));
  });

  test("of a resource whose id holds a slash, which stays apart from its namesakes", async () => {
    const backupOf = (id: string) => backup(`task-${id.length}`, 60, { resource: { id, name: id, type: "server" } });
    const years = await openYears({ tasks: [backupOf("a/b"), backupOf("a/bc")] });
    const before = await years.start(years.config(found));
    await years.clock.advance(hour);
    const last = (await factsOf(before)).filter((line) => line.startsWith("cbr_resource_info"));
    expect(last).toHaveLength(2);
    const after = await years.start(years.config(found));
    expect((await factsOf(after)).filter((line) => line.startsWith("cbr_resource_info"))).toEqual(last);
  });

  test("that listings have let go do not come back, and are counted no more", async () => {
    const years = await openYears({ fleet });
    const config = years.config({ discover: discoverConfig({ keepMs: 0 }) });
    const before = await years.start(config);
    await years.clock.advance(day);
    const counted = await finishes(before);
    expect(counted).toBeGreaterThan(10);
    const after = await years.start(config, minute);
    expect([...after.store.records()].filter(({ finished }) => finished)).toEqual([]);
    await years.clock.advance(hour);
    expect(await finishes(after)).toBe(await finishedSinceNoon(years));
  });

  test("under other filters listing begins anew, and counts nothing that was there before", async () => {
    const years = await openYears({ fleet });
    const narrow = { discover: discoverConfig({ vaults: ["no such vault"] }) };
    await years.start(years.config(narrow));
    const after = await years.start(years.config(found), day);
    await years.settle();
    expect(after.store.size).toBeGreaterThan(10);
    expect(await finishes(after)).toBe(0);
  });
});

describe("what left the configuration", () => {
  const tasks = [backup("done", 60), backup("other", 60)];

  test.each([
    ["within 30 days has its facts", 29, true],
    ["later is asked for anew", 32, false],
  ])("and returns %s", async (_, days, isKnown) => {
    const years = await openYears({ tasks });
    await years.start(years.config({ tasks: taskConfigs("done") }));
    await years.clock.advance(hour);
    await years.start(years.config({ tasks: taskConfigs("other") }));
    await years.clock.advance(minute);
    // Each start looks for what nothing wants, and a day later the program that goes on.
    await years.start(years.config({ tasks: taskConfigs("other") }), days * day);
    await years.clock.advance(minute);
    const after = await years.start(years.config({ tasks: taskConfigs("done"), runOnStart: false }));
    expect(after.task("done")?.finished).toBe(isKnown);
  });

  test("since another shard has it by now leaves the folder after 30 days", async () => {
    const server = { id: "server", name: "server", type: "server" };
    const years = await openYears({ tasks: [backup("done", 60, { resource: server })] });
    const shard = [0, 1].map((index) => ({ index, count: 2 })).find((each) => !owns(each, server.id));
    const stored = async (): Promise<readonly (string | undefined)[]> => {
      await years.end();
      const { database } = await openFacts(years.storage, recordedLog());
      const keys = (await database?.keys().all()) ?? [];
      await database?.close();
      return keys.map((key) => readKey(key)?.[0]);
    };
    await years.start(years.config(found));
    await years.clock.advance(hour);
    expect(await stored()).toContain("resource");
    for (const days of [0, 29, 3]) {
      const exporter = await years.start(years.config(found), days * day, shard);
      expect([...exporter.resources.records()]).toEqual([]);
      await years.clock.advance(minute);
      expect((await stored()).includes("resource")).toBe(days !== 3);
    }
  });

  test("and returns by a reload has its facts", async () => {
    const years = await openYears({ tasks });
    const exporter = await years.start(years.config({ tasks: taskConfigs("done", "other") }));
    await years.clock.advance(hour);
    const known = exporter.task("done");
    await exporter.reload(years.config({ tasks: taskConfigs("other") }));
    await years.clock.advance(hour);
    years.asked();
    await exporter.reload(years.config({ tasks: taskConfigs("done", "other") }));
    expect(exporter.task("done")).toEqual(known);
    expect(years.asked()).toBe("");
  });

  test("with its collector, which listed, goes on from there", async () => {
    const years = await openYears({ fleet });
    const exporter = await years.start(years.config(found));
    await years.clock.advance(day);
    const counted = await finishes(exporter);
    await exporter.reload(years.config({ tasks: taskConfigs("any") }));
    await years.clock.advance(hour);
    await exporter.reload(years.config(found));
    expect(exporter.store.size).toBeGreaterThan(10);
    await years.clock.advance(hour);
    expect(await finishes(exporter)).toBe(await finishedSinceNoon(years));
    expect(counted).toBeGreaterThan(10);
  });
});

describe("facts belong to a project of a cloud, however it is called", () => {
  const tasks = [backup("done", 60)];
  const listed = { tasks: taskConfigs("done"), runOnStart: false };
  const anotherId = "11111111111111111111111111111111";

  test.each<[string, (url: string) => ProjectPart, boolean]>([
    ["another name", () => ({ name: "renamed" }), true],
    ["its endpoint in capitals", (url) => ({ endpoint: url.replace("http:", "HTTP:") }), true],
    ["another id", () => ({ id: anotherId }), false],
    ["another endpoint", () => ({ endpoint: "http://127.0.0.1:9" }), false],
  ])("under %s", async (_, part, isKnown) => {
    const years = await openYears({ tasks });
    await years.start(years.config({ ...listed, runOnStart: true }));
    await years.clock.advance(hour);
    const project = part(years.simulator.url);
    const after = await years.start(years.config({ ...listed, project: project.name ?? "prod" }, project));
    expect(after.task("done", project.name)?.finished).toBe(isKnown);
  });

  const byName: ProjectPart = {
    id: undefined,
    region: "ap-southeast-1",
    auth: {
      method: "password",
      domainName: "demo",
      userName: "exporter",
      password: { value: createSecret("demo-password") },
    },
  };

  test("whose id the login finds: known by its name at once, and under the id when that is written", async () => {
    const years = await openYears({ tasks });
    const part = { ...byName, iamEndpoint: years.simulator.url };
    await years.start(years.config({ ...listed, runOnStart: true }, part));
    await years.clock.advance(hour);
    expect((await years.start(years.config(listed, part))).task("done")?.finished).toBe(true);
    expect((await years.start(years.config(listed, { ...part, id: vendorProjectId }))).task("done")?.finished).toBe(
      true,
    );
  });

  test("whose id was written before: known as soon as the login has found it", async () => {
    const years = await openYears({ tasks: [...tasks, runningTask("stuck")] });
    const part = { ...byName, iamEndpoint: years.simulator.url };
    const both = { tasks: taskConfigs("done", "stuck") };
    await years.start(years.config(both, { ...part, id: vendorProjectId }));
    await years.clock.advance(hour);
    years.simulator.removeTask("done");
    const after = await years.start(years.config(both, part));
    await years.clock.advance(minute);
    // The disk takes time of its own.
    await expect.poll(() => after.task("done")).toMatchObject({ finished: true, facts: { found: true } });
  });

  test("whose id is found: what task files list of others stays as it is", async () => {
    const years = await openYears({ tasks: [...tasks, runningTask("other")] });
    const file = join(years.storage, "tasks.yaml");
    writeFileSync(file, "- other\n");
    const part = { ...byName, iamEndpoint: years.simulator.url };
    await years.start(years.config({ tasks: taskConfigs("done") }, { ...part, id: vendorProjectId }));
    await years.clock.advance(hour);
    // It logs in once the file has been read.
    const config = years.config({ ...listed, schedule: "30 * * * * *" }, part);
    const other = projectConfig({ name: "other", id: anotherId, endpoint: "http://127.0.0.1:9" });
    const after = await years.start({
      projects: [...config.projects, other],
      collectors: [
        ...config.collectors,
        collectorConfig({ name: "files", project: "other", taskFiles: [file], schedule: "0 0 1 1 *" }),
      ],
    });
    await expect.poll(() => after.task("other", "other")).toBeDefined();
    const seen = new Set<boolean>();
    after.store.subscribe(() => seen.add(after.task("other", "other") !== undefined));
    await years.clock.advance(minute);
    await expect.poll(() => after.task("done")?.finished).toBe(true);
    expect([...seen]).not.toContain(false);
  });

  test("whose name is given to another project: nothing of the former is taken for its own", async () => {
    const years = await openYears({ tasks });
    const { url, port } = years.simulator;
    const part = { ...byName, endpoint: url, iamEndpoint: url };
    await years.start(years.config({ ...listed, runOnStart: true }, part));
    await years.clock.advance(hour);
    await years.end();
    const others = await openYears({ tasks: [runningTask("done")], projectId: anotherId, port }, years.storage);
    const after = await others.start(others.config({ ...listed, tasks: taskConfigs("done", "other") }, part));
    expect(after.task("done")?.finished).toBe(true);
    await others.clock.advance(hour);
    const running = { finished: false, facts: { log: { status: "running" } } };
    await expect.poll(() => after.task("done")).toMatchObject(running);
    expect(await finishes(after)).toBe(0);
  });
});

describe("first sights of an inventory", () => {
  const estate = { inventory: inventoryConfig() };

  /** When restore points were due, in hours since noon; a server that has no due yet is absent. */
  async function dues(exporter: LiveExporter): Promise<readonly number[]> {
    const lines = (await exporter.scrape()).split("\n");
    const own = lines.filter((line) => line.startsWith("cbr_resource_restore_point_due_timestamp_seconds{"));
    const noon = newYear / 1e6 + 12 * 3600;
    return own.map((line) => Math.floor((Number(line.split(" ").at(-1)) - noon) / 3600)).toSorted((a, b) => a - b);
  }

  /** One of twenty servers has not come yet. */
  async function openWithoutOne() {
    const years = await openYears({ fleet });
    const without = (vault: Body): Body => ({ ...vault, resources: (vault["resources"] as readonly Body[]).slice(1) });
    years.simulator.changeRecords("vaults", (vault) => (vault["name"] === "fleet-01" ? without(vault) : vault));
    await years.start(years.config(estate));
    await years.clock.advance(hour);
    years.simulator.changeRecords("vaults", undefined);
    await years.clock.advance(hour);
    return years;
  }

  test("a server that came before the restart is not asked for an evening before it came", async () => {
    const years = await openWithoutOne();
    const after = await years.start(years.config(estate), minute);
    expect(await dues(after)).toEqual(Array(19).fill(-14));
    await years.clock.advance(16 * hour);
    expect(await dues(after)).toEqual(Array(20).fill(10));
  });

  test("one that came while it was off came at the first look after", async () => {
    const years = await openYears({ fleet });
    years.simulator.changeRecords("vaults", (vault) => ({ ...vault, resources: [] }));
    await years.start(years.config(estate));
    await years.settle();
    await years.clock.advance(hour);
    years.simulator.changeRecords("vaults", undefined);
    expect(await dues(await years.start(years.config(estate), 3 * hour))).toEqual([]);
  });

  test("a policy whose hour was changed before the restart is not asked for an hour that had passed", async () => {
    const years = await openYears({ fleet });
    await years.start(years.config(estate));
    await years.settle();
    const trigger = { properties: { pattern: ["FREQ=DAILY;INTERVAL=1;BYHOUR=4;BYMINUTE=0"] } };
    years.simulator.changeRecords("policies", (policy) => ({ ...policy, trigger }));
    await years.clock.advance(hour);
    const after = await years.start(years.config(estate), minute);
    expect(await dues(after)).toEqual([]);
    await years.clock.advance(22 * hour);
    expect(await dues(after)).toEqual(Array(20).fill(16));
  });

  test("are of a collector's project, and forgotten a while after it has left", async () => {
    const years = await openWithoutOne();
    await years.start(years.config({ ...estate, name: "another" }), minute);
    await years.clock.advance(40 * day);
    const after = await years.start(years.config(estate));
    // Nobody saw it come: it has always been there.
    expect(await dues(after)).toHaveLength(20);
  });
});

async function finishes(exporter: LiveExporter): Promise<number> {
  const lines = (await exporter.scrape()).split("\n").filter((line) => line.startsWith("cbr_tasks_finished_total{"));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** How many tasks of the cloud's that have come since the start have ended, as it says itself. */
async function finishedSinceNoon({ simulator }: Pick<LiveExporter, "simulator">): Promise<number> {
  const url = `${simulator.url}/v3/${vendorProjectId}/operation-logs?start_time=2026-01-01T12:00:00Z`;
  const answer = await fetch(url, { headers: { "x-auth-token": "demo-token" } });
  const { operation_logs: logs } = (await answer.json()) as { operation_logs: readonly { ended_at: string | null }[] };
  return logs.filter(({ ended_at }) => ended_at !== null).length;
}
