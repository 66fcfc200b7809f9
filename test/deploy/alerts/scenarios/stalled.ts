import { firing, quiet, type Scenario } from "../scenario.ts";
import { ends, healthy, replicas, restarting, runs, says, stalls, task, turns, waits } from "../tasks.ts";

export const stalled: readonly Scenario[] = [
  {
    name: "CBRTaskStalled: fires after an hour without progress, once for two replicas; ends when the task ends",
    replicas: replicas(["a", "b"], task(turns(stalls(5), [90, ends("success", 0, 90)]))),
    expect: [quiet(0, 64), firing(65, 90, "CBRTaskStalled prod t"), quiet(91, 120)],
  },
  {
    name: "CBRTaskStalled: ends when the task moves on",
    replicas: replicas(["a"], task(turns(stalls(5), [90, runs(0)]))),
    expect: [quiet(0, 64), firing(65, 90, "CBRTaskStalled prod t"), quiet(91, 120)],
  },
  {
    name: "CBRTaskStalled: progress every 50 minutes is progress",
    replicas: replicas(
      ["a"],
      task((minute) => runs(0, { progress: Math.floor(minute / 50) })(minute)),
    ),
    expect: [quiet(0, 400)],
  },
  {
    name: "CBRTaskStalled: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([80, 84], task(stalls(5))),
    expect: [quiet(0, 64), firing(65, 150, "CBRTaskStalled prod t")],
  },
  {
    name: "CBRTaskStalled: one of two replicas goes: no gap",
    replicas: [
      { instance: "a", lives: [0, 80], tasks: [task(stalls(5))] },
      { instance: "b", tasks: [task(stalls(5))] },
    ],
    expect: [quiet(0, 64), firing(65, 150, "CBRTaskStalled prod t")],
  },
  {
    name: "CBRTaskStalled: ends within 10 minutes of leaving the configuration",
    replicas: replicas(["a"], task(stalls(5), { during: [0, 80] }), healthy),
    expect: [quiet(0, 64), firing(65, 79, "CBRTaskStalled prod t"), quiet(89, 120)],
  },
  {
    name: "CBRTaskStalled: what an outage froze is none",
    replicas: replicas(["a"], task(turns(stalls(5), [60, says("network")]))),
    expect: [quiet(0, 70), firing(71, 120, "CBRApiDown prod")],
  },
  {
    name: "CBRTaskStalled: a task that moves is none because one replica is cut off",
    replicas: [
      { instance: "a", tasks: [task(runs(0))] },
      { instance: "b", tasks: [task(runs(0))], cutOff: [5, 999] },
    ],
    expect: [quiet(0, 150)],
  },
  {
    name: "CBRTaskStalled: a task that one replica cannot ask for is none, the other stays fresh",
    replicas: [
      { instance: "a", tasks: [task(runs(0)), healthy] },
      { instance: "b", tasks: [task(turns(runs(0), [5, says("server_error")])), healthy] },
    ],
    expect: [quiet(0, 150)],
  },
  {
    name: "CBRTaskStalled: a task that waits is none",
    replicas: replicas(["a"], task(waits(0))),
    expect: [quiet(0, 150)],
  },
  {
    name: "CBRTaskStalled: on an hourly schedule, the second poll without progress tells",
    replicas: [{ instance: "a", every: 60, tasks: [task(says(stalls(0)(0)))] }],
    expect: [quiet(0, 60), firing(61, 150, "CBRTaskStalled prod t")],
  },
];
