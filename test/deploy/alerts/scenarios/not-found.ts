import { firing, quiet, type Scenario } from "../scenario.ts";
import { healthy, replicas, restarting, runs, says, task, turns } from "../tasks.ts";

const gone = turns(runs(0), [10, says("not_found")]);

export const notFound: readonly Scenario[] = [
  {
    name: "CBRTaskNotFound: fires at the scrape that shows it, once for two replicas, and nothing else does",
    replicas: replicas(["a", "b"], task(says("not_found"))),
    expect: [quiet(0, 0), firing(1, 120, "CBRTaskNotFound prod t")],
  },
  {
    name: "CBRTaskNotFound: ends when the task is found again",
    replicas: replicas(["a"], task(turns(runs(0), [10, says("not_found")], [12, runs(0)]))),
    expect: [quiet(0, 10), firing(11, 11, "CBRTaskNotFound prod t"), quiet(13, 60)],
  },
  {
    name: "CBRTaskNotFound: a replica that is cut off and still says found hides nothing",
    replicas: [
      { instance: "a", tasks: [task(gone), healthy] },
      { instance: "b", tasks: [task(gone), healthy], cutOff: [5, 999] },
    ],
    expect: [quiet(0, 10), firing(11, 60, "CBRTaskNotFound prod t")],
  },
  {
    name: "CBRTaskNotFound: a replica that is cut off since it was not found is not believed",
    replicas: [
      { instance: "a", tasks: [task(turns(says("not_found"), [2, runs(0)])), healthy] },
      { instance: "b", tasks: [task(says("not_found")), healthy], cutOff: [1, 999] },
    ],
    expect: [firing(1, 2, "CBRTaskNotFound prod t"), quiet(3, 60)],
  },
  {
    name: "CBRTaskNotFound: a gateway's own 404, and any other error, says nothing about the task",
    replicas: replicas(["a"], task(turns(runs(0), [10, says("client_error")], [20, runs(0)])), healthy),
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRTaskNotFound: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([20, 24], task(gone), healthy),
    expect: [quiet(0, 10), firing(11, 60, "CBRTaskNotFound prod t")],
  },
  {
    name: "CBRTaskNotFound: ends within 10 minutes of leaving the configuration",
    replicas: replicas(["a"], task(gone, { during: [0, 20] }), healthy),
    expect: [quiet(0, 10), firing(11, 27, "CBRTaskNotFound prod t"), quiet(29, 60)],
  },
];
