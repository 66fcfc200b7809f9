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
import { collectorConfig, discoverConfig, inventoryConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { type LiveCloud, startLiveCloud } from "./support/live-exporter.ts";
import { newYear } from "./support/manual-clock.ts";
import { ofMany, ofOne, type Series, type Shards, startShards, sumsOf, valuesOf } from "./support/shards.ts";

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
  task("copying", at, 1, 2, { operationType: "replication", outcome: at % 3 === 0 ? "failed" : "success" }),
  // Of no resource.
  timelineTask({ id: seededUuid(`vault ${at}`), operationType: "vault_delete", life: { ago: 0, wait: 0, run: 3000 } }),
]);
const found: readonly SimTask[] = all.flatMap((at) => [
  // Makes up for the failure.
  ...(at % 2 === 0 ? [task("again", at, 0, 0.7)] : []),
  task("night before", at, 26, 1),
]);
const laterTasks: readonly SimTask[] = all.flatMap((at) => [
  task("tonight", at, 0, 0.5, { outcome: at % 5 === 0 ? "timeout" : "success" }),
  // Comes and goes between two listings.
  task("quick", at, 0, 0.05, { operationType: "restore" }),
]);
const listedIds = listed.map(({ id }) => id);

const configOf = ({ simulator }: LiveCloud): Config => ({
  projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 10_000 })],
  collectors: [
    collectorConfig({ name: "lists", schedule: "*/15 * * * *", tasks: taskConfigs(...listedIds) }),
    collectorConfig({ name: "nightly", schedule: "*/15 * * * *", discover: discoverConfig() }),
  ],
});

async function cloudAtNoon(): Promise<LiveCloud> {
  const cloud = await startLiveCloud({ tasks: [...listed, ...found] }, later(newYear, fromMillis(12 * hour)));
  onTestFinished(() => cloud.simulator.close());
  return cloud;
}

const start = (cloud: LiveCloud, count: number, storage?: string): Promise<Shards> =>
  startShards(cloud, count, configOf(cloud), storage);

/** Half an hour with the tasks of the start, then as long as the later ones take. */
async function live({ clock, simulator }: LiveCloud): Promise<void> {
  await clock.advance(hour / 2);
  for (const each of laterTasks) simulator.setTask(each);
  await clock.advance(hour);
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
});

const folder = () => mkdtempSync(join(tmpdir(), "cbr-shards-"));
const finishes = /^cbr_tasks_finished_total$/;
/** What the cloud says of a task at any time, and so to whoever asks for it for the first time. */
const isTold = (name: string) => !/^cbr_(task_(poll|status_since|finish_seen)|resource_last_finish_seen)/.test(name);
const toldValues = (series: Series) => new Map([...valuesOf(series)].filter(([name]) => isTold(name)));

test("with a fifth shard only what is the fifth's moves, and what stays keeps its facts", async () => {
  const storage = folder();
  const cloud = await cloudAtNoon();
  const four = await start(cloud, 4, storage);
  await live(cloud);
  const [before, counted] = [await four.shown(ofOne), sumsOf(await four.shown(finishes))];
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
  expect(toldValues(after)).toEqual(toldValues(before));
  expect(sumsOf(await five.shown(finishes))).toEqual(counted);
  for (const id of listedIds) {
    expect(cloud.simulator.requests(id)).toBe((asked.get(id) ?? 0) + (shardOf(id, 5) === 4 ? 1 : 0));
  }
});

test("with one shard less the others take over what it had, and count none of it once more", async () => {
  const storage = folder();
  const cloud = await cloudAtNoon();
  const four = await start(cloud, 4, storage);
  await live(cloud);
  const [before, counted] = [await four.shown(ofOne), await four.shown(finishes)];
  await four.close();
  const three = await start(cloud, 3, storage);
  await cloud.clock.advance(hour / 4);
  expect(toldValues(await three.shown(ofOne))).toEqual(toldValues(before));
  const ofTheRest = [...counted].map(([name, shown]) => [name, shown.filter(({ shard }) => shard < 3)] as const);
  expect(await three.shown(finishes)).toEqual(new Map(ofTheRest.filter(([, shown]) => shown.length > 0)));
});

test("what is another shard's by now is not shown, also while nobody can tell whose it is", async () => {
  const storage = folder();
  const cloud = await cloudAtNoon();
  const four = await start(cloud, 4, storage);
  await live(cloud);
  await four.close();
  cloud.simulator.setFault("ListOpLogs", { kind: "status", status: 500 });
  cloud.simulator.setFault("*", { kind: "status", status: 500 });
  const five = await start(cloud, 5, storage);
  const info = /^cbr_(task|resource)_info$/;
  const after = await five.shown(info);
  cloud.simulator.setFault("ListOpLogs", undefined);
  cloud.simulator.setFault("*", undefined);
  await cloud.clock.advance(hour / 2);
  const healed = await five.shown(info);
  expect(after.size).toBeGreaterThan(50);
  for (const [name, shown] of after) expect([name, shown]).toEqual([name, healed.get(name)]);
  expect(healed.size).toBeGreaterThan(after.size);
});

test("four shards show what one shows of vaults, policies and what they protect, and each lists all of it", async () => {
  const fleet = { resources: 60, perVault: 20, days: 3 };
  const cloudOf = async (): Promise<LiveCloud> => {
    const cloud = await startLiveCloud({ fleet }, later(newYear, fromMillis(12 * hour)));
    onTestFinished(() => cloud.simulator.close());
    return cloud;
  };
  const withInventory = ({ simulator }: LiveCloud): Config => ({
    projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 10_000 })],
    collectors: [
      collectorConfig({
        name: "estate",
        schedule: "0 * * * *",
        inventory: inventoryConfig({ unprotected: ["server"] }),
      }),
    ],
  });
  const [alone, shared] = [await cloudOf(), await cloudOf()];
  const one = await startShards(alone, 1, withInventory(alone));
  const four = await startShards(shared, 4, withInventory(shared));
  for (const cloud of [alone, shared]) await cloud.clock.advance(17 * hour);
  const ofOneThing = /^cbr_(resource|vault|policy)_/;
  expect(valuesOf(await four.shown(ofOneThing))).toEqual(valuesOf(await one.shown(ofOneThing)));
  const unprotected = /^cbr_unprotected_resources$/;
  expect(sumsOf(await four.shown(unprotected))).toEqual(sumsOf(await one.shown(unprotected)));
  for (const operation of ["ListVault", "ListPolicies", "ListBackups", "ListProtectable"] as const) {
    expect(shared.simulator.requestsOf(operation)).toBe(4 * alone.simulator.requestsOf(operation));
  }
});
