import { firing, quiet, type Scenario } from "../scenario.ts";
import { ends, healthy, replicas, restarting, runs, says, task, turns } from "../tasks.ts";

const breaks = turns(runs(0), [10, says("server_error")]);

export const pollStale: readonly Scenario[] = [
  {
    name: "CBRTaskPollStale: fires after 15 minutes of failing polls, once for two replicas; ends with a good poll",
    replicas: replicas(["a", "b"], task(turns(breaks, [60, runs(0)])), healthy),
    expect: [quiet(0, 25), firing(26, 60, "CBRTaskPollStale prod t"), quiet(61, 90)],
  },
  {
    name: "CBRTaskPollStale: 14 minutes of failing polls are none",
    replicas: replicas(["a"], task(turns(breaks, [24, runs(0)])), healthy),
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRTaskPollStale: every other poll fails: none",
    replicas: replicas(
      ["a"],
      task((minute) => (minute % 2 ? "server_error" : runs(0)(minute))),
      healthy,
    ),
    expect: [quiet(0, 90)],
  },
  {
    name: "CBRTaskPollStale: one replica that gets its facts is enough",
    replicas: [
      { instance: "a", tasks: [task(runs(0)), healthy] },
      { instance: "b", tasks: [task(breaks), healthy] },
    ],
    expect: [quiet(0, 90)],
  },
  {
    name: "CBRTaskPollStale: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([40, 44], task(breaks), healthy),
    expect: [quiet(0, 25), firing(26, 80, "CBRTaskPollStale prod t")],
  },
  {
    name: "CBRTaskPollStale: the exporter restarts before it fires: nothing is counted anew",
    replicas: restarting([20, 23], task(breaks), healthy),
    expect: [quiet(0, 25), firing(26, 60, "CBRTaskPollStale prod t")],
  },
  {
    name: "CBRTaskPollStale: ends within 10 minutes of leaving the configuration",
    replicas: replicas(["a"], task(breaks, { during: [0, 40] }), healthy),
    expect: [quiet(0, 25), firing(26, 39, "CBRTaskPollStale prod t"), quiet(49, 80)],
  },
  {
    name: "CBRTaskPollStale: a finished task never looks stale",
    replicas: replicas(["a"], task(ends("success", 0, 5)), healthy),
    expect: [quiet(0, 200)],
  },
  {
    name: "CBRTaskPollStale: finished for one replica is finished, though the other is cut off and did not see it",
    replicas: [
      { instance: "a", tasks: [task(ends("success", 0, 5)), healthy] },
      { instance: "b", tasks: [task(ends("success", 0, 5)), healthy], cutOff: [3, 99] },
    ],
    expect: [quiet(0, 90)],
  },
  {
    name: "CBRTaskPollStale: finished for one replica is finished, though the other hangs and did not see it",
    replicas: [
      { instance: "a", tasks: [task(ends("success", 0, 5)), healthy] },
      { instance: "b", tasks: [task(turns(runs(0), [3, says("hangs")])), healthy] },
    ],
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRTaskPollStale: a wedged run shows: its tasks are overdue by 5 minutes, finished ones are not",
    replicas: replicas(
      ["a", "b"],
      task(turns(runs(0), [10, says("hangs")], [20, runs(0)])),
      task(runs(0), { id: "next" }),
      task(ends("success", 0, 5), { id: "done" }),
    ),
    expect: [
      quiet(0, 15),
      firing(16, 16, "CBRTaskPollStale prod t"),
      firing(17, 20, "CBRTaskPollStale prod t", "CBRTaskPollStale prod next"),
      quiet(22, 60),
    ],
  },
  {
    name: "CBRTaskPollStale: a run that hangs for 4 minutes is none",
    replicas: replicas(["a"], task(turns(runs(0), [10, says("hangs")], [14, runs(0)]))),
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRTaskPollStale: a failed poll of an hourly schedule is made up for within minutes: none",
    replicas: [
      { instance: "a", every: 60, tasks: [task((minute) => (minute === 60 ? "timeout" : runs(0)(minute))), healthy] },
    ],
    expect: [quiet(0, 170)],
  },
];
