import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fromMillis, later, type Micros, micros } from "../../src/base/micros.ts";
import { type Shard, shardOf } from "../../src/base/shard.ts";
import { createDiscovery, type DiscoveryMemory } from "../../src/collect/discovery.ts";
import type { Config } from "../../src/config/config.ts";
import type { SimTask } from "../../src/simulator/tasks/sim-task.ts";
import { type TimelineTaskOptions, timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import type { OperationLog, TaskId } from "../../src/tasks/operation-log.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { collectorConfig, discoverConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { type LiveCloud, startLiveCloud } from "../support/live-exporter.ts";
import { manualClock, newYear } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";
import { type Series, startShards } from "../support/shards.ts";

const hour = 3_600_000;

/** An id that is the first shard's of two, or the second's. */
function idOf(shard: 0 | 1, name: string): string {
  for (let at = 0; ; at += 1) if (shardOf(`${name}-${at}`, 2) === shard) return `${name}-${at}`;
}

const task = idOf(0, "task");
const server = { type: "OS::Nova::Server", id: idOf(1, "server"), name: "db" };

/** A backup of the second shard's server whose id is the first's, in hours. */
function backup(ago: number, run: number, part: Partial<TimelineTaskOptions> = {}): SimTask {
  return timelineTask({ id: task, life: { ago: ago * 3600, wait: 0, run: run * 3600 }, resource: server, ...part });
}

async function cloudOf(...tasks: readonly SimTask[]): Promise<LiveCloud> {
  const cloud = await startLiveCloud({ tasks }, later(newYear, fromMillis(12 * hour)));
  onTestFinished(() => cloud.simulator.close());
  return cloud;
}

/** A collector that lists these tasks, and one that finds all. */
const configOf = ({ simulator }: LiveCloud, ...listed: readonly TaskId[]): Config => ({
  projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 10_000 })],
  collectors: [
    collectorConfig({ name: "lists", schedule: "*/30 * * * *", tasks: taskConfigs(...listed) }),
    collectorConfig({ name: "nightly", schedule: "*/30 * * * *", discover: discoverConfig() }),
  ],
});

/** The shards that show any series. */
const shardsOf = (series: Series) => [...series.values()].map((shown) => shown.map(({ shard }) => shard));
const finishes = /^cbr_tasks_finished_total$/;

test("a listed task is polled by its own shard, and its end is counted by that of its resource, however late it comes", async () => {
  const cloud = await cloudOf(backup(10, 20));
  const two = await startShards(cloud, 2, configOf(cloud, task));
  await cloud.clock.advance(9.9 * hour);
  expect(shardsOf(await two.shown(finishes))).toEqual([]);
  expect(shardsOf(await two.shown(/^cbr_tasks$/))).toEqual([[0]]);
  const polls = cloud.simulator.requests(task);
  expect(polls).toBe(20);
  await cloud.clock.advance(hour);
  expect(shardsOf(await two.shown(/^cbr_task_info$/))).toEqual([[0]]);
  expect(shardsOf(await two.shown(/^cbr_(tasks_finished_total|resource_last_status)$/))).toEqual([[1], [1]]);
  expect(cloud.simulator.requests(task)).toBe(polls + 1);
});

test("what another shard polls, and listings show no more, is let go", async () => {
  const cloud = await cloudOf(backup(1, 20));
  const { exporters } = await startShards(cloud, 2, configOf(cloud, task));
  await cloud.clock.advance(hour);
  expect(exporters.map(({ store }) => store.size)).toEqual([1, 1]);
  cloud.simulator.removeTask(task);
  await cloud.clock.advance(hour);
  expect(exporters.map(({ store }) => store.size)).toEqual([1, 0]);
});

test("a task that names its resource only once it runs moves to that one's shard, without a poll", async () => {
  const { id, body } = backup(0, 1, { life: { ago: 0, wait: 7200, run: 3600 } });
  const cloud = await cloudOf({
    id,
    body(moment) {
      const log = body(moment);
      const { resource: _, ...others } = log["extra_info"] as Readonly<Record<string, unknown>>;
      return log["status"] === "waiting" ? { ...log, extra_info: others } : log;
    },
  });
  const two = await startShards(cloud, 2, configOf(cloud));
  await cloud.clock.advance(hour);
  expect(shardsOf(await two.shown(/^cbr_task_info$/))).toEqual([[0]]);
  await cloud.clock.advance(1.5 * hour);
  expect(shardsOf(await two.shown(/^cbr_(task|resource)_info$/))).toEqual([[1], [1]]);
  await cloud.clock.advance(hour);
  expect(shardsOf(await two.shown(finishes))).toEqual([[1]]);
  expect(cloud.simulator.requests()).toBe(0);
});

test("after a restart too a success of another shard makes up for a failure that is listed only then", async () => {
  const storage = mkdtempSync(join(tmpdir(), "cbr-shards-"));
  const failed = backup(14, 1, { outcome: "failed" });
  const cloud = await cloudOf(failed, backup(11, 1, { id: idOf(1, "again") }));
  const before = await startShards(cloud, 2, configOf(cloud), storage);
  await cloud.clock.advance(hour);
  await before.close();
  const two = await startShards(cloud, 2, configOf(cloud), storage);
  await cloud.clock.advance(hour);
  for (const exporter of two.exporters) await exporter.reload(configOf(cloud, task));
  const superseded = await two.shown(/^cbr_task_superseded$/);
  expect(superseded.get(`cbr_task_superseded{project="prod",task_id="${task}"}`)).toEqual([{ shard: 0, value: 1 }]);
});

/** Discovery of the first of two shards whose cloud lists whatever it is told to. @param areElsewhere who polls its tasks */
function discovering(before?: DiscoveryMemory, areElsewhere = false) {
  const shard: Shard = { index: 0, count: 2 };
  const store = createTaskStore();
  const starts: (Micros | undefined)[] = [];
  let logs: readonly OperationLog[] = [];
  let isRepeating = false;
  let found: readonly TaskId[] = [];
  const elsewhere: TaskId[] = [];
  const discovery = createDiscovery({
    project: "prod",
    collector: "nightly",
    config: discoverConfig(),
    shard,
    api: {
      skewMs: () => 0,
      async listOperationLogs({ startTime, offset }) {
        if (offset === 0) starts.push(startTime);
        const page = isRepeating ? logs : logs.slice(offset, offset + 1000);
        return { received: page.length, records: page, invalidFields: [] };
      },
    },
    store,
    clock: manualClock(),
    log: recordedLog(),
    watch(ids) {
      found = ids;
      const origin = { collector: "nightly", labels: {}, ...(areElsewhere && { elsewhere: true as const }) };
      const members = ids.map((taskId) => ({ project: "prod", taskId, origin, dueAt: newYear }));
      store.setSources(new Map([["nightly discovered", { members, rank: 0 }]]));
    },
    onElsewhere: (shown) => elsewhere.push(...shown.map(({ id }) => id)),
    before,
  });
  return {
    starts,
    elsewhere,
    found: () => found,
    discovery,
    async list(...shown: readonly OperationLog[]) {
      logs = shown;
      isRepeating = shown.length === 1000;
      await discovery.list({ at: newYear, nextTick: () => newYear, signal: new AbortController().signal });
    },
  };
}

const hoursAgo = (hours: number) => micros(newYear - hours * hour * 1000);
const ended = (id: string): OperationLog => ({
  id,
  status: "success",
  createdAt: hoursAgo(10),
  startedAt: hoursAgo(10),
  endedAt: hoursAgo(9),
});

test("a listing's pages are reckoned with the tasks of all shards, of which each knows its own", async () => {
  const { list, starts } = discovering();
  const running = [1, 2].map(
    (at): OperationLog => ({ id: idOf(0, `long-${at}`), status: "running", createdAt: hoursAgo(20) }),
  );
  const own = Array.from({ length: 700 }, (_, at) => ended(idOf(0, `t${at}`)));
  await list(...running, ...own);
  await list();
  // Two requests for the two that run cost no more than the second page of as many tasks again.
  expect(starts[1]).toBe(hoursAgo(6));
});

test("each listing tells of what others count, and takes over its own", async () => {
  const { list, found, elsewhere } = discovering();
  const [own, other, ofOther] = [
    ended(idOf(0, "a")),
    ended(idOf(1, "b")),
    { ...ended(idOf(0, "c")), resourceId: server.id },
  ];
  await list(own, other, ofOther);
  expect(found()).toEqual([own.id]);
  await list(own, other, ofOther);
  expect(elsewhere).toEqual([other.id, ofOther.id, other.id, ofOther.id]);
});

test("a listing that was cut lets nothing go", async () => {
  const { list, found } = discovering(undefined, true);
  const unfinished: OperationLog = { id: idOf(0, "a"), status: "running", createdAt: hoursAgo(2) };
  await list(unfinished);
  // The cloud begins anew after its first page, without end.
  await list(...Array.from({ length: 1000 }, (_, at) => ended(idOf(1, `t${at}`))));
  expect(found()).toEqual([unfinished.id]);
  await list();
  expect(found()).toEqual([]);
});

test.each([
  ["as many shards", { index: 0, count: 2 }, false],
  ["another number of shards", { index: 0, count: 3 }, true],
])("what listings showed %s is known, and what comes after another number is not counted", async (_, shard, isAnew) => {
  const known = ended(idOf(0, "a"));
  const { list, found, discovery } = discovering({
    config: discoverConfig(),
    shard,
    firstListedAt: hoursAgo(48),
    listedAt: hoursAgo(8),
    known: new Map([[known.id, hoursAgo(10)]]),
    found: [],
  });
  await list(known);
  expect(found()).toEqual(isAnew ? [known.id] : []);
  expect(discovery.memory()).toMatchObject({
    shard: { index: 0, count: 2 },
    firstListedAt: isAnew ? newYear : hoursAgo(48),
  });
});
