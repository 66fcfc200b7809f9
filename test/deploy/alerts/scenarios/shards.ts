import { shardOf } from "../../../../src/base/shard.ts";
import { discoverConfig, taskConfigs } from "../../../support/configs.ts";
import type { Story } from "../cloud-tasks.ts";
import { ends, runs, task } from "../cloud-tasks.ts";
import type { Act, Scenario, Setup } from "../scenario.ts";
import { collector, everything } from "./changes.ts";

/** Exporters are called by their shard: `2`, or of several replicas `2b`. */
const indexOf = (instance: string): number => Number.parseInt(instance, 10);

/** Of so many shards. */
const of = (count: number) => (instance: string) => ({ index: indexOf(instance), count });

/** An id that belongs to a shard. */
function idOf(shard: number, count: number, name: string): string {
  for (let at = 0; ; at += 1) if (shardOf(`${name}${at}`, count) === shard) return `${name}${at}`;
}

/** A task of each of four shards. */
const four = ["0", "1", "2", "3"];
const oneEach = (story: Story = runs(0), count = 4) =>
  Array.from({ length: count }, (_, shard) => task(story, idOf(shard, count, "t")));
const shared: Setup = { exporters: four, shards: of(4), tasks: oneEach() };

/** It starts as one of so many. */
const startOf =
  (count: number, ...instances: readonly string[]): Act =>
  async (world) => {
    for (const instance of instances) {
      await world.prepare(instance);
      world.setShard(instance, of(count)(instance));
      await world.start(instance);
    }
  };

const missing: readonly Scenario[] = [
  {
    name: "CBRShardMissing: one of four goes, with its target",
    row: "one of four shards goes, with its target",
    setup: { ...shared, labels: () => ({ job: "cbr", cluster: "west" }) },
    happens: { 10: (world) => world.remove("2"), 40: (world) => world.start("2") },
    since: 10,
    until: 60,
    fires: { "CBRShardMissing cbr": [18, 39] },
  },
  {
    name: "CBRShardMissing: one of four ends, its target stays",
    row: "one of four shards ends",
    setup: shared,
    happens: { 10: (world) => world.kill("2") },
    since: 10,
    until: 30,
    fires: { "CBRExporterDown cbr 2": [15, 30], "CBRShardMissing cbr": [18, 30] },
  },
  {
    name: "CBRShardMissing: back after 5 minutes, under another instance",
    row: "a shard restarts within 5 minutes",
    because: "it is back",
    setup: shared,
    happens: { 10: (world) => world.remove("2"), 15: startOf(4, "2b") },
    since: 10,
    until: 40,
    not: ["CBRShardMissing"],
  },
  {
    name: "CBRShardMissing: one of two replicas goes",
    setup: { ...shared, exporters: [...four, "2b"] },
    happens: { 10: (world) => world.remove("2") },
    until: 40,
    not: ["CBRShardMissing"],
  },
  {
    name: "CBRShardMissing: until all are gone",
    setup: shared,
    happens: {
      10: (world) => world.remove("2"),
      40: [(world) => world.remove("0"), (world) => world.remove("1"), (world) => world.remove("3")],
    },
    until: 60,
    fires: { "CBRShardMissing cbr": [18, 44], CBRExporterAbsent: [45, 60] },
  },
  {
    name: "CBRShardMissing: there are to be three of four, one after the other",
    row: "four shards become three, or five, within minutes",
    because: "what has gone is forgotten together with its number",
    setup: shared,
    happens: {
      10: (world) => world.remove("3"),
      11: startOf(3, "2"),
      12: startOf(3, "1"),
      13: startOf(3, "0"),
    },
    since: 10,
    until: 40,
    not: ["CBRShardMissing"],
  },
  {
    name: "CBRShardMissing: there are to be five, one after the other",
    setup: shared,
    happens: { 10: startOf(5, "4"), 11: startOf(5, "3"), 12: startOf(5, "2", "1"), 13: startOf(5, "0") },
    until: 40,
    not: ["CBRShardMissing"],
  },
  {
    name: "CBRShardMissing: one has learnt of a third, which does not come; another job has all of its own",
    setup: {
      exporters: ["0", "1", "0b", "1b", "2b"],
      shards: (instance) => of(instance.endsWith("b") ? 3 : 2)(instance),
      tasks: oneEach(runs(0), 2),
      labels: (instance) => ({ job: instance.endsWith("b") ? "others" : "cbr" }),
    },
    happens: { 10: startOf(3, "1") },
    until: 40,
    fires: { "CBRShardMissing cbr": [13, 40] },
  },
];

const cut: readonly Scenario[] = [
  {
    name: "CBRApiDown: one of four shards is cut off",
    row: "one of four shards does not reach the cloud",
    setup: { ...shared, remote: ["2"] },
    happens: { 5: (world) => world.cutOff("2"), 50: (world) => world.cutOff("2", false) },
    since: 5,
    until: 60,
    fires: { "CBRApiDown prod": [18, 50] },
    not: ["CBRReplicaCutOff"],
  },
  {
    name: "CBRReplicaCutOff: one of two replicas of a shard",
    row: "one of two replicas of a shard does not reach the cloud",
    setup: {
      exporters: ["0", "0b", "1", "1b"],
      remote: ["1b"],
      shards: of(2),
      tasks: oneEach(runs(0), 2),
      labels: () => ({ job: "cbr", cluster: "west" }),
    },
    happens: { 5: (world) => world.cutOff("1b") },
    since: 5,
    until: 60,
    fires: { "CBRReplicaCutOff prod cbr 1b": [36, 60] },
    not: ["CBRApiDown"],
  },
  {
    name: "CBRApiDown: an exporter of before, which says nothing of shards",
    setup: { tasks: oneEach() },
    shown: (series) => !series.startsWith("cbr_exporter_shards"),
    happens: { 5: everything({ kind: "cut" }) },
    until: 40,
    fires: { "CBRApiDown prod": [18, 40] },
  },
];

const server = (shard: number) => ({ resource: idOf(shard, 2, "server") });

const tasks: readonly Scenario[] = [
  {
    name: "CBRCollectorEmpty: all tasks of a collector belong to one of two shards",
    row: "all tasks of a collector belong to one of two shards",
    because: "it has tasks",
    setup: { exporters: ["0", "1"], shards: of(2), tasks: oneEach(runs(0), 2).slice(0, 1) },
    until: 90,
    not: ["CBRCollectorEmpty"],
  },
  {
    name: "CBRTaskFailed: a success that another shard has makes up for it",
    setup: {
      exporters: ["0", "1"],
      shards: of(2),
      tasks: [
        task(ends("failed", 0, 5, server(1)), idOf(0, 2, "t")),
        task(ends("success", 8, 30, server(1)), "again"),
        ...oneEach(runs(0), 2).slice(1),
      ],
      config: collector({ tasks: taskConfigs(idOf(0, 2, "t")), discover: discoverConfig() }),
    },
    since: 5,
    until: 60,
    fires: { [`CBRTaskFailed prod ${idOf(0, 2, "t")}`]: [6, 30] },
    not: ["CBRResourceLastFailed"],
  },
];

export const shards: readonly Scenario[] = [...missing, ...cut, ...tasks];
