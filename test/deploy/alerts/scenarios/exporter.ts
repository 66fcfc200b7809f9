import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { signatureOf } from "../../../../src/base/read-text-file.ts";
import { discoverConfig } from "../../../support/configs.ts";
import { ends, healthy, runs, stalls, task, waits } from "../cloud-tasks.ts";
import type { Scenario, Setup } from "../scenario.ts";
import type { World } from "../world.ts";
import { both, collector, eachAlone, everything, project, secondProject } from "./changes.ts";

const failed = task(ends("failed", 0, 5));
const old = task(ends("failed", -700, -640), "old");
const moving = [task(runs(0)), healthy];

const reloads: readonly Scenario[] = [
  {
    name: "CBRConfigReloadFailed: until a reload is good again",
    row: "an exporter is to load a configuration that is wrong",
    setup: { exporters: ["a", "b"], tasks: moving },
    happens: { 10: (world) => world.reloadWrong("a"), 40: (world) => world.reload("a", (same) => same) },
    since: 10,
    until: 60,
    fires: { "CBRConfigReloadFailed cbr a": [15, 39] },
  },
  {
    name: "CBRConfigReloadFailed: mended within 4 minutes",
    setup: { tasks: moving },
    happens: { 10: (world) => world.reloadWrong("a"), 14: (world) => world.reload("a", (same) => same) },
    until: 30,
    not: ["CBRConfigReloadFailed"],
  },
  {
    name: "CBRConfigReloadFailed: until it is gone for good",
    setup: { exporters: ["a", "b"], tasks: moving, labels: inCluster },
    happens: { 10: (world) => world.reloadWrong("a"), 30: (world) => world.remove("a") },
    until: 60,
    fires: { "CBRConfigReloadFailed cbr a": [15, 38] },
  },
];

const disks: readonly Scenario[] = [
  {
    name: "CBRStorageFailing: until the disk takes writes again",
    row: "the disk of an exporter's `--storage.path` is full",
    setup: { exporters: ["a", "b"], tasks: moving, stores: true },
    happens: { 10: (world) => world.breakDisk("a"), 40: (world) => world.breakDisk("a", false) },
    since: 10,
    until: 60,
    fires: { "CBRStorageFailing cbr a": [15, 39] },
  },
  {
    name: "CBRStorageFailing: room again within 4 minutes",
    setup: { tasks: moving, stores: true },
    happens: { 10: (world) => world.breakDisk("a"), 14: (world) => world.breakDisk("a", false) },
    until: 30,
    not: ["CBRStorageFailing"],
  },
  {
    name: "CBRStorageFailing: until it is gone for good",
    setup: { exporters: ["a", "b"], tasks: moving, labels: inCluster, stores: true },
    happens: { 10: (world) => world.breakDisk("a"), 30: (world) => world.remove("a") },
    until: 60,
    fires: { "CBRStorageFailing cbr a": [15, 38] },
  },
];

const gone: readonly Scenario[] = [
  {
    name: "CBRExporterDown: it ends, its target stays; its alerts on tasks last 9 minutes",
    row: "the only exporter ends, and a task had failed",
    setup: { tasks: [failed, healthy] },
    happens: { 10: (world) => world.kill("a") },
    since: 10,
    until: 60,
    fires: { "CBRTaskFailed prod t": [6, 18], "CBRExporterDown cbr a": [15, 60] },
    not: ["CBRExporterAbsent"],
  },
  {
    name: "CBRExporterDown: SIGSTOP",
    row: "the exporter hangs (SIGSTOP)",
    setup: { tasks: moving, labels: inCluster },
    happens: { 10: (world) => world.freeze("a"), 40: (world) => world.freeze("a", false) },
    since: 10,
    until: 60,
    fires: { "CBRExporterDown cbr a": [15, 39] },
  },
  {
    name: "CBRExporterDown: one of three",
    row: "one of three exporters ends",
    setup: { exporters: ["a", "b", "c"], tasks: moving },
    happens: { 10: (world) => world.kill("b") },
    since: 10,
    until: 30,
    fires: { "CBRExporterDown cbr b": [15, 30] },
  },
  {
    name: "CBRExporterDown: one of three is taken away, with its target",
    row: "one of three exporters is taken away on purpose, with its target",
    because: "the others see the same tasks",
    setup: { exporters: ["a", "b", "c"], tasks: moving },
    happens: { 10: (world) => world.remove("b") },
    since: 10,
    until: 30,
    not: ["CBRExporterDown", "CBRExporterAbsent"],
  },
  {
    name: "CBRExporterDown: back after 4 minutes",
    row: "the exporter restarts within 4 minutes",
    because: "it is back",
    setup: { tasks: moving },
    happens: { 10: (world) => world.kill("a"), 14: (world) => world.start("a") },
    since: 10,
    until: 40,
    not: ["CBRExporterDown", "CBRExporterRestarting"],
  },
  {
    name: "CBRExporterAbsent: the target goes with its exporter",
    row: "the only exporter ends, and its target goes",
    setup: { tasks: [failed, healthy] },
    happens: { 10: (world) => world.remove("a") },
    since: 10,
    until: 60,
    fires: { "CBRTaskFailed prod t": [6, 18], CBRExporterAbsent: [15, 60] },
  },
  {
    name: "CBRExporterAbsent: there has never been one",
    row: "there has never been an exporter",
    setup: { exporters: [] },
    until: 30,
    fires: { CBRExporterAbsent: [2, 30] },
  },
  {
    name: "CBRExporterAbsent: its target never answered",
    row: "the exporter does not start, its target never answers",
    setup: { tasks: moving },
    happens: { 0: (world) => world.kill("a") },
    until: 30,
    fires: { CBRExporterAbsent: [2, 30] },
    not: ["CBRExporterDown"],
  },
  {
    name: "CBRExporterDown, CBRExporterAbsent: a job of another name",
    row: "the job has another name, such as `monitoring/cbr-exporter`",
    because: "no rule asks for the job's name",
    setup: { tasks: moving, labels: () => ({ job: "monitoring/cbr-exporter" }) },
    until: 30,
    not: ["CBRExporterDown", "CBRExporterAbsent"],
  },
  {
    name: "CBRExporterDown: a job of another name, and it ends",
    setup: { tasks: moving, labels: () => ({ job: "monitoring/cbr-exporter" }) },
    happens: { 10: (world) => world.kill("a") },
    until: 30,
    fires: { "CBRExporterDown monitoring/cbr-exporter a": [15, 30] },
  },
  {
    name: "CBRExporterRestarting: every 5 minutes",
    row: "the exporter restarts every 5 minutes",
    setup: { tasks: moving, labels: inCluster },
    happens: Object.fromEntries([10, 15, 20, 25, 30, 35, 40].map((minute) => [minute, start("a")])),
    since: 10,
    until: 90,
    fires: { "CBRExporterRestarting cbr a": [25, 54] },
  },
  {
    name: "CBRExporterRestarting: until it is gone for good",
    setup: { tasks: moving },
    happens: {
      ...Object.fromEntries([10, 13, 16, 19].map((minute) => [minute, start("a")])),
      20: (world) => world.remove("a"),
    },
    until: 60,
    fires: { "CBRExporterRestarting cbr a": [19, 28], CBRExporterAbsent: [25, 60] },
  },
  {
    name: "CBRExporterDown, CBRExporterAbsent: for more than a week",
    setup: { tasks: moving },
    happens: { 60: (world) => world.kill("a") },
    step: 60,
    until: 16 * 24 * 60,
    fires: { "CBRExporterDown cbr a": [120, 10_080], CBRExporterAbsent: [10_200, 16 * 24 * 60] },
  },
  {
    name: "CBRExporterRestarting: three times in half an hour",
    setup: { tasks: moving },
    happens: Object.fromEntries([10, 20, 30].map((minute) => [minute, start("a")])),
    until: 70,
    not: ["CBRExporterRestarting"],
  },
];

function inCluster() {
  return { job: "cbr", cluster: "west" };
}

function start(instance: string) {
  return (world: World) => world.start(instance);
}

const clocks: readonly Scenario[] = [
  ...[60, -60, 6, -6].map(
    (minutes): Scenario => ({
      name: `CBRClockSkew: the exporter's clock is ${minutes} minutes ahead from the start, with tasks in every state`,
      row: `the exporter's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? "ahead" : "behind"}`,
      setup: {
        exporters: [],
        tasks: [
          task(runs(0)),
          task(stalls(-1), "standing"),
          task(runs(-1340), "long"),
          task(waits(-260), "waiting"),
          old,
          healthy,
        ],
      },
      happens: {
        0: [({ prepare }) => prepare("a"), ({ turnClock }) => turnClock("a", minutes), start("a")],
      },
      until: 50,
      fires: { "CBRClockSkew cbr a": [15, 50], "CBRTaskFailed prod old": [1, 50] },
    }),
  ),
  ...[1.5, -1.5].map(
    (minutes): Scenario => ({
      name: `CBRClockSkew: ${minutes} minutes`,
      setup: { tasks: moving },
      happens: { 10: (world) => world.turnClock("a", minutes) },
      until: 50,
      not: ["CBRClockSkew"],
    }),
  ),
  ...[3, -3].map(
    (minutes): Scenario => ({
      name: `CBRClockSkew: ${minutes} minutes, which one of two projects has not noticed yet`,
      setup: {
        tasks: [task(runs(0)), task(ends("success", -90, -60), "done")],
        config: both(eachAlone, secondProject({ name: "dr" }, "done")),
      },
      happens: { 10: (world) => world.turnClock("a", minutes) },
      until: 50,
      fires: { "CBRClockSkew cbr a": [26, 50] },
    }),
  ),
  {
    name: "CBRClockSkew: a restart leaves no gap, and it ends within 10 minutes of the exporter",
    setup: { tasks: moving },
    happens: {
      0: ({ turnClock }) => turnClock("a", 6),
      30: ({ kill }) => kill("a"),
      35: start("a"),
      50: ({ remove }) => remove("a"),
    },
    until: 80,
    fires: { "CBRClockSkew cbr a": [16, 58], CBRExporterAbsent: [55, 80] },
  },
  {
    name: "CBRClockSkew: set forward by an hour and right again",
    row: "the exporter's clock is set an hour ahead for 10 minutes",
    because: "it is right again",
    setup: { tasks: moving },
    happens: { 10: (world) => world.turnClock("a", 60), 20: (world) => world.turnClock("a", 0) },
    since: 10,
    until: 60,
    not: ["CBRClockSkew", "CBRTaskPollStale", "CBRTaskStalled", "CBRCollectorBehind"],
  },
];

/** A collector whose one task stands in a file. */
const fileTasks: Setup = {
  tasks: [task(runs(0))],
  config(usual, world) {
    write("- t\n")(world);
    return tasksIn(join(world.folder, "tasks.yaml"))(usual);
  },
};

function tasksIn(file: string) {
  return collector({ tasks: [], taskFiles: [file] });
}

function write(text: string, name = "tasks.yaml") {
  return ({ folder }: Pick<World, "folder">) => writeFileSync(join(folder, name), text);
}

/** What was changed just now may be half written: it is not judged before. */
async function isWritten({ folder }: World): Promise<void> {
  const look = () => signatureOf(join(folder, "tasks.yaml"));
  const isYoung = async () => new Set([await look(), await look()]).size > 1;
  while (await isYoung()) await setTimeout(10);
}

const collectors: readonly Scenario[] = [
  {
    name: "CBRCollectorBehind: the rate is too low",
    row: "a collector of every minute needs more than an hour for a run",
    setup: {
      tasks: Array.from({ length: 200 }, (_, n) => task(runs(0), `t${n}`)),
      config: project({ rateLimit: 0.05 }),
    },
    until: 80,
    fires: { "CBRCollectorBehind prod nightly": [39, 66] },
  },
  {
    name: "CBRCollectorBehind: one of two replicas, until it is gone",
    setup: { exporters: ["a", "b"], tasks: Array.from({ length: 200 }, (_, n) => task(runs(0), `t${n}`)) },
    happens: { 1: ({ reload }) => reload("b", project({ rateLimit: 0.05 })), 55: ({ remove }) => remove("b") },
    until: 80,
    fires: { "CBRCollectorBehind prod nightly": [39, 63] },
  },
  {
    name: "CBRCollectorBehind: an outage explains it for half an hour",
    setup: {
      tasks: Array.from({ length: 200 }, (_, n) => task(runs(0), `t${n}`)),
      config: project({ rateLimit: 0.05 }),
    },
    happens: { 5: everything({ kind: "cut" }), 20: everything(undefined) },
    until: 80,
    fires: {
      "CBRApiDown prod": [18, 20],
      "CBRCollectorBehind prod nightly": [56, 78],
      // Their first poll failed, and the second is not their turn yet.
      ...Object.fromEntries(
        Array.from({ length: 9 }, (_, n) => [`CBRTaskPollStale prod t${16 + n}`, [51, 80]] as const),
      ),
    },
  },
  ...(
    [
      ["40 minutes, after a long pause of its schedule", 240, {}],
      ["70 minutes, after a long pause of its schedule", 420, { "CBRCollectorBehind prod nightly": [425, 429] }],
    ] as const
  ).map(
    ([what, count, fires]): Scenario => ({
      name: `CBRCollectorBehind: a run of ${what}`,
      setup: {
        schedule: "*/5 6-23 * * *",
        tasks: Array.from({ length: count }, (_, n) => task(runs(0), `t${n}`)),
        config: project({ rateLimit: 0.1 }),
      },
      shown: (series) => !/task_id=/.test(series),
      until: 450,
      fires,
      not: ["CBRCollectorBehind"],
    }),
  ),
  {
    name: "CBRCollectorBehind: a run of 25 minutes",
    row: "a first run of 25 minutes",
    because: "it ends",
    setup: {
      tasks: Array.from({ length: 150 }, (_, n) => task(ends("success", -60, -30), `t${n}`)),
      config: project({ rateLimit: 0.1 }),
    },
    until: 60,
    not: ["CBRCollectorBehind"],
  },
  {
    name: "CBRCollectorEmpty: the task files have left",
    row: "no task file is there from the start",
    setup: { config: (usual, { folder }) => collector({ taskFiles: [join(folder, "*.yaml")] })(usual) },
    until: 90,
    fires: { "CBRCollectorEmpty prod nightly": [60, 90] },
  },
  {
    name: "CBRCollectorEmpty: the exporter comes back under another instance, and is gone for good",
    setup: { config: (usual, { folder }) => collector({ taskFiles: [join(folder, "*.yaml")] })(usual) },
    happens: {
      70: ({ remove }) => remove("a"),
      75: start("b"),
      90: ({ remove }) => remove("b"),
    },
    until: 110,
    fires: { "CBRCollectorEmpty prod nightly": [60, 98], CBRExporterAbsent: [95, 110] },
  },
  {
    name: "CBRCollectorEmpty: it finds its tasks by itself, and there are none",
    row: "a collector that finds its tasks finds none for an hour and more",
    because: "by day there may be none",
    setup: { config: collector({ discover: discoverConfig(), tasks: [] }) },
    until: 120,
    not: ["CBRCollectorEmpty"],
  },
  {
    name: "CBRCollectorEmpty: one that finds its tasks is gone, and so is its exporter",
    setup: { config: collector({ discover: discoverConfig(), tasks: [] }) },
    happens: { 70: ({ remove }) => remove("a") },
    until: 78,
    fires: { CBRExporterAbsent: [75, 78] },
    not: ["CBRCollectorEmpty"],
  },
  {
    name: "CBRCollectorEmpty: another replica has tasks",
    setup: {
      exporters: ["a", "b"],
      tasks: moving,
      config: (usual, { folder }) => collector({ taskFiles: [join(folder, "*.yaml")] })(usual),
    },
    happens: { 1: ({ reload }) => reload("b", collector({ tasks: [] })) },
    until: 90,
    not: ["CBRCollectorEmpty"],
  },
  {
    name: "CBRCollectorEmpty: on purpose",
    row: "a collector has `tasks: []`, on purpose",
    because: "it says so",
    setup: {},
    until: 90,
    not: ["CBRCollectorEmpty"],
  },
  ...(
    [
      ["is gone", ({ folder }: World) => rmSync(join(folder, "tasks.yaml"))],
      ["is broken", [write("- ["), isWritten]],
    ] as const
  ).map(
    ([what, spoil]): Scenario => ({
      name: `CBRTaskFilesBroken: a task file ${what}`,
      row: `a task file ${what}, while the exporter runs`,
      setup: fileTasks,
      happens: { 10: spoil, 50: write("- t\n") },
      since: 10,
      until: 60,
      fires: { "CBRTaskFilesBroken prod nightly": [26, 50] },
    }),
  ),
  {
    name: "CBRTaskFilesBroken: a restart leaves no gap, and it ends within 10 minutes of the exporter",
    setup: fileTasks,
    happens: {
      10: [write("- ["), isWritten],
      30: ({ kill }) => kill("a"),
      35: start("a"),
      50: ({ remove }) => remove("a"),
    },
    until: 70,
    fires: { "CBRTaskFilesBroken prod nightly": [26, 58], CBRExporterAbsent: [55, 70] },
  },
  {
    name: "CBRTaskFilesBroken: another replica's file is good",
    setup: { ...fileTasks, exporters: ["a", "b"] },
    happens: {
      1: [write("- t\n", "good.yaml"), ({ folder, reload }) => reload("b", tasksIn(join(folder, "good.yaml")))],
      10: [write("- ["), isWritten],
    },
    until: 40,
    fires: { "CBRTaskFilesBroken prod nightly": [26, 40] },
  },
  {
    name: "CBRTaskFilesBroken: for 10 minutes",
    setup: fileTasks,
    happens: { 10: write("- ["), 20: write("- t\n") },
    until: 40,
    not: ["CBRTaskFilesBroken"],
  },
];

const clusters: readonly Scenario[] = [
  {
    name: "an additional target label changes nothing",
    row: "targets carry a label more, such as `cluster`, and a task fails",
    setup: { exporters: ["a", "b"], tasks: [failed, healthy], labels: inCluster },
    since: 5,
    until: 30,
    fires: { "CBRTaskFailed prod t": [6, 30] },
  },
];

export const exporter: readonly Scenario[] = [...gone, ...reloads, ...disks, ...clocks, ...collectors, ...clusters];
