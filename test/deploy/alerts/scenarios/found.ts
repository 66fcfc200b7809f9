import type { Config, DiscoverConfig } from "../../../../src/config/config.ts";
import { discoverConfig, taskConfigs } from "../../../support/configs.ts";
import { ends, healthy, runs, stalls, task, turns, waits } from "../cloud-tasks.ts";
import type { Act, Scenario } from "../scenario.ts";
import { collector, everything, tasks } from "./changes.ts";

/** The collector lists nothing, or these ids, and finds what else there is. */
const finding = (part: Partial<DiscoverConfig>, ...listed: readonly string[]) =>
  collector({ tasks: taskConfigs(...listed), discover: discoverConfig(part) });

/** The collector finds nothing more. */
function listing(...listed: readonly string[]): (config: Config) => Config {
  return ({ projects, collectors }) => ({
    projects,
    collectors: collectors.map(({ discover: _, ...each }) => ({ ...each, tasks: taskConfigs(...listed) })),
  });
}

/** Finished tasks have no series of their own. */
const aggregates = finding({ keepMs: 0 });
const backupOfDb = { resource: "db" };
const failing = task(ends("failed", 0, 5, backupOfDb));
const repeat = task(ends("success", 6, 20, backupOfDb), "again");
const both = ["a", "b"];

const fails: Scenario = {
  name: "CBRResourceLastFailed: found by two exporters, without series of its own",
  row: "a backup or replication fails, found by a collector with `keep: 0s`",
  setup: { exporters: both, tasks: [failing, healthy], config: aggregates },
  since: 5,
  until: 60,
  fires: { "CBRResourceLastFailed prod db": [6, 60] },
  not: ["CBRTaskFailed"],
};

function cutOffAt(minute: number): Readonly<Record<number, Act>> {
  return { [minute]: (world) => world.cutOff("b") };
}

export const found: readonly Scenario[] = [
  fails,
  {
    name: "CBRResourceLastFailed: a replication that timed out",
    setup: {
      tasks: [task(ends("timeout", 0, 5, { ...backupOfDb, operation: "replication" })), healthy],
      config: aggregates,
    },
    until: 20,
    fires: { "CBRResourceLastFailed prod db": [6, 20] },
  },
  {
    name: "CBRResourceLastFailed: other operations leave no copy behind, and a skipped backup has not failed",
    row: "a restore or a cleaning fails, or a backup is skipped, found by a collector with `keep: 0s`",
    because: "what keeps no series is told of backups and replications that failed alone; `keep: 24h` tells all",
    setup: {
      tasks: [
        task(ends("failed", 0, 5, { ...backupOfDb, operation: "restore" })),
        task(ends("failed", 0, 5, { ...backupOfDb, operation: "delete" }), "d"),
        task(ends("skipped", 0, 5, backupOfDb), "s"),
        healthy,
      ],
      config: aggregates,
    },
    since: 5,
    until: 20,
    not: ["CBRResourceLastFailed"],
  },
  {
    name: "CBRResourceLastFailed: for 24 h after the end",
    setup: { tasks: [task(ends("failed", -1500, -1430.5, backupOfDb)), healthy], config: aggregates },
    until: 20,
    fires: { "CBRResourceLastFailed prod db": [1, 9] },
  },
  {
    name: "CBRResourceLastFailed: for 24 h, whatever the exporter's clock says",
    setup: { tasks: [task(ends("failed", -1500, -1390.5, backupOfDb)), healthy], config: aggregates },
    happens: { 1: (world) => world.turnClock("a", 60) },
    until: 60,
    fires: { "CBRResourceLastFailed prod db": [2, 49], "CBRClockSkew cbr a": [17, 60] },
  },
  {
    name: "CBRResourceLastFailed: ended during an outage of 25 h, by an exporter that had seen it run",
    setup: { schedule: "0 * * * *", tasks: [task(ends("failed", -5, 12, backupOfDb))], config: aggregates },
    happens: { 10: everything({ kind: "cut" }), 1510: everything(undefined) },
    step: 10,
    until: 3_010,
    fires: { "CBRApiDown prod": [80, 1_510], "CBRResourceLastFailed prod db": [1_520, 2_950] },
  },
  {
    name: "CBRResourceLastFailed: ends once a backup has succeeded that was started by hand",
    row: "a failed backup is repeated by hand",
    because: "until the repeat has succeeded",
    setup: { tasks: [failing, repeat, healthy], config: aggregates },
    since: 5,
    until: 40,
    fires: { "CBRResourceLastFailed prod db": [6, 20] },
  },
  {
    name: "CBRTaskFailed: of a found task, ends once a backup has succeeded that was started by hand",
    setup: { tasks: [failing, repeat, healthy], config: finding({}) },
    until: 40,
    fires: { "CBRTaskFailed prod t": [6, 20] },
    not: ["CBRResourceLastFailed"],
  },
  {
    name: "CBRResourceLastFailed: the exporter comes back under another instance: no gap, no second alert",
    setup: { tasks: [failing, healthy], config: aggregates },
    happens: { 20: (world) => world.remove("a"), 24: (world) => world.start("b") },
    until: 60,
    fires: { "CBRResourceLastFailed prod db": [6, 60] },
  },
  {
    name: "CBRResourceLastFailed: ends within 10 minutes of the end of discovery",
    setup: { tasks: [failing, healthy], config: aggregates },
    happens: { 20: (world) => world.reload("a", listing(healthy.id)) },
    until: 40,
    fires: { "CBRResourceLastFailed prod db": [6, 28] },
  },
  {
    name: "CBRResourceLastFailed: one of two exporters, which is cut off, has not seen the later success",
    setup: { exporters: both, remote: ["b"], tasks: [failing, repeat, healthy], config: aggregates },
    happens: cutOffAt(10),
    until: 40,
    fires: { "CBRResourceLastFailed prod db": [6, 20] },
  },
  {
    name: "CBRResourceLastFailed: one of two exporters, which is cut off, has seen an earlier failure alone",
    setup: {
      exporters: both,
      remote: ["b"],
      tasks: [failing, task(ends("failed", 6, 20, backupOfDb), "again"), healthy],
      config: aggregates,
    },
    happens: cutOffAt(10),
    until: 60,
    fires: { "CBRResourceLastFailed prod db": [6, 60], "CBRReplicaCutOff prod cbr b": [41, 60] },
  },
  {
    name: "CBRResourceLastFailed: while the failed task has series of its own, it is told, and that once",
    row: "a backup fails, found by a collector with the usual `keep`",
    setup: { tasks: [failing, healthy], config: finding({}) },
    since: 5,
    until: 40,
    fires: { "CBRTaskFailed prod t": [6, 40] },
    not: ["CBRResourceLastFailed"],
  },
  {
    name: "CBRResourceLastFailed: an older failure with series of its own was made good, the newest has none",
    setup: {
      tasks: [
        task(ends("failed", -100, -90, backupOfDb), "old"),
        task(ends("success", -80, -70, backupOfDb), "good"),
        failing,
        healthy,
      ],
      config: finding({ keepMs: 0 }, "old"),
    },
    until: 40,
    fires: { "CBRResourceLastFailed prod db": [6, 40] },
    not: ["CBRTaskFailed"],
  },
  {
    name: "CBRResourceLastFailed: an older failure of a task that is listed, the newest has no series of its own",
    setup: {
      tasks: [task(ends("failed", -1600, -1500, backupOfDb), "old"), failing, healthy],
      config: finding({ keepMs: 0 }, "old"),
    },
    until: 40,
    fires: { "CBRResourceLastFailed prod db": [6, 40] },
    not: ["CBRTaskFailed"],
  },
  {
    name: "CBRTaskStalled, CBRTaskWaitingTooLong: of found tasks",
    setup: { tasks: [task(stalls(5)), task(waits(-350), "late"), healthy], config: finding({}) },
    until: 80,
    fires: { "CBRTaskStalled prod t": [66, 80], "CBRTaskWaitingTooLong prod late": [11, 80] },
  },
  {
    name: "CBRTaskPollStale: the listing alone fails",
    row: "ListOpLogs is refused, while ShowOpLog answers",
    setup: { tasks: [task(runs(-5)), healthy], config: finding({}, healthy.id) },
    happens: { 10: tasks({ kind: "status", status: 403 }, "cbr:list") },
    since: 10,
    until: 40,
    fires: { "CBRTaskPollStale prod t": [26, 40] },
    not: ["CBRApiDown"],
  },
  {
    name: "nothing to find is no trouble",
    row: "a collector that finds its tasks finds none for days",
    because: "a fleet may have nothing to do; its schedule and its listings are watched",
    setup: {
      schedule: "0 * * * *",
      tasks: [task(turns(runs(-3000), [-2900, ends("success", -3000, -2900)]))],
      config: aggregates,
    },
    step: 10,
    until: 1_000,
    not: ["CBRCollectorEmpty"],
  },
];
