import { server, vault } from "./cloud-estate.ts";
import type { AlertText } from "./scenario.ts";

/** What each alert says in full, by the scenario in which it says so. Minute 0 is the Unix epoch. */
export const texts: Readonly<Record<string, AlertText>> = {
  "CBRTaskFailed: a task fails, seen by two exporters": {
    at: 11,
    firing: "CBRTaskFailed prod t",
    summary: "CBR task failed: server of t (project prod)",
    description:
      "Task t of project prod, ended 1970-01-01 00:05:00 +0000 UTC, error code BackupService.5015, operation backup, resource server of t, vault vault-dr, progress 60%. First: look up the error code, and mend the cause; then start the operation again.",
  },
  "CBRTaskTimedOut: a task times out, seen by two exporters": {
    at: 11,
    firing: "CBRTaskTimedOut prod t",
    summary: "CBR task timed out: server of t (project prod)",
    description:
      "Task t of project prod, ended 1970-01-01 00:05:00 +0000 UTC, operation backup, resource server of t, vault vault-dr, progress 60%. First: see in the console whether something still goes on at the resource; then start the operation again.",
  },
  "CBRTaskSkipped: a task is skipped, seen by two exporters": {
    at: 11,
    firing: "CBRTaskSkipped prod t",
    summary: "CBR task was skipped: server of t (project prod)",
    description:
      "Task t of project prod, ended 1970-01-01 00:05:00 +0000 UTC, operation backup, resource server of t, vault vault-dr, progress 60%. First: see whether another task held the resource, or its server was in no state for it; then start it by hand.",
  },
  "CBRTaskPartlyFailed: a removal succeeds, but for some of its resources, seen by two exporters": {
    at: 11,
    firing: "CBRTaskPartlyFailed prod t",
    summary: "CBR task ended well, but not for all: server of t (project prod)",
    description:
      "Task t of project prod, ended 1970-01-01 00:05:00 +0000 UTC, operation remove_resource, resource server of t, vault vault-dr, progress 60%. First: see in the console which resources or backups are left, and why.",
  },
  "CBRBackupNotAppConsistent: a backup is not application-consistent, and says why, seen by two exporters": {
    at: 11,
    firing: "CBRBackupNotAppConsistent prod t",
    summary: "CBR backup is not application-consistent: server of t (project prod)",
    description:
      "Task t of project prod, error code BackupService.4002, ended 1970-01-01 00:05:00 +0000 UTC, operation backup, resource server of t, vault vault-dr, progress 60%. First: check the agent on the server, and its scripts; then start a backup by hand.",
  },
  "CBRResourceLastFailed: one of two exporters, which is cut off, has not seen the later success": {
    at: 15,
    firing: "CBRResourceLastFailed prod db",
    summary: "The last backup failed: db (project prod)",
    description:
      "Resource db of project prod, vault vault-dr, backup last ended 1970-01-01 00:05:00 +0000 UTC, last backup: failed. First: look for the task in the console, by the resource and the time; mend the cause, and start a backup by hand.",
  },
  "CBRTaskStatusUnknown: for an hour": {
    at: 71,
    firing: "CBRTaskStatusUnknown prod t",
    summary: "CBR task has a status that the exporter does not know: server of t (project prod)",
    description:
      "Task t of project prod, operation backup, resource server of t, vault vault-dr, status since 1970-01-01 00:05:30 +0000 UTC. The cloud has reported that status for 1h 5m 30s: nothing of this list judges the task. First: look at the task in the console, then for a newer version of the exporter.",
  },
  "CBRTaskNotFound: from the start, seen by two exporters": {
    at: 6,
    firing: "CBRTaskNotFound prod t",
    summary: "CBR task is not found: t (project prod)",
    description:
      "Task t of project prod, collector nightly, status since 1970-01-01 00:00:00.2 +0000 UTC. The cloud says that there is no such task. First: check the id, and whether it belongs to this project and region; correct the configuration, or take it out.",
  },
  "CBRTaskStalled: seen by two exporters, until it ends": {
    at: 71,
    firing: "CBRTaskStalled prod t",
    summary: "CBR task makes no progress: server of t (project prod)",
    description:
      "Task t of project prod, operation backup, resource server of t, vault vault-dr, progress 40%, progress rose 1970-01-01 00:05:30 +0000 UTC, started 1969-12-31 23:59:00 +0000 UTC. At the last good poll its progress had not risen for 1h 5m 0s. First: look at the resource and its agent in the console.",
  },
  "CBRTaskRunningTooLong: seen by two exporters, until it ends": {
    at: 16,
    firing: "CBRTaskRunningTooLong prod t",
    summary: "CBR task runs for too long: server of t (project prod)",
    description:
      "Task t of project prod, operation backup, resource server of t, vault vault-dr, progress 45.17%, started 1969-12-31 00:10:00 +0000 UTC. At the last good poll it had been running for 1d 0h 5m 29s. First: see whether its progress still rises, and how long it will take at that pace.",
  },
  "CBRTaskWaitingTooLong: seen by two exporters, until it ends": {
    at: 16,
    firing: "CBRTaskWaitingTooLong prod t",
    summary: "CBR task waits for too long: server of t (project prod)",
    description:
      "Task t of project prod, created 1969-12-31 18:10:00 +0000 UTC, operation backup, resource server of t, vault vault-dr. At the last good poll it had been waiting for 6h 5m 29s. First: see what else runs in the project, and whether another task holds the resource.",
  },
  "CBRTaskPollStale: seen by two exporters, until a good poll": {
    at: 31,
    firing: "CBRTaskPollStale prod t",
    summary: "What is known of a CBR task is old: server of t (project prod)",
    description:
      "Task t of project prod, operation backup, resource server of t, vault vault-dr, last poll failed: server_error, poll failing since 1970-01-01 00:10:30 +0000 UTC, poll last success 1970-01-01 00:09:30 +0000 UTC. Its polls have failed for 20m 30s, though the cloud answers for its project. First: look up the reason in the runbook; until it is mended, look at the task in the console.",
  },
  "CBRApiDown: `password`: the password is refused, from the first start": {
    at: 7,
    firing: "CBRApiDown prod",
    summary: "CBR's API does not answer for project prod",
    description:
      "Requests of project prod have brought nothing usable for 10m, or since the exporter started. Polls fail: since 1970-01-01 00:00:00 +0000 UTC unauthorized (2 tasks). Failed requests of 30 minutes: KeystoneCreateToken unauthorized (5). All that is known of its tasks is old. First: run cbr-exporter --config.check-cloud, and look up the reason in the runbook.",
  },
  "CBRApiDown: one of four shards is cut off": {
    at: 30,
    firing: "CBRApiDown prod",
    summary: "CBR's API does not answer for project prod, shard 2",
    description:
      "Requests of project prod have brought nothing usable for 10m, or since the exporter started. Polls fail: since 1970-01-01 00:05:31.75 +0000 UTC network (1 task). Failed requests of 30 minutes: ShowOpLog network (100). All that is known of its tasks is old. First: run cbr-exporter --config.check-cloud, and look up the reason in the runbook.",
  },
  "CBRApiErrors: gone for 4 minutes of 5": {
    at: 24,
    firing: "CBRApiErrors prod",
    summary: "CBR's API often fails for project prod",
    description:
      "In the last 30 minutes 76% of the requests of project prod failed. Polls fail: since 1970-01-01 00:21:30 +0000 UTC network (2 tasks). Failed requests of 30 minutes: ShowOpLog network (38). First: look up the reason in the runbook; see whether all tasks are concerned.",
  },
  "CBRApiThrottled: every other request, without `Retry-After`": {
    at: 31,
    firing: "CBRApiThrottled prod",
    summary: "CBR's API throttles project prod",
    description:
      "For 15m the cloud has gone on refusing requests of project prod with HTTP 429, about 40 in the last 10 minutes. Its figures get older than the schedule says. First: find who else calls the API with this account; lower rate_limit, or poll less often.",
  },
  "CBRReplicaCutOff: one of two is cut off": {
    at: 41,
    firing: "CBRReplicaCutOff prod cbr b",
    summary: "One exporter does not reach the cloud: b (project prod)",
    description:
      "For 30m the exporter b of job cbr has had no usable answer for project prod, while another one has. Polls fail: since 1970-01-01 00:05:31.9 +0000 UTC network (2 tasks). Failed requests of 30 minutes: ShowOpLog network (240). First: compare its network, proxy, secrets and certificates with those of the others.",
  },
  "CBRCredentialsExpiring: until it is renewed": {
    at: 36,
    firing: "CBRCredentialsExpiring prod",
    summary: "The token of project prod ends soon",
    description:
      "The token of project prod ends in 1h 54m 0s; nobody renews it but you. First: write a new token into the file of token_file; it is read again when it changes.",
  },
  "CBRClockSkew: the exporter's clock is 60 minutes ahead from the start, with tasks in every state": {
    at: 20,
    firing: "CBRClockSkew cbr a",
    summary: "The clock of an exporter's machine is wrong: a",
    description:
      "The clock of a (job cbr) is -1h 0m 0s behind the cloud's (ahead of it, where that is negative). Schedules run at the wrong time, and access keys are refused from 15 minutes on. First: see on that machine whether its time is synchronized (timedatectl).",
  },
  "CBRCollectorBehind: the rate is too low": {
    at: 44,
    firing: "CBRCollectorBehind prod nightly",
    summary: "Collector nightly of project prod does not get its runs done",
    description:
      "No run of collector nightly of project prod has ended for three intervals of its schedule and another 41m 0s, it watches 200 tasks. First: look for polls that hang, in cbr_task_poll_error_info and in the log; compare the tasks with rate_limit.",
  },
  "CBRCollectorEmpty: the task files have left": {
    at: 65,
    firing: "CBRCollectorEmpty prod nightly",
    summary: "Collector nightly of project prod has no task to watch",
    description:
      "Collector nightly of project prod has had no task for 1h: nothing can fail there, and nothing can be told. First: look at its tasks and task_files; where it is to have none, write tasks: [] and nothing else.",
  },
  "CBRTaskFilesBroken: a task file is gone": {
    at: 31,
    firing: "CBRTaskFilesBroken prod nightly",
    summary: "Task files of collector nightly of project prod cannot be used",
    description:
      "For 15m a task file of collector nightly of project prod has been missing or wrong; its last good content stays, at a. First: the exporter's log says which file, where in it, and what to do.",
  },
  "CBRInventoryStale: lists are refused, until they are not, seen by two exporters": {
    at: 105,
    firing: "CBRInventoryStale prod estate",
    summary: "What is known of vaults and backups is old: collector estate of project prod",
    description:
      "For two intervals of its schedule and another 1h 0m 30s collector estate of project prod has not been able to read backups (since 1970-01-01 00:44:30.4 +0000 UTC), vaults (since 1970-01-01 00:14:30 +0000 UTC): alerts that stand on that are silent. Failed requests of 30 minutes: ListBackups forbidden (4) ListVault forbidden (4). First: look up the reason in the runbook; until it is mended, look at vaults and backups in the console.",
  },
  "CBRBackupMissing: a restore point is deleted, while one of two exporters is cut off and believes in it": {
    at: 405,
    firing: `CBRBackupMissing prod ${server(1)}`,
    summary: "A backup is missing: server-0001 (project prod)",
    description: `Resource ${server(1)} of project prod, last restore point 1969-12-31 00:32:57.352 +0000 UTC, vault fleet-01, protection available. A restore point was due at 1969-12-31 21:59:30 +0000 UTC, and none has come since. Its vault is 92.57% full. First: start a backup by hand; then see in the console why the policy made none.`,
  },
  "CBRVaultFull: until it is expanded, seen by two exporters": {
    at: 100,
    firing: `CBRVaultFull prod ${vault(4)}`,
    summary: "CBR vault is full: fleet-04 (project prod)",
    description: `Vault ${vault(4)} of project prod, size 1000GiB, used 1.27TiB, does not expand by itself: backups of its resources (1) fail. First: expand it by hand, then start what failed again; automatic expansion has no effect on a vault that is full already.`,
  },
  "CBRPolicyDisabled, CBRVaultUnavailable, CBRVaultFillingUp: nobody looks for two days, and for four": {
    at: 3000,
    firing: `CBRVaultFillingUp prod ${vault(1)}`,
    summary: "CBR vault fills up: fleet-01 (project prod)",
    description: `Vault ${vault(1)} of project prod, of 1000GiB, is 93% full, over its own warning, and filling up. If it goes on as in the last 3 days, it is full in 4d 20h 40m 30s. First: expand it, or shorten the retention of its policies.`,
  },
  "CBRBackupMissing, CBRVaultFull, CBRVaultUnavailable, CBRPolicyDisabled, CBRInventoryStale: two shards": {
    at: 180,
    firing: `CBRVaultUnavailable prod ${vault(2)}`,
    summary: "CBR vault cannot be used: fleet-02 (project prod)",
    description: `For 30m vault ${vault(2)} of project prod has been frozen: backups of its resources (1) fail, and none may be restored. First: frozen: settle the account; deleting: ask who deletes it; error: open a ticket with the cloud.`,
  },
  "CBRPolicyDisabled: for a day, seen by exporters that look at other times": {
    at: 1560,
    firing: `CBRPolicyDisabled prod ${vault(4)}`,
    summary: "No policy backs up a CBR vault: fleet-04 (project prod)",
    description: `For 1d the policies for backups of vault ${vault(4)} of project prod have been disabled (archive-copies): nobody backs up its resources (1), and CBRBackupMissing does not tell of them. First: enable the policy, give the vault another, or take its resources out of it.`,
  },
  "CBRExporterDown: it ends, its target stays; its alerts on tasks last 9 minutes": {
    at: 20,
    firing: "CBRExporterDown cbr a",
    summary: "A CBR exporter cannot be scraped: a",
    description:
      "For 5 minutes Prometheus has not reached a (job cbr). No exporter answers: nothing is known of any CBR task. First: see whether it runs (curl http://a/-/healthy), and what its last lines of log say.",
  },
  "CBRExporterAbsent: the target goes with its exporter": {
    at: 20,
    firing: "CBRExporterAbsent",
    summary: "Prometheus has no CBR exporter",
    description:
      "For 5 minutes no target has been a CBR exporter, and none is known that cannot be scraped. Nothing is known of any CBR task. First: look for the exporter on Prometheus's page of targets; its scrape configuration or service discovery has lost it.",
  },
  "CBRShardMissing: one of four goes, with its target": {
    at: 20,
    firing: "CBRShardMissing cbr",
    summary: "A shard of the CBR exporters is missing: cbr",
    description:
      "For 8 minutes only 3 of 4 shards of job cbr have been there (0, 1, 3): nobody watches the tasks and resources of the others. First: see which of the shards does not run, and why; all must be started with the same --shard.count.",
  },
  "CBRExporterRestarting: every 5 minutes": {
    at: 30,
    firing: "CBRExporterRestarting cbr a",
    summary: "A CBR exporter starts again and again: a",
    description:
      "a (job cbr) started 5 times in 30 minutes; each time it asks for all its tasks anew. First: its last lines of log before a start say why it ended; without any, look for its memory limit or its probes.",
  },
  "CBRStorageFailing: until the disk takes writes again": {
    at: 20,
    firing: "CBRStorageFailing cbr a",
    summary: "A CBR exporter cannot store its facts: a",
    description:
      "For 5 minutes a (job cbr) has not been able to write to --storage.path; what it learns now would be lost by a restart. First: room and rights on that disk; the log says what the disk said.",
  },
  "CBRConfigReloadFailed: until a reload is good again": {
    at: 20,
    firing: "CBRConfigReloadFailed cbr a",
    summary: "A CBR exporter cannot load its configuration: a",
    description:
      "For 5 minutes a (job cbr) has gone on with the configuration before, since the new one is wrong; the next start would fail. First: cbr-exporter --config.check tells every problem, and so does its log.",
  },
};
