import { demoIds as id } from "./demo-plan.ts";
import { seededFraction, seededUuid } from "./seeded.ts";
import type { OperationLogBody, SimTask } from "./sim-task.ts";
import { type SimResource, timelineTask } from "./timeline-task.ts";
import { vendorExample } from "./vendor-example.ts";

const minute = 60;
const hour = 60 * minute;
const nightly = "7f4b3f0c-5d0a-4a36-9a0e-1c8b3c1f2d10"; // a policy
const serverProvider = "0daac4c5-6707-4851-97ba-169e36266b66"; // as in the vendor's example

/**
 * The tasks of the demo: every operation type, every status within half a minute, some of them moving while one watches.
 * @param seed shifts the lengths of the moving ones by up to 5 %
 */
export function demoTasks(seed = 1): readonly SimTask[] {
  const about = (seconds: number) => seconds * (0.95 + 0.1 * seededFraction(`demo/${seed}/${seconds}`));
  return [vendorExample, ...backups(about), ...copies(about), ...removals(about), paused()];
}

type About = (seconds: number) => number;

function backups(about: About): readonly SimTask[] {
  const common = { operationType: "backup", providerId: serverProvider, vaultName: "vault-prod", policyId: nightly };
  const success = { ...common, outcome: "success" } as const;
  return [
    timelineTask({
      ...success,
      id: id.movingBackup,
      waitSeconds: 1,
      runSeconds: about(2 * minute),
      resource: server("db-master"),
      parts: () => backupPart(id.movingBackup, "autobk_db-master", { app_consistency_status: "1" }),
    }),
    timelineTask({
      ...success,
      id: id.inconsistentBackup,
      agoSeconds: 3 * hour,
      waitSeconds: 12,
      runSeconds: 14 * minute,
      resource: server("订单数据库-主"),
      parts: () =>
        backupPart(id.inconsistentBackup, "autobk_订单数据库", {
          app_consistency_status: "0",
          app_consistency_error_code: "BackupService.4002",
          app_consistency_error_message: "The agent could not freeze the file system.",
        }),
    }),
    timelineTask({
      ...success,
      id: id.longBackup,
      agoSeconds: 2 * hour,
      waitSeconds: 30,
      runSeconds: 6 * hour,
      vaultName: "vault-archive",
      resource: { type: "OS::Cinder::Volume", id: seededUuid("volume/archive"), name: "архив-2024" },
      parts: () => backupPart(id.longBackup, "autobk_архив"),
    }),
    timelineTask({
      ...success,
      id: id.waitingBackup,
      agoSeconds: 4 * minute,
      waitSeconds: 8 * hour,
      runSeconds: hour,
      resource: server("web-07"),
      parts: () => backupPart(id.waitingBackup, "autobk_web-07"),
    }),
    timelineTask({
      ...common,
      id: id.skippedBackup,
      outcome: "skipped",
      agoSeconds: hour,
      waitSeconds: 45,
      runSeconds: 0,
      resource: server("batch-02 (stopped)"),
      parts: () => backupPart(id.skippedBackup, "autobk_batch-02"),
    }),
  ];
}

function copies(about: About): readonly SimTask[] {
  return [
    timelineTask({
      id: id.restore,
      operationType: "restore",
      outcome: "success",
      waitSeconds: 3,
      runSeconds: about(22),
      vaultName: "vault-prod",
      resource: server("決済サーバー01"),
      parts: () => ({
        restore: {
          backup_id: seededUuid("backup/payments"),
          backup_name: "autobk_決済サーバー01",
          target_resource_id: seededUuid("server/決済サーバー01"),
          target_resource_name: "決済サーバー01",
        },
      }),
    }),
    timelineTask({
      id: id.failingReplication,
      operationType: "replication",
      outcome: "failed",
      waitSeconds: 2,
      runSeconds: about(18),
      stopsAt: 71,
      error: { code: "BackupService.5015", message: "The destination vault has no space left." },
      vaultName: "vault-dr",
      resource: server('files "old" \\nas'), // what a label's value has to escape
      parts: () => replicationPart("files"),
    }),
    timelineTask({
      id: id.copy,
      operationType: "copy",
      outcome: "timeout",
      waitSeconds: 1,
      runSeconds: about(14),
      stopsAt: 48,
      vaultName: "vault-copies",
      resource: { type: "OS::Sfs::Turbo", id: seededUuid("turbo/home"), name: "공유-홈" },
      parts: () => backupPart(id.copy, "manualbk_home"),
    }),
    timelineTask({
      id: id.sync,
      operationType: "sync",
      outcome: "success",
      waitSeconds: 2,
      runSeconds: about(40),
      resource: { type: "OS::Native::Server", id: seededUuid("native/erp"), name: "erp-vmware-01" },
      parts: ({ progress }) => ({
        sync: {
          sync_backup_num: Math.floor((12 * progress) / 100),
          delete_backup_num: Math.floor((3 * progress) / 100),
          err_sync_backup_num: progress === 100 ? 1 : 0,
        },
      }),
    }),
  ];
}

function removals(about: About): readonly SimTask[] {
  const removed = [server("web-01"), server("خادم-الويب-٢"), server("web-03 🐘")];
  return [
    timelineTask({
      id: id.delete,
      operationType: "delete",
      outcome: "success",
      agoSeconds: 30 * minute,
      waitSeconds: 1,
      runSeconds: 9,
      vaultName: "vault-prod",
      spelling: "offset",
      resource: server("db-replica"),
      parts: () => ({ delete: { backup_id: seededUuid("backup/replica"), backup_name: "manualbk_before-upgrade" } }),
    }),
    timelineTask({
      id: id.vaultDelete,
      operationType: "vault_delete",
      outcome: "failed",
      agoSeconds: 26 * hour,
      waitSeconds: 5,
      runSeconds: 3 * minute,
      stopsAt: 60,
      error: { code: "BackupService.5308", message: "Two backups are in use." },
      vaultName: "vault-2023",
      spelling: "seconds",
      parts: () => ({ vault_delete: { fail_count: 2, total_count: 5 } }),
    }),
    timelineTask({
      id: id.removeResource,
      operationType: "remove_resource",
      outcome: "success",
      waitSeconds: 2,
      runSeconds: about(minute),
      vaultName: "vault-web",
      parts: ({ progress }) => ({
        remove_resources: { fail_count: progress > 50 ? 1 : 0, total_count: removed.length, resources: removed },
      }),
    }),
  ];
}

/** A status and an operation type that the vendor's page does not list: a client must live through both. */
function paused(): SimTask {
  const running = timelineTask({
    id: id.paused,
    operationType: "migrate_resources",
    outcome: "success",
    agoSeconds: 40 * minute,
    waitSeconds: 0,
    runSeconds: 100 * minute,
    resource: { type: "OS::Workspace::DesktopV2", id: seededUuid("desktop/1"), name: "desktop-ζωή" },
  });
  return { ...running, body: (moment) => ({ ...running.body({ ...moment, elapsedMs: 0 }), status: "paused" }) };
}

function server(name: string): SimResource {
  return { type: "OS::Nova::Server", id: seededUuid(`server/${name}`), name };
}

function backupPart(task: string, name: string, more: OperationLogBody = {}): OperationLogBody {
  return {
    backup: {
      backup_id: seededUuid(`${task}/backup`),
      backup_name: name,
      incremental: "true",
      app_consistency_status: "0",
      app_consistency_error_code: "0", // ordinary backups carry this
      app_consistency_error_message: "",
      ...more,
    },
  };
}

function replicationPart(name: string): OperationLogBody {
  const side = (where: string, region: string) => ({
    [`${where}_backup_id`]: seededUuid(`${where}/${name}`),
    [`${where}_backup_name`]: `autobk_${name}`,
    [`${where}_checkpoint_id`]: seededUuid(`${where}/checkpoint/${name}`),
    [`${where}_project_id`]: seededUuid(`${where}/project`).replaceAll("-", ""),
    [`${where}_region`]: region,
  });
  return { replication: { ...side("source", "ap-southeast-1"), ...side("destination", "ap-southeast-3") } };
}
