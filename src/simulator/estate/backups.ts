import type { List } from "../listing.ts";
import type { BackupRun } from "../tasks/fleet.ts";
import { apiTime, backupIdOf, checkpointIdOf, vaultIdOf } from "../tasks/values.ts";
import { type Estate, endedMs, providerIds, startedMs, statusOf } from "./estate.ts";

const statuses = "available|protecting|deleting|restoring|error|waiting_protect|waiting_delete|waiting_restore";

/** ListBackups. Nothing is shared with another account, and nothing belongs to an enterprise project. */
export function backupList(estate: Estate): List<BackupRun> {
  const { nowMs, vaults, backups } = estate;
  const vaultIds = new Map(vaults.map(({ name, id }) => [name, id]));
  const times = {
    created_at: ({ createdMs }: BackupRun) => createdMs,
    updated_at: (run: BackupRun) => updatedMs(run, nowMs),
    protected_at: startedMs,
  };
  const words = {
    id: ({ taskId }: BackupRun) => backupIdOf(taskId),
    name: ({ name }: BackupRun) => name,
    status: (run: BackupRun) => statusOf(run, nowMs),
  };
  return {
    key: "backups",
    records: backups,
    id: words.id,
    body: (run) => bodyOf(run, estate),
    order: "newest",
    fields: {
      ...words,
      vault_id: ({ of }) => vaultIds.get(of.vaultName),
      resource_id: ({ of }) => of.resource.id,
      resource_name: ({ of }) => of.resource.name,
      resource_type: ({ of }) => of.resource.type,
      resource_az: () => zone,
      checkpoint_id: ({ taskId }) => checkpointIdOf(taskId),
      parent_id: () => null,
      image_type: imageTypeOf,
      incremental: ({ byHand }) => !byHand,
      own_type: () => ["private", "all_granted"],
    },
    words: {
      status: RegExp(`^(${statuses})$`),
      image_type: /^(backup|replication)$/,
      own_type: /^(private|shared|all_granted)$/,
      sort: /^(created_at|updated_at|name|status|protected_at|id):(asc|desc)$/,
    },
    sorts: { ...times, ...words },
    takesMarker: true,
    createdMs: times.created_at,
  };
}

const zone = "ap-southeast-1a";
const dayMs = 86_400_000;
const imageTypeOf = ({ of }: BackupRun) => (of.vaultName === "copies" ? "replication" : "backup");
const time = (ms: number) => apiTime(Math.round(ms * 1000));

const updatedMs = (run: BackupRun, nowMs: number) =>
  [endedMs(run), startedMs(run)].find((ms) => ms <= nowMs) ?? run.createdMs;

function bodyOf(run: BackupRun, { nowMs, projectId, retentionDays }: Estate) {
  const { taskId, of, name, byHand, createdMs } = run;
  const isServer = of.resource.type === "OS::Nova::Server";
  // A copy is of what was captured hours before; of disks the cloud does not say it.
  const capturedMs = imageTypeOf(run) === "replication" ? createdMs - dayMs / 4 : startedMs(run);
  return {
    id: backupIdOf(taskId),
    name,
    description: "",
    status: statusOf(run, nowMs),
    created_at: time(createdMs),
    protected_at: isServer && capturedMs <= nowMs ? time(capturedMs) : null,
    updated_at: time(updatedMs(run, nowMs)),
    expired_at: byHand ? null : time(createdMs + retentionDays * dayMs),
    image_type: imageTypeOf(run),
    incremental: !byHand,
    version: 3,
    checkpoint_id: checkpointIdOf(taskId),
    vault_id: vaultIdOf(of.vaultName),
    project_id: projectId,
    provider_id: providerIds[isServer ? "server" : "disk"],
    resource_id: of.resource.id,
    resource_name: of.resource.name,
    resource_type: of.resource.type,
    resource_size: of.size,
    resource_az: zone,
    parent_id: null,
    children: [],
    extend_info: {
      auto_trigger: !byHand,
      bootable: isServer ? null : false,
      contain_system_disk: isServer,
      encrypted: false,
      is_multi_az: false,
      os_images_data: null,
      snapshot_id: null,
      support_lld: true,
      supported_restore_mode: isServer ? "backup" : null,
      system_disk: false,
    },
    replication_records: [],
  };
}
