import { demoIds as ids } from "./demo-plan.ts";
import { type OperationLogBody, type SimTask, vendorExample } from "./sim-task.ts";
import { type SimResource, type TimelineTaskOptions, timelineTask } from "./timeline-task.ts";
import { backupIdOf, seededFraction, seededUuid } from "./values.ts";

const minute = 60;
const hour = 60 * minute;

/**
 * The tasks of the demo: every operation type, every status within half a minute, some of them moving while one watches.
 * @param seed shifts the lengths of the moving ones by up to 5 %
 */
export function demoTasks(seed = 1): readonly SimTask[] {
  const about = (seconds: number) => seconds * (0.95 + 0.1 * seededFraction(`demo/${seed}/${seconds}`));
  const moving = [...backups(about), ...copies(about), ...removals(about)];
  return [vendorExample, ...moving.map(timelineTask), paused()];
}

type About = (seconds: number) => number;

function backups(about: About): readonly TimelineTaskOptions[] {
  return [
    {
      ...backup(ids.movingBackup, "autobk_db-master", { app_consistency_status: "1" }),
      life: { wait: 1, run: about(2 * minute) },
      resource: partOf(server("db-master")),
    },
    {
      ...backup(ids.inconsistentBackup, "autobk_订单数据库", {
        app_consistency_error_code: "BackupService.4002",
        app_consistency_error_message: "The agent could not freeze the file system.",
      }),
      life: { ago: 3 * hour, wait: 12, run: 14 * minute },
      resource: server("订单数据库-主"),
    },
    {
      ...backup(ids.longBackup, "autobk_архив"),
      life: { ago: 2 * hour, wait: 30, run: 6 * hour },
      resource: { type: "OS::Cinder::Volume", id: seededUuid("volume/archive"), name: "архив-2024" },
      vaultName: "vault-archive",
    },
    {
      ...backup(ids.waitingBackup, "autobk_web-07"),
      life: { ago: 4 * minute, wait: 8 * hour, run: hour },
      resource: server("web-07"),
    },
    {
      ...backup(ids.skippedBackup, "autobk_batch-02"),
      life: { ago: hour, wait: 45, run: 0 },
      outcome: "skipped",
      resource: server("batch-02 (stopped)"),
    },
  ];
}

function copies(about: About): readonly TimelineTaskOptions[] {
  return [
    {
      id: ids.restore,
      operationType: "restore",
      life: { wait: 3, run: about(22) },
      resource: server("決済サーバー01"),
      vaultName: "vault-prod",
      parts: () => ({
        restore: {
          backup_id: seededUuid("backup/payments"),
          backup_name: "autobk_決済サーバー01",
          target_resource_id: seededUuid("server/決済サーバー01"),
          target_resource_name: "決済サーバー01",
        },
      }),
    },
    {
      id: ids.failingReplication,
      operationType: "replication",
      life: { wait: 2, run: about(18) },
      outcome: "failed",
      stopsAt: 71,
      error: { code: "BackupService.5015", message: "The destination vault has no space left." },
      resource: server('files "old" \\nas'), // what a label's value has to escape
      vaultName: "vault-dr",
      parts: () => ({
        replication: { ...replicaPart("source", "ap-southeast-1"), ...replicaPart("destination", "ap-southeast-3") },
      }),
    },
    {
      id: ids.copy,
      operationType: "copy",
      life: { wait: 1, run: about(14) },
      outcome: "timeout",
      stopsAt: 48,
      resource: { type: "OS::Sfs::Turbo", id: seededUuid("turbo/home"), name: "공유-홈" },
      vaultName: "vault-copies",
      parts: backupPart(ids.copy, "manualbk_home"),
    },
    {
      id: ids.sync,
      operationType: "sync",
      life: { wait: 2, run: about(40) },
      resource: { type: "OS::Native::Server", id: seededUuid("native/erp"), name: "erp-vmware-01" },
      parts: (progress) => ({
        sync: {
          sync_backup_num: Math.floor((12 * progress) / 100),
          delete_backup_num: Math.floor((3 * progress) / 100),
          err_sync_backup_num: progress === 100 ? 1 : 0,
        },
      }),
    },
  ];
}

function removals(about: About): readonly TimelineTaskOptions[] {
  const removed = [partOf(server("web-01")), server("خادم-الويب-٢"), server("web-03 🐘")];
  return [
    {
      id: ids.delete,
      operationType: "delete",
      life: { ago: 30 * minute, wait: 1, run: 9 },
      resource: server("db-replica"),
      vaultName: "vault-prod",
      spelling: "offset",
      parts: () => ({ delete: { backup_id: seededUuid("backup/replica"), backup_name: "manualbk_before-upgrade" } }),
    },
    {
      id: ids.vaultDelete,
      operationType: "vault_delete",
      life: { ago: 26 * hour, wait: 5, run: 3 * minute },
      outcome: "failed",
      error: { code: "BackupService.5308", message: "Two backups are in use." },
      vaultName: "vault-2023",
      spelling: "seconds",
      parts: () => ({ vault_delete: { fail_count: 2, total_count: 5 } }),
    },
    {
      id: ids.removeResource,
      operationType: "remove_resource",
      life: { wait: 2, run: about(minute) },
      vaultName: "vault-web",
      parts: (progress) => ({
        remove_resources: { fail_count: progress > 50 ? 1 : 0, total_count: removed.length, resources: removed },
      }),
    },
  ];
}

/** A status and an operation type that the vendor's page does not list: a client must live through both. */
function paused(): SimTask {
  const running = timelineTask({
    id: ids.paused,
    operationType: "migrate_resources",
    life: { ago: 40 * minute, wait: 0, run: 100 * minute },
    resource: { type: "OS::Workspace::DesktopV2", id: seededUuid("desktop/1"), name: "desktop-ζωή" },
  });
  return { id: ids.paused, body: (moment) => ({ ...running.body({ ...moment, elapsedMs: 0 }), status: "paused" }) };
}

function server(name: string): SimResource {
  return { type: "OS::Nova::Server", id: seededUuid(`server/${name}`), name };
}

/** Some of its disks alone. */
function partOf(resource: SimResource): SimResource {
  const [system, scratch] = [seededUuid(`${resource.name}/system`), seededUuid(`${resource.name}/scratch`)];
  const included = { id: system, os_version: "Debian GNU/Linux 12 64bit" };
  return { ...resource, extra_info: { exclude_volumes: [scratch], include_volumes: [included] } };
}

/** One that a nightly policy made. */
function backup(id: string, name: string, more?: OperationLogBody) {
  return {
    id,
    providerId: "0daac4c5-6707-4851-97ba-169e36266b66", // as in the vendor's example
    policyId: "7f4b3f0c-5d0a-4a36-9a0e-1c8b3c1f2d10",
    vaultName: "vault-prod",
    parts: backupPart(id, name, more),
  };
}

function backupPart(task: string, name: string, more?: OperationLogBody): () => OperationLogBody {
  const part = {
    backup_id: backupIdOf(task),
    backup_name: name,
    incremental: "true",
    app_consistency_status: "0",
    app_consistency_error_code: "0", // ordinary backups carry this
    app_consistency_error_message: "",
    ...more,
  };
  return () => ({ backup: part });
}

function replicaPart(where: "source" | "destination", region: string): OperationLogBody {
  return {
    [`${where}_backup_id`]: seededUuid(`${where}/files`),
    [`${where}_backup_name`]: "autobk_files",
    [`${where}_checkpoint_id`]: seededUuid(`${where}/checkpoint/files`),
    [`${where}_project_id`]: seededUuid(`${where}/project`).replaceAll("-", ""),
    [`${where}_region`]: region,
  };
}
