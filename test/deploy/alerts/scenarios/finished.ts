import { ends, healthy, runs, type Said, task, turns } from "../cloud-tasks.ts";
import type { Scenario } from "../scenario.ts";
import { everything, without } from "./changes.ts";

const failed = task(ends("failed", 0, 5, { errorCode: "BackupService.5015" }));
const hourly = "0 * * * *";

const endings = [
  "CBRTaskFailed",
  "CBRTaskTimedOut",
  "CBRTaskSkipped",
  "CBRTaskPartlyFailed",
  "CBRBackupNotAppConsistent",
] as const;

/** What the alerts on a task that has ended share: `bad` is how it ended. */
function endedBadly(
  alert: (typeof endings)[number],
  row: string,
  status: string,
  bad: Partial<Said> = {},
): readonly Scenario[] {
  const fires = `${alert} prod t`;
  const t = task(ends(status, 0, 5, bad));
  return [
    {
      name: `${alert}: ${row}, seen by two exporters`,
      row,
      setup: { exporters: ["a", "b"], tasks: [t, healthy] },
      since: 5,
      until: 60,
      fires: { [fires]: [6, 60] },
      not: endings.filter((other) => other !== alert),
    },
    {
      name: `${alert}: for 24 h after the end`,
      setup: { tasks: [task(ends(status, -1500, -1430, bad)), healthy] },
      until: 20,
      fires: { [fires]: [1, 9] },
    },
    {
      name: `${alert}: the exporter comes back under another instance: no gap, no second alert`,
      setup: { tasks: [t, healthy] },
      happens: { 20: (world) => world.remove("a"), 24: (world) => world.start("b") },
      until: 60,
      fires: { [fires]: [6, 60] },
    },
    {
      name: `${alert}: ends within 10 minutes of leaving the configuration`,
      setup: { tasks: [t, healthy] },
      happens: { 20: (world) => world.reload("a", without("t")) },
      until: 40,
      fires: { [fires]: [6, 28] },
    },
    {
      name: `${alert}: ends once a later one of the same resource has succeeded`,
      setup: {
        tasks: [
          task(ends(status, 0, 5, { ...bad, resource: "db" })),
          task(ends("success", 6, 20, { operation: bad.operation ?? "backup", resource: "db" }), "again"),
          healthy,
        ],
      },
      until: 40,
      fires: { [fires]: [6, 20] },
    },
  ];
}

const sync = {
  operation: "sync",
  extra: { sync: { sync_backup_num: 7, delete_backup_num: 0, err_sync_backup_num: 1 } },
};
const removal = (fail_count: number) => ({
  operation: "remove_resource",
  extra: { remove_resources: { total_count: 5, fail_count } },
});
const consistency = (app_consistency_error_code: string) => ({
  extra: { backup: { app_consistency_status: "0", app_consistency_error_code } },
});

/** A task that ended while the cloud was out of reach for so many hours, with an exporter that watched it before. */
function unseen(hours: number): Scenario {
  const until = 10 + hours * 60;
  return {
    name: `CBRTaskFailed: ended during an outage of ${hours} h, by an exporter that had seen it run`,
    row: `a task failed in the first minutes of an outage of ${hours} h, and had been watched before`,
    setup: { schedule: hourly, tasks: [task(ends("failed", -5, 12))] },
    happens: { 10: everything({ kind: "cut" }), [until]: everything(undefined) },
    since: until,
    step: 10,
    until: until + 1_500,
    // For a day from its sight on, four minutes after the outage.
    fires: { "CBRApiDown prod": [80, until], "CBRTaskFailed prod t": [until + 10, until + 1_440] },
  };
}

/** A task that ended while its exporter did not run for so many hours. */
function missed(hours: number, stores: boolean): Scenario {
  const until = 10 + hours * 60;
  const told = { "CBRTaskFailed prod t": [until, until + 1_430] } as const;
  const storage = stores ? "its storage knew that it ran" : "nobody knows that it ran";
  return {
    name: `CBRTaskFailed: ended while the exporter was off for ${hours} h, and ${storage}`,
    row: `a task failed while the exporter was off for ${hours} h, and ${storage}`,
    ...(!stores && { because: "what ended more than a day ago is of the past" }),
    setup: { tasks: [task(ends("failed", -5, 20))], stores },
    happens: { 10: (world) => world.kill("a"), [until]: (world) => world.start("a") },
    since: until,
    step: 10,
    until: until + 1_500,
    fires: { "CBRExporterDown cbr a": [20, until - 10], ...(stores && told) },
  };
}

export const finished: readonly Scenario[] = [
  missed(60, true),
  missed(60, false),
  ...endedBadly("CBRTaskFailed", "a task fails", "failed", { errorCode: "BackupService.5015" }),
  ...endedBadly("CBRTaskTimedOut", "a task times out", "timeout"),
  ...endedBadly("CBRTaskSkipped", "a task is skipped", "skipped"),
  ...endedBadly("CBRTaskPartlyFailed", "a removal succeeds, but for some of its resources", "success", removal(1)),
  ...endedBadly(
    "CBRBackupNotAppConsistent",
    "a backup is not application-consistent, and says why",
    "success",
    consistency("BackupService.4002"),
  ),
  {
    name: "CBRTaskPartlyFailed: backups that could not be synchronized",
    row: "a synchronization succeeds, but for some of its backups",
    setup: { tasks: [task(ends("success", 0, 5, sync)), healthy] },
    since: 5,
    until: 30,
    fires: { "CBRTaskPartlyFailed prod t": [6, 30] },
  },
  {
    name: "a success without failed parts, and a backup that was not asked to be application-consistent, are none",
    row: "tasks succeed",
    because: "all is well",
    setup: {
      tasks: [
        task(ends("success", 0, 5, removal(0)), "removal"),
        task(ends("success", 0, 5, consistency("0")), "backup"),
        healthy,
      ],
    },
    since: 5,
    until: 30,
    not: ["CBRTaskPartlyFailed", "CBRBackupNotAppConsistent"],
  },
  {
    name: "what failed of a task that itself failed is told once",
    setup: { tasks: [task(ends("failed", 0, 5, removal(2))), healthy] },
    until: 30,
    fires: { "CBRTaskFailed prod t warning": [6, 30] },
    not: ["CBRTaskPartlyFailed"],
  },
  {
    name: "CBRTaskFailed, CBRTaskTimedOut: tasks that clean up or look are no reason to wake somebody",
    row: "a `delete`, `vault_delete`, `remove_resource` or `sync` fails or times out",
    setup: {
      tasks: [
        ...["delete", "vault_delete", "remove_resource", "sync"].flatMap((operation) => [
          task(ends("failed", 0, 5, { operation }), `${operation}-f`),
          task(ends("timeout", 0, 5, { operation }), `${operation}-t`),
        ]),
        healthy,
      ],
    },
    since: 5,
    until: 20,
    fires: Object.fromEntries(
      ["delete", "vault_delete", "remove_resource", "sync"].flatMap((operation) => [
        [`CBRTaskFailed prod ${operation}-f warning`, [6, 20]],
        [`CBRTaskTimedOut prod ${operation}-t warning`, [6, 20]],
      ]),
    ),
  },
  {
    name: "CBRTaskFailed: failed before it started",
    row: "a task fails before it has started",
    setup: {
      tasks: [
        task(turns(() => ({ status: "waiting", created: 0 }), [5, () => ({ status: "failed", created: 0, ended: 5 })])),
        healthy,
      ],
    },
    since: 5,
    until: 20,
    fires: { "CBRTaskFailed prod t": [6, 20] },
  },
  {
    name: "CBRTaskFailed: without an end, seen before",
    row: "a task fails, and its `ended_at` stays empty",
    setup: { tasks: [task(turns(runs(0), [5, () => ({ status: "failed", created: -1, started: 0 })])), healthy] },
    since: 5,
    until: 40,
    fires: { "CBRTaskFailed prod t": [6, 40] },
  },
  {
    name: "CBRTaskFailed: without any time, and not seen before",
    row: "a task that has failed, without any time, is listed",
    setup: { tasks: [task(() => ({ status: "failed" })), healthy] },
    until: 20,
    fires: { "CBRTaskFailed prod t": [0, 20] },
  },
  {
    name: "CBRTaskFailed: without any time, for 24 h",
    setup: { schedule: hourly, tasks: [task(() => ({ status: "failed" }))] },
    step: 10,
    until: 1450,
    fires: { "CBRTaskFailed prod t": [0, 1430] },
  },
  {
    name: "CBRTaskFailed: ended in 1970",
    row: "a task fails, and its `ended_at` is 1970",
    setup: {
      tasks: [
        {
          ...failed,
          body: (moment) => ({
            ...failed.body(moment),
            ...(moment.elapsedMs > 300_000 && { ended_at: "1970-01-01T00:00:00" }),
          }),
        },
        healthy,
      ],
    },
    since: 5,
    until: 40,
    fires: { "CBRTaskFailed prod t": [6, 40] },
  },
  {
    name: "CBRTaskFailed: last month's",
    row: "a task that failed 25 h ago is listed, and nobody had watched it",
    because: "what is listed long after its end is known to whoever lists it",
    setup: { tasks: [task(ends("failed", -1600, -1500)), healthy] },
    until: 60,
    not: ["CBRTaskFailed"],
  },
  {
    name: "CBRTaskFailed: of 60 h ago",
    row: "a task that failed 60 h ago is listed, and nobody had watched it",
    because: "as above",
    setup: { tasks: [task(ends("failed", -3700, -3600)), healthy] },
    until: 60,
    not: ["CBRTaskFailed"],
  },
  unseen(25),
  unseen(60),
  {
    name: "CBRTaskFailed: a resource whose later success is listed too",
    row: "a task that failed and the later success of its resource are listed together",
    because: "the later one made it good",
    setup: {
      tasks: [
        task(ends("failed", -100, -60, { resource: "db" })),
        task(ends("success", -50, -20, { resource: "db" }), "again"),
        healthy,
      ],
    },
    until: 30,
    not: ["CBRTaskFailed"],
  },
  {
    name: "CBRTaskFailed: the later success of another operation makes nothing good",
    setup: {
      tasks: [
        task(ends("failed", -100, -60, { resource: "db" })),
        task(ends("success", -50, -20, { resource: "db", operation: "replication" }), "other"),
        healthy,
      ],
    },
    until: 30,
    fires: { "CBRTaskFailed prod t": [1, 30] },
  },
  {
    name: "CBRTaskFailed: one of two exporters, which is cut off, has not seen the later success",
    setup: {
      exporters: ["a", "b"],
      remote: ["b"],
      tasks: [
        task(ends("failed", 0, 5, { resource: "db" })),
        task(ends("success", 6, 20, { resource: "db" }), "again"),
        healthy,
      ],
    },
    happens: { 10: (world) => world.cutOff("b") },
    until: 40,
    fires: { "CBRTaskFailed prod t": [6, 20] },
  },
  {
    name: "CBRTaskFailed: a task without an operation",
    setup: { tasks: [task(ends("failed", 0, 5, { operation: "" })), healthy] },
    until: 30,
    fires: { "CBRTaskFailed prod t": [6, 30] },
  },
  {
    name: "CBRTaskFailed, CBRTaskRunningTooLong: a cloud that tells no time of its own",
    setup: { tasks: [failed, task(runs(-1430), "long")] },
    shown: (series) => !series.startsWith("cbr_api_clock_skew_seconds"),
    until: 30,
    fires: { "CBRTaskFailed prod t": [6, 30], "CBRTaskRunningTooLong prod long": [11, 30] },
  },
  {
    name: "CBRTaskFailed: a task without a resource",
    setup: { tasks: [task(ends("failed", 0, 5, { resource: "" })), healthy] },
    until: 30,
    fires: { "CBRTaskFailed prod t": [6, 30] },
  },
  {
    name: "CBRTaskFailed: seen by one replica, while the other is cut off and still has it running",
    setup: { exporters: ["a", "b"], remote: ["b"], tasks: [failed, healthy] },
    happens: { 2: (world) => world.cutOff("b") },
    until: 30,
    fires: { "CBRTaskFailed prod t": [6, 30] },
  },
];
