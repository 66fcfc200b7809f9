import { firing, type Minute, quiet, type Scenario, type Watched } from "../scenario.ts";
import { ends, healthy, replicas, restarting, runs, says, stalls, task, turns, waits } from "../tasks.ts";

/** Tasks in every state in which an outage could freeze them. */
const fleet: readonly Watched[] = [
  task(runs(0), { id: "moving" }),
  task(stalls(0), { id: "standing" }),
  task(runs(-1430), { id: "long" }),
  task(waits(-350), { id: "waiting" }),
  task(ends("success", -60, -30), { id: "done" }),
];

function during(from: Minute, until: Minute, tasks: readonly Watched[] = fleet): readonly Watched[] {
  return tasks.map((each) => ({ ...each, answer: turns(each.answer, [from, says("network")], [until, each.answer]) }));
}

const throttled = (minute: Minute) => (minute >= 10 && minute % 2 === 0 ? "throttled" : runs(0)(minute));

export const api: readonly Scenario[] = [
  {
    name: "CBRApiDown: an outage is one alert after 10 minutes, whatever the tasks were at; none about tasks after it",
    replicas: replicas(["a", "b"], ...during(5, 30, [...fleet.slice(0, 1), ...fleet.slice(4)])),
    expect: [quiet(0, 15), firing(16, 30, "CBRApiDown prod"), quiet(31, 120)],
  },
  {
    name: "CBRApiDown: a long outage freezes tasks in every state, and is still one alert",
    replicas: replicas(["a"], ...during(5, 999)),
    expect: [quiet(0, 15), firing(16, 200, "CBRApiDown prod")],
  },
  {
    name: "CBRApiDown: an outage in which each request takes its time to fail, so that a run takes ten minutes",
    replicas: replicas(
      ["a"],
      ...Array.from({ length: 40 }, (_, index) =>
        task(turns(runs(0), [5, says("slow timeout")], [60, runs(0)]), { id: `t${index}` }),
      ),
    ),
    expect: [quiet(0, 15), firing(16, 61, "CBRApiDown prod"), quiet(63, 120)],
  },
  {
    name: "CBRApiDown: an outage of 9 minutes is none",
    replicas: replicas(["a"], ...during(5, 14, [healthy])),
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRApiDown: one replica that is cut off is none",
    replicas: [
      { instance: "a", tasks: [healthy] },
      { instance: "b", tasks: [healthy], cutOff: [5, 999] },
    ],
    expect: [quiet(0, 120)],
  },
  {
    name: "CBRApiDown: of the project whose cloud is down, not of the other",
    replicas: [
      { instance: "a", tasks: during(5, 99) },
      { instance: "a", project: "dr", tasks: [healthy] },
    ],
    expect: [quiet(0, 15), firing(16, 60, "CBRApiDown prod")],
  },
  {
    name: "CBRApiDown: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([30, 34], ...during(5, 99)),
    expect: [quiet(0, 15), firing(16, 60, "CBRApiDown prod")],
  },
  {
    name: "CBRApiDown: the replica that reached the cloud goes, the other does not reach it: 10 minutes from then",
    replicas: [
      { instance: "a", lives: [0, 20], tasks: [healthy] },
      { instance: "b", tasks: [healthy], cutOff: [5, 999] },
    ],
    expect: [quiet(0, 29), firing(30, 60, "CBRApiDown prod")],
  },
  {
    name: "CBRApiThrottled: refusals in every 5 minutes, for 15, once for two replicas; ends with them",
    replicas: replicas(
      ["a", "b"],
      task((minute) => (minute < 60 ? throttled(minute) : runs(0)(minute))),
      healthy,
    ),
    expect: [quiet(0, 25), firing(26, 62, "CBRApiThrottled prod"), quiet(66, 90)],
  },
  {
    name: "CBRApiThrottled: a burst of refusals is none",
    replicas: replicas(
      ["a"],
      task((minute) => (minute < 20 ? throttled(minute) : runs(0)(minute))),
      healthy,
    ),
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRApiThrottled: a refusal every 10 minutes is none",
    replicas: replicas(
      ["a"],
      task((minute) => (minute % 10 === 0 ? "throttled" : runs(0)(minute))),
      healthy,
    ),
    expect: [quiet(0, 90)],
  },
  {
    name: "CBRApiThrottled: other errors are none",
    replicas: replicas(
      ["a"],
      task((minute) => (minute % 2 === 0 ? "server_error" : runs(0)(minute))),
      healthy,
    ),
    expect: [quiet(0, 90)],
  },
  {
    name: "CBRApiThrottled: the exporter restarts under a new instance: no gap, no second alert",
    replicas: restarting([40, 42], task(throttled), healthy),
    expect: [quiet(0, 25), firing(26, 80, "CBRApiThrottled prod")],
  },
  {
    name: "CBRCredentialsExpiring: 2 h before the first token of two replicas ends, until it is renewed",
    replicas: ["a", "b"].map((instance, index) => ({
      instance,
      tasks: [healthy],
      tokenEnds: (minute: Minute) => (minute < 60 ? 150 + 60 * index : 1500),
    })),
    expect: [quiet(0, 30), firing(31, 59, "CBRCredentialsExpiring prod"), quiet(60, 90)],
  },
  {
    name: "CBRCredentialsExpiring: goes on when the token has ended",
    replicas: [{ instance: "a", tasks: [healthy], tokenEnds: () => 20, method: "token" }],
    expect: [firing(0, 60, "CBRCredentialsExpiring prod")],
  },
  {
    name: "CBRCredentialsExpiring: what the exporter renews by itself is none",
    replicas: [{ instance: "a", tasks: [healthy], tokenEnds: () => 20, method: "password" }],
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRCredentialsExpiring: the exporter restarts under a new instance: no gap, no second alert",
    replicas: [
      { instance: "a", lives: [0, 40], tasks: [healthy], tokenEnds: () => 150 },
      { instance: "b", lives: [44, 99], tasks: [healthy], tokenEnds: (minute) => (minute < 46 ? undefined : 150) },
    ],
    expect: [quiet(0, 30), firing(31, 80, "CBRCredentialsExpiring prod")],
  },
];
