import type { Minute, Replica, Scenario, Watched } from "../scenario.ts";
import { firing } from "../scenario.ts";
import { at, ends, healthy, replicas, runs, says, stalls, task, turns, waits } from "../tasks.ts";

const identity = {
  operationType: "replication",
  resourceId: "0a1b",
  resourceName: "订单数据库-主",
  vaultId: "9f8e",
  vaultName: "vault-dr",
};
const who = "Task t of project prod, operation replication, resource 订单数据库-主, vault vault-dr";

/** One alert that fires at a minute, from one minute to the same, with its whole text. */
function told(
  alert: string,
  minute: Minute,
  watchers: readonly Replica[],
  summary: string,
  description: string,
  beside: readonly string[] = [],
): Scenario {
  return {
    name: `${alert.split(" ")[0]}: ${description}`,
    replicas: watchers,
    expect: [firing(minute, minute, alert, ...beside)],
    annotations: [{ at: minute, firing: alert, summary, description }],
  };
}

const one = (...tasks: readonly Watched[]): readonly Replica[] => replicas(["a"], ...tasks);

export const annotations: readonly Scenario[] = [
  told(
    "CBRTaskFailed prod t",
    30,
    replicas(
      ["a", "b"],
      task(ends("failed", 0, 5, { ...identity, progress: 71, error: { code: "BackupService.5015" } })),
    ),
    "CBR task failed: 订单数据库-主 (project prod)",
    `${who}, error code BackupService.5015, progress 71%, took 5m 0s, ended at 1970-01-01 00:05:00 +0000 UTC.`,
  ),
  told(
    "CBRTaskFailed prod t",
    30,
    one(task(() => ({ status: "failed", createdAt: at(-60), error: { code: "BackupService.5015" } }))),
    "CBR task failed: t (project prod)",
    "Task t of project prod, error code BackupService.5015, created 1h 30m 0s ago.",
  ),
  {
    name: "CBRTaskFailed: two names and two resources after a rename are still one text",
    replicas: [
      {
        instance: "a",
        lives: [0, 12],
        tasks: [
          task(ends("failed", 0, 5, { ...identity, progress: 71, resourceName: "old" }), { name: "restore of b" }),
        ],
      },
      {
        instance: "b",
        lives: [8, 99],
        tasks: [task(ends("failed", 0, 5, { ...identity, progress: 71 }), { name: "restore of a" })],
      },
    ],
    expect: [firing(6, 30, "CBRTaskFailed prod t")],
    annotations: [
      {
        at: 10,
        firing: "CBRTaskFailed prod t",
        summary: "CBR task failed: restore of b (project prod)",
        description:
          "Task t of project prod, operation replication, resource 订单数据库-主, vault vault-dr, progress 71%, took 5m 0s, ended at 1970-01-01 00:05:00 +0000 UTC.",
      },
    ],
  },
  told(
    "CBRTaskTimedOut prod t",
    30,
    one(task(ends("timeout", 0, 5, { ...identity, progress: 48 }), { name: "restore of db-master" })),
    "CBR task timed out: restore of db-master (project prod)",
    `${who}, progress 48%, took 5m 0s, ended at 1970-01-01 00:05:00 +0000 UTC.`,
  ),
  told(
    "CBRTaskSkipped prod t",
    30,
    one(task(ends("skipped", 5, 5, identity))),
    "CBR task was skipped: 订单数据库-主 (project prod)",
    `${who}, took 0s, ended at 1970-01-01 00:05:00 +0000 UTC.`,
  ),
  told(
    "CBRTaskStalled prod t",
    90,
    one(task((minute) => ({ ...(stalls(5)(minute) as object), ...identity, status: "running" }))),
    "CBR task makes no progress: 订单数据库-主 (project prod)",
    `${who}, progress 40%, started 1h 30m 0s ago.`,
  ),
  told(
    "CBRTaskRunningTooLong prod t",
    30,
    one(task(runs(-1440, { ...identity, progress: 12.5 }))),
    "CBR task runs for too long: 订单数据库-主 (project prod)",
    `${who}, progress 12.5%, started 1d 0h 30m 0s ago.`,
  ),
  told(
    "CBRTaskWaitingTooLong prod t",
    30,
    one(task((minute) => ({ ...(waits(-360)(minute) as object), ...identity, status: "waiting" }))),
    "CBR task waits for too long: 订单数据库-主 (project prod)",
    `${who}, progress 0%, created 6h 30m 0s ago.`,
  ),
  told(
    "CBRBackupNotAppConsistent prod t",
    30,
    one(
      task(
        ends("success", 0, 5, {
          ...identity,
          operationType: "backup",
          appConsistencyError: { code: "BackupService.4002" },
        }),
      ),
    ),
    "CBR backup is not application-consistent: 订单数据库-主 (project prod)",
    `${who.replace("replication", "backup")}, app consistency error code BackupService.4002, took 5m 0s, ended at 1970-01-01 00:05:00 +0000 UTC.`,
  ),
  told(
    "CBRTaskPollStale prod t",
    30,
    one(task(turns(runs(0, { ...identity, progress: 20 }), [10, says("bad_body")])), healthy),
    "What is known of a CBR task is old: 订单数据库-主 (project prod)",
    `${who}, progress 20%, started 30m 0s ago, last poll failed: bad_body.`,
  ),
  told(
    "CBRTaskNotFound prod t",
    30,
    one(task(says("not_found"), { name: "mistyped id" })),
    "CBR task is not found: mistyped id (project prod)",
    "Task t of project prod, last poll failed: not_found.",
  ),
  told(
    "CBRApiDown prod",
    30,
    one(
      task(says("network")),
      task((minute) => (minute % 2 ? "timeout" : "network"), { id: "u" }),
    ),
    "CBR's API does not answer for project prod",
    "No request of project prod got a usable answer in the last run that asked; errors of the last 15 minutes: network timeout. What is known of its tasks is old.",
  ),
  told(
    "CBRApiThrottled prod",
    30,
    one(
      task((minute) => (minute % 2 ? "throttled" : runs(0)(minute))),
      healthy,
    ),
    "CBR's API throttles project prod",
    "In the last 5 minutes about 3 requests of project prod were refused with HTTP 429, and it has been so for 15 minutes.",
  ),
  told(
    "CBRCredentialsExpiring prod",
    30,
    [{ instance: "a", tasks: [healthy], tokenEnds: () => 100 }],
    "The token of project prod ends soon",
    "The token of project prod ends in 1h 10m 0s; nobody renews it but you.",
  ),
  told(
    "CBRCredentialsExpiring prod",
    30,
    [{ instance: "a", tasks: [healthy], tokenEnds: () => 20 }],
    "The token of project prod has ended",
    "The token of project prod has ended; nobody renews it but you.",
  ),
  told(
    "CBRCollectorSkipping prod nightly",
    40,
    one(
      task((minute) => (minute % 5 ? "hangs" : runs(0)(minute))),
      healthy,
    ),
    "Collector nightly of project prod skips runs",
    "Collector nightly of project prod skipped about 24 runs in 30 minutes, more than it finished; its last run took 4m 0s for 2 tasks.",
  ),
  told(
    "CBRExporterDown",
    30,
    [
      { instance: "a", lives: [0, 10], listed: [0, 99], tasks: [] },
      { instance: "b", lives: [0, 10], listed: [0, 99], tasks: [] },
    ],
    "No CBR exporter can be scraped",
    "Prometheus reaches no target of job cbr; tried: a b. Nothing is known of any CBR task.",
  ),
  told(
    "CBRExporterDown",
    30,
    [],
    "No CBR exporter can be scraped",
    "Prometheus reaches no target of job cbr; it has none. Nothing is known of any CBR task.",
  ),
];
