import { type Micros, micros } from "../base/micros.ts";
import { type Backup, restorePointOf } from "./backups.ts";

/** The newest moment to which a resource can be restored from images of one type. */
export interface RestorePoint {
  /** `backup`, `replication` (a copy from another region), or any other text. */
  readonly imageType: string;
  readonly at: Micros;
}

/** What the backups of one resource say. */
export interface BackedUp {
  readonly resourceId: string;
  /** As the newest of its restore points calls it. */
  readonly name?: string;
  readonly type?: string;
  readonly vaultId?: string;
  /** One each type of image. */
  readonly points: readonly RestorePoint[];
}

export type RestorePoints = ReadonlyMap<string, BackedUp>;

/** The restore points of resources after more of their backups have been shown. @param before of the same resources */
export function withBackups(before: RestorePoints, backups: Iterable<Backup>): RestorePoints {
  const after = new Map(before);
  for (const backup of backups) {
    const at = restorePointOf(backup);
    if (backup.resourceId === undefined || at === undefined) continue;
    const known = after.get(backup.resourceId);
    const { imageType = "backup" } = backup;
    const same = known?.points.find((point) => point.imageType === imageType);
    if (same && same.at >= at) continue;
    const others = known?.points.filter((point) => point !== same) ?? [];
    const isNewest = others.every((point) => point.at <= at);
    const { resourceName: name, resourceType: type, vaultId } = backup;
    after.set(backup.resourceId, {
      ...known,
      resourceId: backup.resourceId,
      ...(isNewest && { ...(name !== undefined && { name }), ...(type !== undefined && { type }) }),
      ...(isNewest && vaultId !== undefined && { vaultId }),
      points: [...others, { imageType, at }].sort((a, b) => (a.imageType < b.imageType ? -1 : 1)),
    });
  }
  return after;
}

/** The same without resources whose backups are to be looked at anew. */
export function without(before: RestorePoints, resources: Iterable<string>): RestorePoints {
  const after = new Map(before);
  for (const id of resources) after.delete(id);
  return after;
}

/** A backup that takes longer than this is found by the whole listing of the day. */
const longestBackup = 7 * 24 * 3600e6;

/** When the oldest was begun of those backups that may still become restore points. */
export function oldestUnfinished(backups: Iterable<Backup>, now: Micros): Micros | undefined {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { status, createdAt } of backups) {
    const isUnfinished = status === "protecting" || status === "waiting_protect" || status === "unknown";
    if (isUnfinished && createdAt !== undefined && createdAt >= now - longestBackup)
      oldest = Math.min(oldest, createdAt);
  }
  return Number.isFinite(oldest) ? micros(oldest) : undefined;
}
