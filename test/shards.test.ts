import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../src/base/micros.ts";
import { shardOf } from "../src/base/shard.ts";
import type { Config } from "../src/config/config.ts";
import type { SimTask } from "../src/simulator/tasks/sim-task.ts";
import { type TimelineTaskOptions, timelineTask } from "../src/simulator/tasks/timeline-task.ts";
import { seededUuid } from "../src/simulator/tasks/values.ts";
import { collectorConfig, discoverConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { type LiveCloud, type LiveExporter, startLiveCloud, startLiveExporter } from "./support/live-exporter.ts";
import { newYear } from "./support/manual-clock.ts";

const hour = 3_600_000;
const servers = Array.from({ length: 30 }, (_, at) => ({
  type: "OS::Nova::Server",
  id: seededUuid(`server ${at}`),
  name: `server-${at}`,
}));

/** A task of a server, unless it says otherwise, that began so many hours ago, or will begin, and runs for so many. */
function task(name: string, at: number, ago: number, run: number, part: Partial<TimelineTaskOptions> = {}): SimTask {
  const life = { ago: ago * 3600, wait: 0, run: run * 3600 };
  const resource = servers[at];
  return timelineTask({ id: seededUuid(`${name} ${at}`), life, ...(resource && { resource }), ...part });
}

const all = servers.map((_, at) => at);
/** Some that are over at the start, some that end while it is watched. */
const listed: readonly SimTask[] = all.flatMap((at) => [
  task("failed", at, 5, 1, { outcome: "failed" }),
  task("copying", at, 1, 3, { operationType: "replication", outcome: at % 3 === 0 ? "failed" : "success" }),
  // Of no resource.
  timelineTask({ id: seededUuid(`vault ${at}`), operationType: "vault_delete", life: { ago: 0, wait: 0, run: 7200 } }),
]);
const found: readonly SimTask[] = all.flatMap((at) => [
  // Makes up for the failure.
  ...(at % 2 === 0 ? [task("again", at, 0, 1.5)] : []),
  task("night before", at, 26, 1),
]);
const laterTasks: readonly SimTask[] = all.flatMap((at) => [
  task("tonight", at, 0, 1, { outcome: at % 5 === 0 ? "timeout" : "success" }),
  // Comes and goes between two listings.
  task("quick", at, 0, 0.05, { operationType: "restore" }),
]);
const listedIds = listed.map(({ id }) => id);

const configOf = ({ simulator }: LiveCloud): Config => ({
  projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 10_000 })],
  collectors: [
    collectorConfig({ name: "lists", schedule: "*/5 * * * *", tasks: taskConfigs(...listedIds) }),
    collectorConfig({ name: "nightly", schedule: "*/5 * * * *", discover: discoverConfig() }),
  ],
});

/** Exporters that share one cloud. */
interface Shards {
  readonly cloud: LiveCloud;
  readonly exporters: readonly LiveExporter[];
  /** Which of them show each series of these names, and with which value; those that are 0 are left out. */
  shown(names: RegExp): Promise<ReadonlyMap<string, readonly Shown[]>>;
  close(): Promise<void>;
}

interface Shown {
  readonly shard: number;
  readonly value: number;
}

async function start(cloud: LiveCloud, count: number, storage?: string): Promise<Shards> {
  const exporters: LiveExporter[] = [];
  for (let index = 0; index < count; index += 1) {
    const folder = storage === undefined ? {} : { storage: join(storage, `${index}`) };
    exporters.push(await startLiveExporter({ cloud, shard: { index, count }, ...folder }));
  }
  for (const exporter of exporters) await exporter.reload(configOf(cloud));
  return {
    cloud,
    exporters,
    async shown(names) {
      await cloud.clock.advance(1_000);
      const shown = new Map<string, Shown[]>();
      for (const [shard, exporter] of exporters.entries()) {
        for (const line of (await exporter.expose()).split("\n")) {
          const [, series = "", name = "", text = ""] = /^((\w+)(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
          const value = Number(text);
          if (!names.test(name) || value === 0) continue;
          shown.set(series, [...(shown.get(series) ?? []), { shard, value }]);
        }
      }
      return shown;
    },
    async close() {
      for (const exporter of exporters) await exporter.close();
    },
  };
}

async function cloudAtNoon(): Promise<LiveCloud> {
  const cloud = await startLiveCloud({ tasks: [...listed, ...found] }, later(newYear, fromMillis(12 * hour)));
  onTestFinished(() => cloud.simulator.close());
  return cloud;
}

/** An hour with the tasks of the start, then as long as the later ones take. */
async function live({ clock, simulator }: LiveCloud): Promise<void> {
  await clock.advance(hour);
  for (const each of laterTasks) simulator.setTask(each);
  await clock.advance(3 * hour);
}

/** Of one task, or of one resource. */
const ofOne = /^cbr_(task|resource)_/;
const ofMany = /^cbr_(tasks|tasks_finished_total|finished_task_duration_seconds_(count|sum)|collector_tasks)$/;

type Series = Awaited<ReturnType<Shards["shown"]>>;

function valuesOf(series: Series): ReadonlyMap<string, readonly number[]> {
  return new Map([...series].map(([name, shown]) => [name, shown.map(({ value }) => value)] as const).sort());
}

function sumsOf(series: Series): ReadonlyMap<string, number> {
  return new Map([...valuesOf(series)].map(([name, values]) => [name, values.reduce((sum, value) => sum + value, 0)]));
}

test("four shards show what one exporter shows, each thing once, and ask for each task as often", async () => {
  const [alone, shared] = [await cloudAtNoon(), await cloudAtNoon()];
  const [one, four] = [await start(alone, 1), await start(shared, 4)];
  for (const cloud of [alone, shared]) await live(cloud);

  const series = await four.shown(ofOne);
  expect(valuesOf(series)).toEqual(valuesOf(await one.shown(ofOne)));
  expect(sumsOf(await four.shown(ofMany))).toEqual(sumsOf(await one.shown(ofMany)));
  const requests = ({ simulator }: LiveCloud) =>
    [...listed, ...found, ...laterTasks].map(({ id }) => simulator.requests(id));
  expect(requests(shared)).toEqual(requests(alone));

  // What a success on another shard has made up for.
  const madeUpFor = all.filter((at) => {
    const key = `cbr_task_superseded{project="prod",task_id="${seededUuid(`failed ${at}`)}"}`;
    const [{ shard } = { shard: undefined }] = series.get(key) ?? [];
    return shard !== undefined && shard !== shardOf(servers[at]?.id ?? "", 4);
  });
  expect(madeUpFor.length).toBeGreaterThan(5);
  await one.close();
  await four.close();
});

test("with a fifth shard only what is the fifth's moves, and what stays keeps its facts", async () => {
  const storage = mkdtempSync(join(tmpdir(), "cbr-shards-"));
  const cloud = await cloudAtNoon();
  const four = await start(cloud, 4, storage);
  await live(cloud);
  const [before, counted] = [await four.shown(ofOne), sumsOf(await four.shown(/^cbr_tasks_finished_total$/))];
  await four.close();
  const asked = new Map(listedIds.map((id) => [id, cloud.simulator.requests(id)]));

  const five = await start(cloud, 5, storage);
  await cloud.clock.advance(hour / 4);
  const after = await five.shown(ofOne);
  const isOfFifth = (name: string): boolean => after.get(name)?.[0]?.shard === 4;
  const stays = (series: Series) => new Map([...series].filter(([name]) => !isOfFifth(name)));
  const told = new Map([...before].filter(([name]) => after.has(name)));
  expect(stays(after)).toEqual(stays(told));
  // The fifth learns of its own anew, but for what those before it have seen.
  const moved = [...after.keys()].filter(isOfFifth);
  expect(moved.length).toBeGreaterThan(after.size / 10);
  expect(moved.length).toBeLessThan(after.size / 3);
  const isTold = (name: string) => !/^cbr_(task_(poll|status_since|finish_seen)|resource_last_finish_seen)/.test(name);
  const values = (series: Series) => new Map([...valuesOf(series)].filter(([name]) => isTold(name)));
  expect(values(after)).toEqual(values(before));
  expect(sumsOf(await five.shown(/^cbr_tasks_finished_total$/))).toEqual(counted);
  for (const id of listedIds) {
    expect(cloud.simulator.requests(id)).toBe((asked.get(id) ?? 0) + (shardOf(id, 5) === 4 ? 1 : 0));
  }
  await five.close();
});
