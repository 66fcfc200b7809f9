import { firing, quiet, type Scenario } from "../scenario.ts";
import { at, ends, replicas, restarting, runs, task } from "../tasks.ts";

const week = 7 * 1440;

const badEnds = [
  ["failed", "CBRTaskFailed"],
  ["timeout", "CBRTaskTimedOut"],
  ["skipped", "CBRTaskSkipped"],
] as const;

/** What holds for each of the three alerts on how a task ended. */
function endedBadly([status, alert]: (typeof badEnds)[number]): readonly Scenario[] {
  const others = badEnds.filter(([other]) => other !== status);
  const fires = `${alert} prod t`;
  return [
    {
      name: `${alert}: fires at the scrape that shows it, once for two replicas`,
      replicas: replicas(["a", "b"], task(ends(status, 0, 5))),
      expect: [quiet(0, 5), firing(6, 60, fires)],
    },
    {
      name: `${alert}: stops 24 h after the task ended`,
      replicas: replicas(["a", "b"], task(ends(status, -1500, -1430))),
      expect: [firing(1, 9, fires), quiet(10, 30)],
    },
    {
      name: `${alert}: a task that ended a week ago and is listed today is none`,
      replicas: replicas(["a"], task(ends(status, -week - 60, -week))),
      expect: [quiet(0, 30)],
    },
    {
      name: `${alert}: other ends of a task are none`,
      replicas: replicas(["a"], task(ends("success", 0, 5)), ...others.map(([id]) => task(ends(id, 0, 5), { id }))),
      expect: [quiet(0, 5), firing(6, 30, ...others.map(([id, other]) => `${other} prod ${id}`))],
    },
  ];
}

/** What is told once, of failed tasks; the others share the expression. */
const failed: readonly Scenario[] = [
  {
    name: "CBRTaskFailed: where the end is missing, the last change counts",
    replicas: replicas(
      ["a"],
      task(ends("failed", -week, -week, { endedAt: undefined as never, updatedAt: at(-1430) })),
    ),
    expect: [firing(1, 9, "CBRTaskFailed prod t"), quiet(10, 30)],
  },
  {
    name: "CBRTaskFailed: where the last change is missing too, the creation counts",
    replicas: replicas(
      ["a"],
      task(() => ({ status: "failed", createdAt: at(-1430) })),
    ),
    expect: [firing(1, 9, "CBRTaskFailed prod t"), quiet(10, 30)],
  },
  {
    name: "CBRTaskFailed: without any time, the last poll counts: it is finished after three",
    replicas: replicas(
      ["a"],
      task(() => ({ status: "failed" })),
    ),
    expect: [firing(1, 1441, "CBRTaskFailed prod t"), quiet(1442, 1450)],
  },
  {
    name: "CBRTaskFailed: ends within 10 minutes of leaving the configuration",
    replicas: replicas(["a", "b"], task(ends("failed", 0, 5), { during: [0, 20] })),
    expect: [firing(6, 27, "CBRTaskFailed prod t"), quiet(29, 60)],
  },
  {
    name: "CBRTaskFailed: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([20, 24], task(ends("failed", 0, 5))),
    expect: [quiet(0, 5), firing(6, 60, "CBRTaskFailed prod t")],
  },
  {
    name: "CBRTaskFailed: the exporter restarts under its own instance: no gap, no second alert",
    replicas: [
      { instance: "a", lives: [0, 20], tasks: [task(ends("failed", 0, 5))] },
      { instance: "a", lives: [24, 99], tasks: [task(ends("failed", 0, 5))] },
    ],
    expect: [quiet(0, 5), firing(6, 60, "CBRTaskFailed prod t")],
  },
  {
    name: "CBRTaskFailed: a rolling update: the old and the new exporter run together for a while",
    replicas: [
      { instance: "a", lives: [0, 25], tasks: [task(ends("failed", 0, 5), { name: "old name" })] },
      { instance: "b", lives: [20, 99], tasks: [task(ends("failed", 0, 5), { name: "new name" })] },
    ],
    expect: [quiet(0, 5), firing(6, 60, "CBRTaskFailed prod t")],
  },
  {
    name: "CBRTaskFailed: one of two replicas goes: no gap",
    replicas: [
      { instance: "a", lives: [0, 20], tasks: [task(ends("failed", 0, 5))] },
      { instance: "b", tasks: [task(ends("failed", 0, 5))] },
    ],
    expect: [quiet(0, 5), firing(6, 60, "CBRTaskFailed prod t")],
  },
  {
    name: "CBRTaskFailed: a replica that is cut off still says running: one alert, and none about running",
    replicas: [
      { instance: "a", tasks: [task(ends("failed", -1435, 5))] },
      { instance: "b", tasks: [task(ends("failed", -1435, 5))], cutOff: [3, 99] },
    ],
    expect: [quiet(0, 5), firing(6, 90, "CBRTaskFailed prod t")],
  },
  {
    name: "CBRTaskFailed: two tasks of two projects are two alerts",
    replicas: [
      { instance: "a", tasks: [task(ends("failed", 0, 5)), task(runs(0), { id: "u" })] },
      { instance: "a", project: "dr", tasks: [task(ends("failed", 0, 5)), task(ends("success", 0, 5), { id: "u" })] },
    ],
    expect: [quiet(0, 5), firing(6, 60, "CBRTaskFailed prod t", "CBRTaskFailed dr t")],
  },
];

export const finished: readonly Scenario[] = [...badEnds.flatMap(endedBadly), ...failed];
