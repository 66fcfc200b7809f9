import { firing, type Minute, quiet, type Scenario } from "../scenario.ts";
import { ends, healthy, replicas, runs, says, task, turns } from "../tasks.ts";

const wedged = turns(runs(0), [10, says("hangs")], [60, runs(0)]);
const stale = "CBRTaskPollStale prod t";
const skipping = "CBRCollectorSkipping prod nightly";

export const exporter: readonly Scenario[] = [
  {
    name: "CBRCollectorSkipping: more skipped than finished runs, once for two replicas; ends when most finish again",
    replicas: replicas(["a", "b"], task(wedged)),
    expect: [
      quiet(0, 15),
      firing(16, 21, stale),
      firing(22, 60, stale, skipping),
      firing(62, 70, skipping),
      quiet(78, 99),
    ],
  },
  {
    name: "CBRCollectorSkipping: a skipped run for each that finishes is none",
    replicas: replicas(
      ["a"],
      task((minute) => (minute % 2 === 1 ? "hangs" : runs(0)(minute))),
    ),
    expect: [quiet(0, 90)],
  },
  {
    name: "CBRCollectorSkipping: an outage makes runs long, and is told as such",
    replicas: replicas(
      ["a"],
      task(turns(runs(0), [10, (minute: Minute) => (minute % 4 === 0 ? "network" : "hangs")], [60, runs(0)])),
    ),
    expect: [quiet(0, 20), firing(26, 58, "CBRApiDown prod"), quiet(62, 150)],
  },
  {
    name: "CBRExporterDown: its only target does not answer, for 5 minutes",
    replicas: [{ instance: "a", lives: [0, 10], listed: [0, 99], tasks: [healthy] }],
    expect: [quiet(0, 14), firing(15, 60, "CBRExporterDown")],
  },
  {
    name: "CBRExporterDown: the job is gone, or has never been",
    replicas: [],
    expect: [quiet(0, 4), firing(5, 60, "CBRExporterDown")],
  },
  {
    name: "CBRExporterDown: its target is gone; tasks that fired end, and it is the only alert",
    replicas: [{ instance: "a", lives: [0, 10], tasks: [task(ends("failed", 0, 5)), healthy] }],
    expect: [
      quiet(0, 5),
      firing(6, 14, "CBRTaskFailed prod t"),
      firing(15, 17, "CBRTaskFailed prod t", "CBRExporterDown"),
      firing(19, 90, "CBRExporterDown"),
    ],
  },
  {
    name: "CBRExporterDown: one replica that answers is enough",
    replicas: [
      { instance: "a", lives: [0, 10], listed: [0, 99], tasks: [healthy] },
      { instance: "b", tasks: [healthy] },
    ],
    expect: [quiet(0, 60)],
  },
  {
    name: "CBRExporterDown: a restart of 4 minutes is none",
    replicas: [
      { instance: "a", lives: [0, 10], listed: [0, 14], tasks: [healthy] },
      { instance: "a", lives: [14, 99], tasks: [healthy] },
    ],
    expect: [quiet(0, 60)],
  },
];
