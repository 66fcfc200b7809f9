import { ends, healthy, runs, type Story, stalls, task, turns, waits } from "../cloud-tasks.ts";
import type { Scenario } from "../scenario.ts";
import { also, both, eachAlone, everything, impatient, tasks, without } from "./changes.ts";

const unavailable = { kind: "server-error", status: 503 } as const;
const at = (progress: number | undefined): Story => runs(-1, progress === undefined ? {} : { progress });

const freezes = turns(runs(0), [5, () => ({ status: "freezing", created: -1, started: 0 })]);

const statusUnknown: readonly Scenario[] = [
  {
    name: "CBRTaskStatusUnknown: for an hour",
    row: "a task has a status that this version does not know",
    setup: { exporters: ["a", "b"], tasks: [task(freezes), healthy] },
    since: 5,
    until: 90,
    fires: { "CBRTaskStatusUnknown prod t": [66, 90] },
  },
  {
    name: "CBRTaskStatusUnknown: for an hour, of which another exporter saw the half, until both are gone",
    setup: { tasks: [task(freezes), healthy] },
    happens: { 30: ({ start }) => start("b"), 80: [({ remove }) => remove("a"), ({ remove }) => remove("b")] },
    until: 110,
    fires: { "CBRTaskStatusUnknown prod t": [66, 88], CBRExporterAbsent: [85, 110] },
  },
  {
    name: "CBRTaskStatusUnknown: polls that fail for 8 minutes change nothing, those that fail for good do",
    setup: { tasks: [task(freezes), healthy, task(runs(-9), "another")], config: impatient },
    happens: { 70: tasks(unavailable, "t"), 78: tasks(undefined, "t"), 90: tasks(unavailable, "t") },
    until: 120,
    fires: { "CBRTaskStatusUnknown prod t": [66, 99], "CBRTaskPollStale prod t": [106, 120] },
  },
  {
    name: "CBRTaskStatusUnknown: for 50 minutes",
    setup: {
      tasks: [
        task(turns(runs(0), [5, () => ({ status: "freezing", created: -1, started: 0 })], [55, runs(0)])),
        healthy,
      ],
    },
    until: 120,
    not: ["CBRTaskStatusUnknown"],
  },
];

const notFound: readonly Scenario[] = [
  {
    name: "CBRTaskNotFound: from the start, seen by two exporters",
    row: "the id of a task is mistyped",
    setup: { exporters: ["a", "b"], tasks: [healthy], config: also("t") },
    until: 150,
    fires: { "CBRTaskNotFound prod t": [1, 150] },
  },
  {
    name: "CBRTaskNotFound: found again",
    row: "the cloud forgets a task",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 10: ({ cloud }) => cloud.removeTask("t"), 13: ({ cloud }) => cloud.setTask(task(runs(0))) },
    since: 10,
    until: 60,
    fires: { "CBRTaskNotFound prod t": [11, 14] },
  },
  {
    name: "CBRTaskNotFound: a replica that is cut off and still has it found hides nothing",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: [task(runs(0)), healthy] },
    happens: { 5: (world) => world.cutOff("b"), 10: ({ cloud }) => cloud.removeTask("t") },
    until: 30,
    fires: { "CBRTaskNotFound prod t": [11, 30] },
  },
  {
    name: "CBRTaskNotFound: a replica that has been cut off since it was not found is not believed",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: [healthy], config: also("t") },
    happens: { 1: (world) => world.cutOff("b"), 2: ({ cloud }) => cloud.setTask(task(runs(0))) },
    until: 30,
    fires: { "CBRTaskNotFound prod t": [1, 3] },
  },
  {
    name: "CBRTaskNotFound: another server's 404",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 10: tasks({ kind: "status", status: 404, body: "<h1>Not found</h1>" }, "t"), 20: tasks(undefined, "t") },
    until: 60,
    not: ["CBRTaskNotFound"],
  },
  {
    name: "CBRTaskNotFound: the exporter comes back under another instance: no gap, no second alert",
    setup: { tasks: [healthy], config: also("t") },
    happens: { 20: (world) => world.remove("a"), 24: (world) => world.start("b") },
    until: 60,
    fires: { "CBRTaskNotFound prod t": [1, 60] },
  },
  {
    name: "CBRTaskNotFound: ends within 10 minutes of leaving the configuration",
    setup: { tasks: [healthy], config: also("t") },
    happens: { 20: (world) => world.reload("a", without("t")) },
    until: 40,
    fires: { "CBRTaskNotFound prod t": [1, 28] },
  },
];

const stalled: readonly Scenario[] = [
  {
    name: "CBRTaskStalled: seen by two exporters, until it ends",
    row: "a task stands still",
    setup: { exporters: ["a", "b"], tasks: [task(turns(stalls(5), [90, ends("success", -1, 90)])), healthy] },
    since: 5,
    until: 120,
    fires: { "CBRTaskStalled prod t": [66, 99] },
  },
  {
    name: "CBRTaskStalled: until it moves on",
    setup: { tasks: [task(turns(stalls(5), [80, at(41)])), healthy] },
    until: 120,
    fires: { "CBRTaskStalled prod t": [66, 80] },
  },
  {
    name: "CBRTaskStalled: up and down is no progress",
    row: "a task's progress goes 50, 51, 50, 51 …",
    setup: { tasks: [task((minute) => at(50 + (Math.round(minute) % 2))(minute)), healthy] },
    until: 90,
    fires: { "CBRTaskStalled prod t": [61, 90] },
  },
  {
    name: "CBRTaskStalled: a task that tells no progress",
    row: "a task runs and tells no progress",
    setup: { tasks: [task((minute) => ({ ...runs(-1)(minute), progress: undefined })), healthy] },
    until: 90,
    fires: { "CBRTaskStalled prod t": [61, 90] },
  },
  {
    name: "CBRTaskStalled: progress every 50 minutes",
    row: "a task moves every 50 minutes",
    because: "it moves",
    setup: { tasks: [task((minute) => at(Math.floor(Math.max(0, minute) / 50))(minute)), healthy] },
    until: 240,
    not: ["CBRTaskStalled"],
  },
  {
    name: "CBRTaskStalled: a restart forgets how long it stood still",
    setup: { tasks: [task(stalls(5)), healthy] },
    happens: { 80: (world) => world.remove("a"), 84: (world) => world.start("b") },
    until: 160,
    fires: {
      "CBRTaskStalled prod t": [
        [66, 88],
        [145, 160],
      ],
    },
  },
  {
    name: "CBRTaskStalled: one of two exporters goes: no gap",
    setup: { exporters: ["a", "b"], tasks: [task(stalls(5)), healthy] },
    happens: { 80: (world) => world.remove("a") },
    until: 120,
    fires: { "CBRTaskStalled prod t": [66, 120] },
  },
  {
    name: "CBRTaskStalled: ends within 10 minutes of leaving the configuration",
    setup: { tasks: [task(stalls(5)), healthy] },
    happens: { 80: (world) => world.reload("a", without("t")) },
    until: 110,
    fires: { "CBRTaskStalled prod t": [66, 88] },
  },
  {
    name: "CBRTaskStalled: one replica is cut off",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: [task(runs(0)), healthy] },
    happens: { 50: (world) => world.cutOff("b"), 70: (world) => world.cutOff("b", false) },
    until: 130,
    not: ["CBRTaskStalled"],
  },
  {
    name: "CBRTaskStalled: a task that waits",
    setup: { tasks: [task(waits(-2)), healthy] },
    until: 90,
    not: ["CBRTaskStalled"],
  },
  {
    name: "CBRTaskStalled: the third poll of an hourly schedule tells",
    setup: { schedule: "0 * * * *", tasks: [task(stalls(-5))] },
    until: 150,
    fires: { "CBRTaskStalled prod t": [120, 150] },
  },
];

/** What holds for both alerts on a task that is late: `late` is over its time from minute 10 on. */
function tooLong(
  alert: "CBRTaskRunningTooLong" | "CBRTaskWaitingTooLong",
  row: string,
  late: Story,
): readonly Scenario[] {
  const fires = `${alert} prod t`;
  return [
    {
      name: `${alert}: seen by two exporters, until it ends`,
      row,
      setup: { exporters: ["a", "b"], tasks: [task(turns(late, [40, ends("success", -30, 40)])), healthy] },
      since: 10,
      until: 60,
      fires: { [fires]: [11, 40] },
    },
    {
      name: `${alert}: the exporter comes back under another instance: no gap, no second alert`,
      setup: { tasks: [task(late), healthy] },
      happens: { 20: (world) => world.remove("a"), 24: (world) => world.start("b") },
      until: 50,
      fires: { [fires]: [11, 50] },
    },
    {
      name: `${alert}: ends within 10 minutes of leaving the configuration`,
      setup: { tasks: [task(late), healthy] },
      happens: { 20: (world) => world.reload("a", without("t")) },
      until: 40,
      fires: { [fires]: [11, 28] },
    },
    {
      name: `${alert}: it has ended, as one of two replicas knows that is not cut off`,
      setup: {
        exporters: ["a", "b"],
        remote: ["b"],
        tasks: [task(turns(late, [6, ends("success", -30, 6)])), healthy],
      },
      happens: { 5: (world) => world.cutOff("b") },
      until: 30,
      not: [alert],
    },
    {
      name: `${alert}: while its polls fail, as at the last good one`,
      setup: { tasks: [task(late), healthy, task(runs(-9), "another")], config: impatient },
      happens: { 15: tasks(unavailable, "t") },
      until: 40,
      fires: { [fires]: [11, 40], "CBRTaskPollStale prod t": [31, 40] },
    },
    {
      name: `${alert}: until it has ended, though one of two replicas is cut off and does not see it`,
      setup: {
        exporters: ["a", "b"],
        remote: ["b"],
        tasks: [task(turns(late, [16, ends("success", -30, 16)])), healthy],
      },
      happens: { 15: (world) => world.cutOff("b") },
      until: 40,
      fires: { [fires]: [11, 24] },
    },
    {
      name: `${alert}: an hourly schedule saw it in time, and it may have ended since`,
      setup: { schedule: "0 * * * *", tasks: [task(turns(late, [30, ends("success", -30, 30)]))] },
      until: 90,
      not: [alert],
    },
  ];
}

const long: readonly Scenario[] = [
  ...tooLong("CBRTaskRunningTooLong", "a task has run for 24 h", runs(-1430)),
  {
    name: "CBRTaskRunningTooLong: without a start, the creation counts",
    setup: { tasks: [task((minute) => ({ ...runs(-1429)(minute), started: undefined })), healthy] },
    until: 30,
    fires: { "CBRTaskRunningTooLong prod t": [11, 30] },
  },
  {
    name: "CBRTaskRunningTooLong: without any time, the first sight counts",
    row: "a task runs, without any time, for 24 h",
    setup: {
      schedule: "0 * * * *",
      tasks: [task((minute) => ({ ...runs(0)(minute), created: undefined, started: undefined }))],
    },
    happens: { 100: ({ start }) => start("b") },
    step: 10,
    until: 1510,
    fires: { "CBRTaskRunningTooLong prod t": [1500, 1510] },
  },
  ...tooLong("CBRTaskWaitingTooLong", "a task has waited for 6 h", waits(-350)),
  {
    name: "CBRTaskWaitingTooLong: without any time, the first sight counts",
    row: "a task waits, without any time, for 6 h",
    setup: { schedule: "*/30 * * * *", tasks: [task(() => ({ status: "waiting" })), healthy] },
    happens: { 100: ({ start }) => start("b") },
    step: 10,
    until: 400,
    fires: { "CBRTaskWaitingTooLong prod t": [390, 400] },
  },
  {
    name: "CBRTaskWaitingTooLong: it has begun to run",
    setup: { tasks: [task(turns(waits(-350), [20, runs(20)])), healthy] },
    until: 40,
    fires: { "CBRTaskWaitingTooLong prod t": [11, 20] },
  },
];

/** One that breaks among others, which are enough for the project not to count as broken. */
const three = [task(runs(0)), healthy, task(runs(-9), "another")];

const stale: readonly Scenario[] = [
  {
    name: "CBRTaskPollStale: seen by two exporters, until a good poll",
    row: "the cloud answers 503 for one task of many",
    setup: { exporters: ["a", "b"], tasks: three, config: impatient },
    happens: { 10: tasks(unavailable, "t"), 60: tasks(undefined, "t") },
    since: 10,
    until: 90,
    fires: { "CBRTaskPollStale prod t": [26, 60] },
  },
  {
    name: "CBRTaskPollStale: for 14 minutes",
    setup: { tasks: three, config: impatient },
    happens: { 10: tasks(unavailable, "t"), 24: tasks(undefined, "t") },
    until: 60,
    not: ["CBRTaskPollStale"],
  },
  {
    name: "CBRTaskPollStale: every other poll fails",
    setup: { tasks: three, config: impatient },
    happens: { 10: tasks({ ...unavailable, every: 2 }, "t") },
    until: 60,
    not: ["CBRTaskPollStale"],
  },
  {
    name: "CBRTaskPollStale: one of two replicas gets its facts",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: three, config: impatient },
    happens: { 10: (world) => world.cutOff("b"), 35: (world) => world.cutOff("b", false) },
    until: 60,
    not: ["CBRTaskPollStale"],
  },
  {
    name: "CBRTaskPollStale: finished for one replica, though the other is cut off and did not see it",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: [task(ends("success", 0, 5)), healthy] },
    happens: { 3: (world) => world.cutOff("b"), 30: (world) => world.cutOff("b", false) },
    until: 60,
    not: ["CBRTaskPollStale"],
  },
  {
    name: "CBRTaskPollStale: ends within 10 minutes of leaving the configuration",
    setup: { tasks: three, config: impatient },
    happens: { 10: tasks(unavailable, "t"), 40: (world) => world.reload("a", without("t")) },
    until: 70,
    fires: { "CBRTaskPollStale prod t": [26, 48] },
  },
  {
    name: "CBRTaskPollStale: the exporter restarts before it fires",
    setup: { tasks: three, config: impatient },
    happens: { 10: tasks(unavailable, "t"), 20: (world) => world.start("a") },
    until: 60,
    fires: { "CBRTaskPollStale prod t": [35, 60] },
  },
  {
    name: "CBRTaskPollStale: for 15 minutes at every exporter that asks",
    setup: { tasks: three, config: impatient },
    happens: { 10: tasks(unavailable, "t"), 20: ({ start }) => start("b") },
    until: 60,
    fires: { "CBRTaskPollStale prod t": [35, 60] },
  },
  {
    name: "CBRTaskPollStale: after an outage that explains it for half an hour",
    setup: { tasks: three, config: impatient },
    happens: {
      5: everything({ kind: "cut" }),
      25: [everything(undefined), tasks(unavailable, "t")],
    },
    until: 100,
    fires: { "CBRApiDown prod": [18, 25], "CBRTaskPollStale prod t": [56, 100] },
  },
  {
    name: "CBRTaskPollStale: alone in its collector",
    row: "the only task of a collector breaks, while others of the project are asked for",
    setup: { tasks: three, config: both(impatient, eachAlone) },
    happens: { 10: tasks(unavailable, "t") },
    since: 10,
    until: 60,
    fires: { "CBRTaskPollStale prod t": [26, 60] },
    not: ["CBRApiDown"],
  },
];

export const unfinished: readonly Scenario[] = [...statusUnknown, ...notFound, ...stalled, ...long, ...stale];
