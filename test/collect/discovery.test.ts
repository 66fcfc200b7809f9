import { describe, expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import { createSecret } from "../../src/base/secret.ts";
import { onlyShard } from "../../src/base/shard.ts";
import type { Page } from "../../src/cbr/project-api.ts";
import { createDiscovery } from "../../src/collect/discovery.ts";
import type { CollectorConfig, Config, DiscoverConfig } from "../../src/config/config.ts";
import type { ListingManner } from "../../src/simulator/listing.ts";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";
import { type SimTask, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { type TimelineTaskOptions, timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { collectorConfig, discoverConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { type LiveExporter, openLiveExporter, startLiveCloud } from "../support/live-exporter.ts";
import { manualClock, newYear } from "../support/manual-clock.ts";
import { recordedLog } from "../support/recorded-log.ts";

const hour = 3_600_000;
const day = 24 * hour;

const fleet = { resources: 20, days: 10 };

interface Setup {
  readonly discover?: Partial<DiscoverConfig>;
  readonly collector?: Partial<CollectorConfig>;
  readonly simulator?: SimulatorOptions;
}

/** An exporter with a collector that discovers, each half hour, from noon on, so that nights are whole. */
async function discovering({ discover, collector, simulator }: Setup = {}) {
  const cloud = await startLiveCloud({ tasks: [], ...(simulator ?? { fleet }) }, later(newYear, fromMillis(12 * hour)));
  onTestFinished(() => cloud.simulator.close());
  const exporter = await openLiveExporter({ cloud });
  const config = (
    other: Partial<DiscoverConfig> | undefined = discover,
    part: Partial<CollectorConfig> = {},
  ): Config => ({
    projects: [
      projectConfig({ endpoint: cloud.simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 10_000 }),
    ],
    collectors: [
      collectorConfig({
        name: "nightly",
        schedule: "*/30 * * * *",
        discover: discoverConfig(other),
        ...collector,
        ...part,
      }),
    ],
  });
  await exporter.reload(config());
  const requests = async (): Promise<number> =>
    (await exporter.value('cbr_api_requests_total{project="prod",operation="ListOpLogs",code="200"}')) ?? 0;
  return { ...exporter, config, requests, seriesOf: seriesOf(exporter) };
}

/** How many tasks of the cloud's that have come since the start have ended, as it says itself. */
async function finishedSinceNoon({ simulator }: LiveExporter): Promise<number> {
  const url = `${simulator.url}/v3/${vendorProjectId}/operation-logs?start_time=2026-01-01T12:00:00Z`;
  const answer = await fetch(url, { headers: { "x-auth-token": "demo-token" } });
  const { operation_logs: logs } = (await answer.json()) as { operation_logs: readonly { ended_at: string | null }[] };
  return logs.filter(({ ended_at }) => ended_at !== null).length;
}

const seriesOf = (exporter: LiveExporter) => async (name: string) =>
  (await exporter.scrape()).split("\n").filter((line) => line.startsWith(`${name}{`) && !line.endsWith(" 0"));

async function sum(exporter: { seriesOf(name: string): Promise<readonly string[]> }, name: string): Promise<number> {
  const lines = await exporter.seriesOf(name);
  return lines.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
}

test("the first listing fills the window: aggregates of seven nights, series of the last day's tasks alone", async () => {
  const exporter = await discovering();
  const infos = await exporter.seriesOf("cbr_resource_info");
  expect(infos).toHaveLength(20);
  expect(await exporter.seriesOf("cbr_resource_last_success_timestamp_seconds")).toHaveLength(20);
  const tasks = await exporter.seriesOf("cbr_task_info");
  expect(tasks.length).toBeGreaterThan(15);
  expect(tasks.length).toBeLessThan(25);
  expect(await exporter.seriesOf("cbr_tasks_finished_total")).toEqual([]);
  expect(await exporter.value('cbr_up{project="prod"}')).toBe(1);
  expect(exporter.simulator.requests()).toBe(0);
});

describe.each<[string, ListingManner]>([
  ["in the order of ids", {}],
  ["newest first, with the total as count", { order: "newest", count: "total" }],
  ["in no order, with records that come again", { order: "any", repeats: true }],
  ["of tasks that have started", { timeOf: "started_at" }],
])("a cloud that lists %s", (_, listing) => {
  test("every finish of two nights is counted once, none is lost", async () => {
    const exporter = await discovering({ simulator: { listing, fleet } });
    await exporter.clock.advance(2 * day);
    const counted = await sum(exporter, "cbr_tasks_finished_total");
    expect(counted).toBe(await finishedSinceNoon(exporter));
    expect(counted).toBeGreaterThan(35);
  });
});

/** A backup of the server of its name that began so many hours ago, or will begin, and takes one. */
const backup = (id: string, hoursAgo: number, part: Partial<TimelineTaskOptions> = {}): SimTask =>
  timelineTask({
    id,
    life: { ago: hoursAgo * 3600, wait: 0, run: 3600 },
    resource: { type: "OS::Nova::Server", id: `server-${id}`, name: id },
    ...part,
  });

/** Without a fleet. */
const cloudOf = (...tasks: readonly SimTask[]): SimulatorOptions => ({ tasks });

const idsOf = (lines: readonly string[]) => lines.map((line) => /task_id="([^"]*)"/.exec(line)?.[1]).sort();

test("each later listing of a quiet cloud is two requests, the first that has a page another", async () => {
  const exporter = await discovering({ simulator: cloudOf(backup("a", 30)) });
  expect(await exporter.requests()).toBe(2);
  await exporter.clock.advance(24 * hour);
  // Nothing is within the last hours: the page that ends the listing alone.
  expect(await exporter.requests()).toBe(2 + 48);
  expect(await exporter.value('cbr_discovery_pages_total{project="prod",collector="nightly"}')).toBe(2 + 48);
});

test("a task keeps its series for as long as it is told after its end; its resource goes on", async () => {
  const exporter = await discovering({
    simulator: cloudOf(backup("ended", 30), backup("runs", 0.5)),
    discover: { keepMs: 2 * hour },
  });
  expect(idsOf(await exporter.seriesOf("cbr_task_info"))).toEqual(["runs"]);
  await exporter.clock.advance(2 * hour);
  expect(idsOf(await exporter.seriesOf("cbr_task_info"))).toEqual(["runs"]);
  await exporter.clock.advance(hour);
  expect(await exporter.seriesOf("cbr_task_info")).toEqual([]);
  expect(await exporter.seriesOf("cbr_resource_info")).toHaveLength(2);
  expect(await exporter.seriesOf("cbr_tasks_finished_total")).toEqual([
    'cbr_tasks_finished_total{project="prod",operation_type="backup",status="success"} 1',
  ]);
});

test("with keep: 0s finished tasks have no series at all, and are counted all the same", async () => {
  const exporter = await discovering({ discover: { keepMs: 0 } });
  expect(await exporter.seriesOf("cbr_task_info")).toEqual([]);
  await exporter.clock.advance(24 * hour);
  expect(await exporter.seriesOf("cbr_task_info")).toEqual([]);
  expect(await exporter.seriesOf("cbr_resource_last_status")).toHaveLength(20);
  expect(await sum(exporter, "cbr_tasks_finished_total")).toBeGreaterThan(17);
});

test("max_tasks keeps the newest, and every unfinished one; what it cuts is counted and told", async () => {
  const tasks = [backup("old", 20), backup("older", 21), backup("new", 3), backup("runs", 0.5)];
  const exporter = await discovering({ simulator: cloudOf(...tasks), discover: { maxTasks: 2 } });
  expect(idsOf(await exporter.seriesOf("cbr_task_info"))).toEqual(["new", "runs"]);
  await exporter.clock.advance(hour);
  expect(await exporter.value('cbr_discovery_tasks_dropped_total{project="prod",collector="nightly"}')).toBe(2);
  expect(exporter.log.messages("warn")).toEqual([
    "More tasks than max_tasks, the oldest finished ones have no series of their own",
  ]);
  const none = await discovering({ simulator: cloudOf(...tasks), discover: { maxTasks: 0 } });
  expect(idsOf(await none.seriesOf("cbr_task_info"))).toEqual(["runs"]);
  expect(await none.seriesOf("cbr_resource_info")).toHaveLength(4);
});

test.each<[string, Partial<DiscoverConfig>, readonly string[]]>([
  ["an operation", { operationTypes: ["restore"] }, ["b"]],
  ["several operations", { operationTypes: ["restore", "copy"] }, ["b", "c"]],
  ["a vault by its name", { vaults: ["gold"] }, ["a"]],
  ["resources by id and by name", { resources: ["server-a", "c"] }, ["a", "c"]],
  ["both", { vaults: ["gold"], resources: ["b"] }, []],
])("of a cloud's tasks those of %s are taken", async (_, discover, ids) => {
  const tasks = [
    backup("a", 2, { vaultName: "gold" }),
    backup("b", 2, { operationType: "restore" }),
    backup("c", 2, { operationType: "copy" }),
  ];
  const exporter = await discovering({ simulator: cloudOf(...tasks), discover });
  expect(idsOf(await exporter.seriesOf("cbr_task_info"))).toEqual(ids);
});

test("a task that is also listed belongs to the list, and moves between the two with its facts", async () => {
  const exporter = await discovering({ simulator: cloudOf(backup("a", 0.5)) });
  const config = (ids: readonly string[]) =>
    exporter.config({}, { tasks: taskConfigs(...ids), schedule: "*/2 * * * *" });
  const seen = (await exporter.seriesOf("cbr_task_status_since_timestamp_seconds"))[0];
  for (const ids of [["a"], [], ["a"], []]) {
    await exporter.reload(config(ids));
    // Also where it is listed meanwhile.
    await exporter.clock.advance(5 * 60_000);
    expect(await exporter.seriesOf("cbr_task_status_since_timestamp_seconds")).toEqual([seen]);
  }
  await exporter.clock.advance(2 * hour);
  expect(await exporter.seriesOf("cbr_task_status")).toHaveLength(1);
  expect(await sum(exporter, "cbr_tasks_finished_total")).toBe(1);
});

test("an unfinished task that the listing does not show is asked for by itself; one that is gone leaves after a day", async () => {
  const exporter = await discovering({
    simulator: cloudOf(backup("a", 9, { life: { ago: 9 * 3600, wait: 0, run: 1e6 } })),
  });
  expect(exporter.asked()).toBe("");
  // Far more has come since it began than asking for it costs.
  exporter.simulator.removeTask("a");
  await exporter.clock.advance(hour);
  expect(exporter.asked()).toMatch(/^a( a)*$/);
  expect(await exporter.value('cbr_task_found{project="prod",task_id="a"}')).toBe(0);
  await exporter.clock.advance(25 * hour);
  expect(await exporter.seriesOf("cbr_task_config_info")).toEqual([]);
});

test("a listing that fails is a failed poll of all it covers, told once, made up for, and the project is down", async () => {
  const exporter = await discovering({ simulator: cloudOf(backup("a", 0.5), backup("b", 0.5)) });
  exporter.simulator.setFault("cbr:list", { kind: "status", status: 403 });
  await exporter.clock.advance(hour / 2 + 1000);
  expect(await exporter.value('cbr_up{project="prod"}')).toBe(0);
  expect(await exporter.value('cbr_task_poll_success{project="prod",task_id="b"}')).toBe(0);
  const told = exporter.log.lines
    .filter(({ level }) => level === "warn")
    .map(({ msg, fields }) => [msg, fields["reason"]]);
  expect(told).toEqual([
    ["The cloud does not answer", "forbidden"],
    ["Listing failed", "forbidden"],
  ]);
  exporter.simulator.setFault("cbr:list", undefined);
  await exporter.clock.advance(60_000);
  expect(await exporter.value('cbr_up{project="prod"}')).toBe(1);
  expect(await exporter.value('cbr_task_poll_success{project="prod",task_id="b"}')).toBe(1);
  expect(exporter.log.messages("info")).toContain("Listing succeeds again");
});

test("after an outage of four hours nothing is lost", async () => {
  const exporter = await discovering();
  await exporter.clock.advance(9 * hour);
  exporter.simulator.setFault("cbr:list", { kind: "server-error", status: 503 });
  await exporter.clock.advance(4 * hour);
  exporter.simulator.setFault("cbr:list", undefined);
  await exporter.clock.advance(5 * hour);
  expect(await sum(exporter, "cbr_tasks_finished_total")).toBe(await finishedSinceNoon(exporter));
});

test("other filters hold at once; without discover its tasks go, and with it they are there again at once", async () => {
  const exporter = await discovering({
    simulator: cloudOf(backup("a", 2), backup("b", 2, { operationType: "restore" })),
  });
  const { discover: _, ...plain } = exporter.config().collectors[0] as CollectorConfig;
  const shown = async () => idsOf(await exporter.seriesOf("cbr_task_info"));
  expect(await shown()).toEqual(["a", "b"]);
  await exporter.reload(exporter.config({ operationTypes: ["backup"] }));
  expect(await shown()).toEqual(["a"]);
  await exporter.reload({ ...exporter.config(), collectors: [plain] });
  expect(await shown()).toEqual([]);
  await exporter.reload(exporter.config());
  expect(await shown()).toEqual(["a", "b"]);
  const before = await exporter.requests();
  // Nothing that concerns listings has changed, or it is to wait for its schedule.
  await exporter.reload(exporter.config({}, { labels: { team: "storage" } }));
  await exporter.reload(exporter.config({ operationTypes: ["backup"] }, { runOnStart: false }));
  expect(await exporter.requests()).toBe(before);
  expect(await shown()).toEqual(["a", "b"]);
  await exporter.clock.advance(hour / 2);
  expect(await shown()).toEqual(["a"]);
});

test("the last of several changes holds, whichever of them had its listing", async () => {
  const exporter = await discovering({
    simulator: cloudOf(backup("a", 2), backup("b", 30, { operationType: "restore" })),
    discover: { keepMs: 7 * day },
  });
  for (const type of ["copy", "restore"]) {
    await exporter.reload(exporter.config({ keepMs: 7 * day, operationTypes: [type] }, { runOnStart: false }));
  }
  await exporter.clock.advance(hour / 2);
  expect(idsOf(await exporter.seriesOf("cbr_task_info"))).toEqual(["b"]);
});

test("what changes while a listing is under way is listed for the whole window after it", async () => {
  const starts: (number | undefined)[] = [];
  const answers: ((page: Page<OperationLog>) => void)[] = [];
  const discovery = createDiscovery({
    project: "prod",
    collector: "nightly",
    config: discoverConfig(),
    shard: onlyShard,
    api: {
      skewMs: () => 0,
      listOperationLogs({ startTime }) {
        starts.push(startTime);
        return new Promise((answer) => answers.push(answer));
      },
    },
    store: createTaskStore(),
    clock: manualClock(),
    log: recordedLog(),
    watch: () => {},
    onElsewhere: () => {},
  });
  const list = async (during = () => {}) => {
    const listing = discovery.list({ at: newYear, nextTick: () => newYear, signal: new AbortController().signal });
    during();
    answers.at(-1)?.({ received: 0, records: [], invalidFields: [] });
    await listing;
  };
  await list(() => void discovery.update(discoverConfig({ operationTypes: ["copy"] })));
  await list();
  await list();
  const [first, second, third] = starts.map((start) => (newYear - (start ?? 0)) / 3600e6);
  expect([first, second, third]).toEqual([7 * 24 + 6, 7 * 24 + 6, 6]);
});

test("a listing that a reload wants, and that fails, is made up for", async () => {
  const exporter = await discovering({ simulator: cloudOf(backup("a", 2)) });
  exporter.simulator.setFault("cbr:list", { kind: "status", status: 403 });
  await exporter.reload(exporter.config({ operationTypes: ["backup"] }));
  expect(await exporter.value('cbr_up{project="prod"}')).toBe(0);
  exporter.simulator.setFault("cbr:list", undefined);
  const before = await exporter.requests();
  await exporter.clock.advance(2 * 60_000);
  expect(await exporter.requests()).toBeGreaterThan(before);
});

test("a project that is down for its listing alone is no longer, once nobody lists", async () => {
  const exporter = await discovering({ simulator: cloudOf(backup("a", 2)) });
  exporter.simulator.setFault("cbr:list", { kind: "status", status: 403 });
  await exporter.clock.advance(hour);
  expect(await exporter.value('cbr_up{project="prod"}')).toBe(0);
  const { discover: _, ...plain } = exporter.config().collectors[0] as CollectorConfig;
  await exporter.reload({ ...exporter.config(), collectors: [plain] });
  expect(await exporter.value('cbr_up{project="prod"}')).toBeUndefined();
});

test("the counters of listings are there at 0 with the reload that begins them", async () => {
  const plain = { discover: undefined as never, runOnStart: false };
  const exporter = await discovering({ simulator: cloudOf(), collector: plain });
  const series = 'cbr_api_errors_total{project="prod",operation="ListOpLogs",reason="forbidden"}';
  expect(await exporter.value(series)).toBeUndefined();
  await exporter.reload(exporter.config({}, { discover: discoverConfig() }));
  expect(await exporter.value(series)).toBe(0);
});

test("what was found is still watched when the project is logged in to in another way", async () => {
  const exporter = await discovering({
    simulator: cloudOf(backup("a", 160, { life: { ago: 160 * 3600, wait: 0, run: 1e6 } })),
  });
  await exporter.clock.advance(20 * hour);
  const { projects, collectors } = exporter.config();
  const token = createSecret(exporter.simulator.issueToken());
  await exporter.reload({
    projects: projects.map((project) => ({ ...project, auth: { method: "token", token } })),
    collectors,
  });
  await exporter.clock.advance(hour);
  // The first listing of the new collector does not go back to it.
  expect(exporter.asked()).toContain("a");
  expect(idsOf(await exporter.seriesOf("cbr_task_info"))).toEqual(["a"]);
});
