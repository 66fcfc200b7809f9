import { quiet, type Scenario, type Watched } from "../scenario.ts";
import { ends, replicas, runs, task, turns, waits } from "../tasks.ts";

/** A backup that waits, runs for four hours and ends well. */
const night: readonly Watched[] = [
  task(turns(waits(0), [20, runs(20)], [260, ends("success", 20, 260)])),
  task(ends("success", -90, -60), { id: "done" }),
];

export const healthySchedules: readonly Scenario[] = [
  {
    name: "a healthy night: polled every minute by two replicas",
    replicas: replicas(["a", "b"], ...night),
    expect: [quiet(0, 400)],
  },
  {
    name: "a healthy night: polled every hour",
    replicas: [{ instance: "a", every: 60, tasks: night }],
    expect: [quiet(0, 400)],
  },
  {
    name: "a healthy night: polled every hour by two replicas that do not start together",
    replicas: [
      { instance: "a", every: 60, tasks: night },
      { instance: "b", every: 60, lives: [25, 999], tasks: night },
    ],
    expect: [quiet(0, 400)],
  },
  {
    name: "a healthy migration of two days: polled once a day",
    replicas: [{ instance: "a", every: 1440, tasks: [task(ends("success", -60, 1000, {}))] }],
    expect: [quiet(0, 1500)],
  },
  {
    name: "exporters that restart every 40 minutes",
    replicas: [0, 40, 80, 120, 160, 200, 240].map((start) => ({
      instance: `a${start}`,
      lives: [start, start + 38] as const,
      tasks: night,
    })),
    expect: [quiet(0, 270)],
  },
];
