import { createSecret } from "../../../../src/base/secret.ts";
import type { Fault } from "../../../../src/simulator/faults/kinds.ts";
import type { SimTask } from "../../../../src/simulator/tasks/sim-task.ts";
import { createAuthority } from "../../../support/certificates.ts";
import { ends, healthy, runs, stalls, task, waits } from "../cloud-tasks.ts";
import type { Scenario, Setup } from "../scenario.ts";
import { also, both, eachAlone, everything, impatient, project, secondProject, tasks } from "./changes.ts";

const down = { kind: "cut" } as const;
const unavailable = { kind: "server-error", status: 503 } as const;
const hourly = "0 * * * *";

/** Tasks in every state in which an outage could freeze them. */
const fleet: readonly SimTask[] = [
  task(runs(0), "moving"),
  task(stalls(-1), "standing"),
  task(runs(-1365), "long"),
  task(waits(-285), "waiting"),
  task(ends("success", -60, -30), "done"),
];

/** Every way in which the cloud can be of no use, with what it does to a request. */
const useless: readonly (readonly [string, Fault])[] = [
  ["the cloud drops connections", down],
  ["the cloud does not answer", { kind: "hang" }],
  ["the cloud answers 500", { kind: "server-error" }],
  ["the cloud answers with a page", { kind: "html" }],
  ["the cloud answers 403", { kind: "status", status: 403 }],
  [
    "the endpoint is that of another service (404 of its gateway)",
    { kind: "status", status: 404, body: '{"error_code":"APIGW.0101"}' },
  ],
  ["the endpoint redirects to a login page", { kind: "redirect" }],
];

/** What is wrong with the configuration from the first start on. */
const wrong: readonly (readonly [string, Setup])[] = [
  ["nobody listens at the endpoint", { config: project({ endpoint: "http://127.0.0.1:9" }) }],
  ["the project's id is another's", { config: project({ id: "0123456789abcdef0123456789abcdef" }) }],
  ["the proxy is dead", { config: project({ proxy: { url: createSecret("http://127.0.0.1:9") } }) }],
  ["the cloud's certificate is not trusted", { simulator: { tls: createAuthority().issue({ names: ["127.0.0.1"] }) } }],
];

const outages: readonly Scenario[] = [
  ...useless.map(
    ([what, fault]): Scenario => ({
      name: `CBRApiDown: ${what}`,
      row: what,
      setup: { tasks: fleet },
      happens: { 5: everything(fault), 50: everything(undefined) },
      since: 5,
      until: 60,
      fires: { "CBRApiDown prod": [fault.kind === "hang" ? 19 : 18, 50] },
    }),
  ),
  ...[
    ...useless.map(([what, fault]) => [what, { tasks: fleet }, fault] as const),
    ...wrong.map(([what, setup]) => [what, { ...setup, tasks: fleet }, undefined] as const),
  ].map(
    ([what, setup, fault]): Scenario => ({
      name: `CBRApiDown: ${what}, from the first start`,
      row: `${what}, from the first start`,
      setup: { ...setup, exporters: [] },
      happens: { 0: [everything(fault), ({ start }) => start("a")] },
      until: 40,
      fires: { "CBRApiDown prod": [3, 40] },
    }),
  ),
  {
    name: "CBRApiDown: a long outage freezes tasks in every state",
    row: "an outage of five hours, with tasks in every state",
    setup: { schedule: "*/5 * * * *", tasks: fleet },
    happens: { 5: everything(down) },
    since: 5,
    until: 300,
    fires: { "CBRApiDown prod": [22, 300] },
  },
  {
    name: "CBRApiDown: an outage of 3 minutes",
    row: "an outage of 3 minutes",
    because: "it is over before somebody could do anything",
    setup: { tasks: fleet },
    happens: { 5: everything(down), 8: everything(undefined) },
    since: 5,
    until: 60,
    not: ["CBRApiDown", "CBRApiErrors"],
  },
  {
    name: "CBRApiDown: an outage of 9 minutes",
    row: "an outage of 9 minutes",
    setup: { tasks: fleet },
    happens: { 5: everything(down), 14: everything(undefined) },
    since: 5,
    until: 60,
    fires: { "CBRApiErrors prod": [17, 23] },
    not: ["CBRApiDown"],
  },
  {
    name: "CBRApiDown: of the project whose cloud is down, not of the other",
    row: "of two projects one is refused from the first start",
    setup: {
      tasks: [task(runs(0)), healthy],
      simulator: { projects: [{ id: "d0d0", name: "dr-1", token: "dr-token" }] },
      config: both(eachAlone, secondProject({ name: "dr", id: "d0d0" }, "healthy")),
    },
    until: 40,
    fires: { "CBRApiDown dr": [2, 40] },
  },
  {
    name: "CBRApiDown: the exporter comes back under another instance: no gap, no second alert",
    setup: { tasks: fleet },
    happens: { 5: everything(down), 30: (world) => world.remove("a"), 34: (world) => world.start("b") },
    until: 60,
    fires: { "CBRApiDown prod": [18, 60] },
  },
  {
    name: "CBRApiDown: the only task of a project breaks",
    row: "the only unfinished task of a project breaks",
    setup: { tasks: [task(runs(0)), task(ends("success", -60, -30), "done")] },
    happens: { 5: tasks(unavailable, "t") },
    since: 5,
    until: 40,
    fires: { "CBRApiDown prod": [18, 40] },
  },
  {
    name: "a failed task is told during an outage, and a broken one is not told twice",
    setup: { tasks: [task(ends("failed", -20, -3)), task(runs(0), "broken"), healthy] },
    happens: { 5: everything(down) },
    until: 60,
    fires: { "CBRTaskFailed prod t": [1, 60], "CBRApiDown prod": [18, 60] },
    not: ["CBRTaskPollStale"],
  },
  {
    name: "CBRReplicaCutOff: one of two is cut off",
    row: "one of two exporters does not reach the cloud",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: [task(runs(0)), healthy] },
    happens: { 5: (world) => world.cutOff("b"), 60: (world) => world.cutOff("b", false) },
    since: 5,
    until: 80,
    fires: { "CBRReplicaCutOff prod cbr b": [36, 60] },
    not: ["CBRApiErrors"],
  },
  {
    name: "CBRReplicaCutOff: another cluster has a project of the same name",
    row: "two clusters watch projects of one name, and one of the two is out of reach",
    because: "it is `CBRApiDown` of its cluster where the rules are made with `--labels=cluster`",
    setup: {
      exporters: ["west", "east"],
      remote: ["west"],
      tasks: [task(runs(0)), healthy],
      labels: (cluster) => ({ job: "cbr", cluster }),
    },
    happens: { 5: (world) => world.cutOff("west") },
    since: 5,
    until: 60,
    fires: { "CBRReplicaCutOff prod cbr west": [36, 60] },
  },
  {
    name: "CBRReplicaCutOff: for 25 minutes",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: fleet },
    happens: { 5: (world) => world.cutOff("b"), 30: (world) => world.cutOff("b", false) },
    until: 60,
    not: ["CBRReplicaCutOff", "CBRApiDown"],
  },
  {
    name: "CBRApiDown, not CBRReplicaCutOff: both are cut off",
    setup: { exporters: ["a", "b"], remote: ["a", "b"], tasks: fleet },
    happens: { 5: [({ cutOff }) => cutOff("a"), ({ cutOff }) => cutOff("b")] },
    until: 60,
    fires: { "CBRApiDown prod": [18, 60] },
    not: ["CBRReplicaCutOff"],
  },
  {
    name: "CBRApiDown: the replica that reached the cloud goes, the other does not reach it",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: fleet },
    happens: { 5: (world) => world.cutOff("b"), 20: (world) => world.remove("a") },
    until: 60,
    fires: { "CBRApiDown prod": [32, 60] },
  },
];

/** The cloud is gone for the last minutes of each turn. */
function gone(minutes: number, turn: number, until: number): NonNullable<Scenario["happens"]> {
  const turns = Array.from({ length: Math.ceil(until / turn) }, (_, n) => n * turn);
  return Object.fromEntries(
    turns.flatMap((minute) => [
      [minute, everything(undefined)],
      [minute + turn - minutes, everything(down)],
    ]),
  );
}

const flapping: readonly Scenario[] = [
  {
    name: "a cloud that comes and goes hides no broken task",
    row: "the cloud is gone for 2 minutes of 3, and one task breaks for good",
    setup: { tasks: [task(runs(0)), healthy], config: impatient },
    happens: { ...gone(2, 3, 90), 4: [everything(down), tasks(unavailable, "t")] },
    since: 4,
    until: 89,
    fires: { "CBRApiErrors prod": [19, 89], "CBRTaskPollStale prod t": [20, 89] },
    not: ["CBRApiDown"],
  },
  {
    name: "CBRApiErrors: gone for 4 minutes of 5",
    row: "the cloud is gone for 4 minutes of 5",
    setup: { tasks: [task(runs(0)), healthy], config: impatient },
    happens: gone(4, 5, 90),
    until: 89,
    fires: { "CBRApiErrors prod": [19, 89] },
    not: ["CBRApiDown", "CBRTaskPollStale"],
  },
  {
    name: "CBRApiDown: gone for 25 minutes of 30",
    row: "the cloud is gone for 25 minutes of 30",
    setup: { tasks: [task(runs(0)), healthy], config: impatient },
    happens: gone(25, 30, 90),
    since: 5,
    until: 89,
    fires: {
      "CBRApiDown prod": [
        [18, 30],
        [48, 60],
        [78, 89],
      ],
    },
  },
];

const twoOfThree = ["t0", "t1", "t2"].map((id) => task(runs(0), id));

const errors: readonly Scenario[] = [
  {
    name: "CBRApiErrors: 503 for half of the tasks",
    row: "the cloud answers 503 for half of the tasks",
    setup: { tasks: Array.from({ length: 6 }, (_, n) => task(runs(0), `t${n}`)) },
    happens: { 10: tasks(unavailable, "t0", "t1", "t2"), 60: tasks(undefined, "t0", "t1", "t2") },
    since: 10,
    until: 100,
    fires: {
      "CBRTaskPollStale prod t0": [26, 60],
      "CBRTaskPollStale prod t1": [26, 60],
      "CBRTaskPollStale prod t2": [26, 60],
      "CBRApiErrors prod": [28, 69],
    },
  },
  {
    name: "CBRApiErrors: 503 for every other request",
    row: "the cloud answers 503 to every other request",
    because: "a second try repairs each",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 5: tasks({ ...unavailable, every: 2 }, "*") },
    since: 5,
    until: 90,
    not: ["CBRApiErrors", "CBRTaskPollStale", "CBRApiDown"],
  },
  {
    name: "CBRApiErrors: tasks that are not found are no errors",
    setup: { tasks: [healthy], config: also("x", "y", "z") },
    until: 90,
    fires: Object.fromEntries(["x", "y", "z"].map((id) => [`CBRTaskNotFound prod ${id}`, [1, 90]])),
    not: ["CBRApiErrors"],
  },
  {
    name: "CBRApiErrors: an outage is told as such",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 5: everything(down), 60: everything(undefined) },
    until: 120,
    fires: { "CBRApiDown prod": [18, 60] },
    not: ["CBRApiErrors"],
  },
  {
    name: "CBRApiErrors: fewer than 20 attempts in 30 minutes",
    setup: { schedule: "*/8 * * * *", tasks: twoOfThree, config: impatient },
    happens: { 5: tasks(unavailable, "t0", "t1") },
    until: 100,
    fires: { "CBRTaskPollStale prod t0": [23, 100], "CBRTaskPollStale prod t1": [23, 100] },
    not: ["CBRApiErrors"],
  },
  {
    name: "CBRApiErrors: 20 attempts of two replicas together, fewer than 20 in 15 minutes",
    setup: { exporters: ["a", "b"], schedule: "*/6 * * * *", tasks: twoOfThree, config: impatient },
    happens: { 5: tasks(unavailable, "t0", "t1") },
    until: 100,
    fires: {
      "CBRTaskPollStale prod t0": [21, 100],
      "CBRTaskPollStale prod t1": [21, 100],
      "CBRApiErrors prod": [22, 100],
    },
  },
  {
    name: "CBRApiErrors: after an outage that explains it for half an hour",
    setup: { tasks: twoOfThree, config: impatient },
    happens: { 5: everything(down), 25: [everything(undefined), tasks(unavailable, "t0", "t1")] },
    until: 120,
    fires: {
      "CBRApiDown prod": [18, 25],
      "CBRTaskPollStale prod t0": [56, 120],
      "CBRTaskPollStale prod t1": [56, 120],
      "CBRApiErrors prod": [66, 120],
    },
  },
];

const throttles: readonly Scenario[] = [
  ...(
    [
      ["without `Retry-After`", {}, 69],
      ["with `Retry-After: 20`", { retryAfter: 20 }, 69],
      ["with `Retry-After: 120`", { retryAfter: 120 }, 68],
    ] as const
  ).map(
    ([what, part, last]): Scenario => ({
      name: `CBRApiThrottled: every other request, ${what}`,
      row: `the cloud answers 429 to every other request, ${what}`,
      setup: { exporters: ["a", "b"], tasks: [task(runs(0)), healthy] },
      happens: { 10: tasks({ kind: "throttle", every: 2, ...part }, "*"), 60: tasks(undefined, "*") },
      since: 10,
      until: 90,
      fires: { "CBRApiThrottled prod": [26, last] },
    }),
  ),
  {
    name: "CBRApiThrottled: every request",
    row: "the cloud answers 429 to every request",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 10: tasks({ kind: "throttle" }, "*"), 60: tasks(undefined, "*") },
    since: 10,
    until: 90,
    fires: { "CBRApiThrottled prod": [26, 69], "CBRApiDown prod": [23, 60] },
  },
  {
    name: "CBRApiThrottled: every request, with a long Retry-After",
    row: "the cloud answers 429 to every request, with `Retry-After: 300`",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 10: tasks({ kind: "throttle", retryAfter: 300 }, "*"), 60: tasks(undefined, "*") },
    since: 10,
    until: 90,
    fires: { "CBRApiThrottled prod": [26, 65], "CBRApiDown prod": [23, 60] },
  },
  {
    name: "CBRApiThrottled: a burst",
    row: "the cloud refuses with 429 for 5 minutes",
    because: "it is over before somebody could do anything",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: { 10: tasks({ kind: "throttle", every: 2 }, "*"), 15: tasks(undefined, "*") },
    since: 10,
    until: 50,
    not: ["CBRApiThrottled"],
  },
  {
    name: "CBRApiThrottled: a refusal every 20 minutes",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: Object.fromEntries([10, 30, 50, 70].map((minute) => [minute, tasks({ kind: "throttle", times: 1 }, "*")])),
    until: 90,
    not: ["CBRApiThrottled"],
  },
  {
    name: "CBRApiThrottled: the exporter comes back under another instance",
    setup: { tasks: [task(runs(0)), healthy] },
    happens: {
      10: tasks({ kind: "throttle", every: 2 }, "*"),
      40: (world) => world.remove("a"),
      42: (world) => world.start("b"),
    },
    until: 70,
    fires: { "CBRApiThrottled prod": [26, 70] },
  },
];

const slow: readonly Scenario[] = [
  {
    name: "an hourly schedule with one bad run",
    row: "an hourly schedule meets an outage of 10 minutes",
    because: "a run that failed is made up for within minutes",
    setup: { schedule: hourly, tasks: [task(runs(0)), healthy] },
    happens: { 55: everything(down), 65: everything(undefined) },
    since: 55,
    until: 200,
    not: ["CBRTaskPollStale", "CBRApiDown", "CBRApiErrors", "CBRCollectorBehind"],
  },
  {
    name: "a daily schedule with one bad run",
    row: "a daily schedule meets an outage of 30 minutes",
    setup: { schedule: "0 2 * * *", tasks: [task(runs(0)), healthy] },
    happens: { 110: everything(down), 140: everything(undefined) },
    since: 119,
    until: 240,
    fires: { "CBRApiDown prod": [132, 149] },
  },
  {
    name: "CBRTaskPollStale: one task breaks, hourly",
    row: "one task of an hourly schedule breaks",
    setup: { schedule: hourly, tasks: [task(runs(0)), healthy] },
    happens: { 55: tasks(unavailable, "t") },
    since: 59,
    until: 150,
    fires: { "CBRTaskPollStale prod t": [75, 150] },
  },
];

export const cloud: readonly Scenario[] = [...outages, ...flapping, ...errors, ...throttles, ...slow];
