import { ends, runs, task, turns, waits } from "../cloud-tasks.ts";
import type { Scenario } from "../scenario.ts";
import { project } from "./changes.ts";

const because = "all is well";
const hourly = "0 * * * *";
/** Rules look at each task alone: one of a hundred shows it, and all of them keep the collector busy. */
const someTasks = (series: string): boolean => Number(/_id="(?:server of )?t(\d+)"/.exec(series)?.[1] ?? 0) % 100 === 0;

/** A backup that waits, runs for four hours and ends well, beside one that is done. */
const night = [
  task(turns(waits(0), [20, runs(20)], [260, ends("success", 20, 260)])),
  task(ends("success", -90, -60), "done"),
];

export const healthySchedules: readonly Scenario[] = [
  {
    name: "a healthy night: asked every minute by two exporters",
    row: "a backup of four hours, asked for every minute by two exporters",
    because,
    setup: { exporters: ["a", "b"], tasks: night },
    step: 5,
    until: 300,
  },
  {
    name: "a healthy night: asked every hour by two exporters that do not start together",
    row: "a backup of four hours, asked for every hour",
    because,
    setup: { schedule: hourly, tasks: night },
    happens: { 25: (world) => world.start("b") },
    step: 5,
    until: 300,
  },
  {
    name: "a healthy migration: asked once a day",
    row: "a migration of 20 hours, asked for once a day",
    because,
    setup: { schedule: "0 2 * * *", tasks: [task(ends("success", -60, 1140))] },
    step: 10,
    until: 1600,
  },
  {
    name: "a healthy day: 4 000 tasks, of which 300 wait, run for four hours and end",
    row: "4 000 tasks are asked for every hour, for a day, and all is well with them",
    because,
    setup: {
      schedule: hourly,
      tasks: Array.from({ length: 4_000 }, (_, n) =>
        n < 300
          ? task(turns(waits(n), [n + 20, runs(n + 20)], [n + 260, ends("success", n + 20, n + 260)]), `t${n}`)
          : task(ends("success", -3000, -2900), `t${n}`),
      ),
      config: project({ rateLimit: 50 }),
    },
    shown: someTasks,
    step: 10,
    until: 1_440,
    not: ["CBRCollectorBehind", "CBRTaskPollStale", "CBRTaskStalled"],
  },
  {
    name: "a healthy start: 5 000 tasks that have ended",
    row: "a start with 5 000 tasks that have ended",
    because,
    setup: { tasks: Array.from({ length: 5_000 }, (_, n) => task(ends("success", -3000, -2900), `t${n}`)) },
    shown: someTasks,
    until: 30,
    not: ["CBRCollectorBehind", "CBRTaskPollStale"],
  },
];
