import type { AlertName } from "../alert-table.ts";
import { type Answer, firing, type Minute, quiet, type Scenario } from "../scenario.ts";
import { at, ends, healthy, replicas, restarting, runs, says, task, turns, waits } from "../tasks.ts";

type Answers = (minute: Minute) => Answer;

/** What holds for both alerts on a live status: `answer` is such a task that is over its time from minute 10 on. */
function overTime(alert: AlertName, answer: Answers): readonly Scenario[] {
  const fires = `${alert} prod t`;
  return [
    {
      name: `${alert}: fires at the scrape that shows it, once for two replicas; ends when the task ends`,
      replicas: replicas(["a", "b"], task(turns(answer, [40, ends("success", -30, 40)]))),
      expect: [quiet(0, 11), firing(12, 40, fires), quiet(41, 60)],
    },
    {
      name: `${alert}: the exporter restarts under a new instance: no gap, no second alert`,
      replicas: restarting([20, 24], task(answer)),
      expect: [quiet(0, 11), firing(12, 60, fires)],
    },
    {
      name: `${alert}: ends within 10 minutes of leaving the configuration`,
      replicas: replicas(["a"], task(answer, { during: [0, 20] }), healthy),
      expect: [quiet(0, 11), firing(12, 19, fires), quiet(29, 50)],
    },
    {
      name: `${alert}: what an outage froze is none`,
      replicas: replicas(["a"], task(turns(answer, [20, says("network")]))),
      expect: [quiet(0, 11), firing(12, 20, fires), quiet(21, 30), firing(31, 60, "CBRApiDown prod")],
    },
    {
      name: `${alert}: what one cut-off replica froze is none`,
      replicas: [
        { instance: "a", tasks: [task(turns(answer, [6, ends("success", -30, 6)]))] },
        { instance: "b", tasks: [task(answer)], cutOff: [5, 99] },
      ],
      expect: [quiet(0, 60)],
    },
    {
      name: `${alert}: a daily schedule that saw it in time is none, it may have ended unseen`,
      replicas: [{ instance: "a", every: 1440, tasks: [task(turns(answer, [120, ends("success", -30, 120)]))] }],
      expect: [quiet(0, 1500)],
    },
  ];
}

export const tooLong: readonly Scenario[] = [
  ...overTime("CBRTaskRunningTooLong", runs(-1430)),
  {
    name: "CBRTaskRunningTooLong: where the start is missing, the creation counts",
    replicas: replicas(
      ["a"],
      task((minute) => ({ status: "running", createdAt: at(-1430), progress: minute / 32 })),
    ),
    expect: [quiet(0, 11), firing(12, 60, "CBRTaskRunningTooLong prod t")],
  },
  ...overTime("CBRTaskWaitingTooLong", waits(-350)),
  {
    name: "CBRTaskWaitingTooLong: a task that has begun to run is none",
    replicas: replicas(["a"], task(turns(waits(-350), [20, runs(20, { createdAt: at(-350) })]))),
    expect: [quiet(0, 11), firing(12, 20, "CBRTaskWaitingTooLong prod t"), quiet(21, 60)],
  },
];
