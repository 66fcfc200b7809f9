import { type Micros, micros } from "../base/micros.ts";
import type { Backup } from "../estate/backups.ts";
import { oldestUnfinished, type RestorePoints, withBackups, without } from "../estate/restore-points.ts";
import { listingOverlap } from "./window.ts";

/** What listings of backups have come to; times are the cloud's. */
export interface BackupsSeen {
  readonly points: RestorePoints;
  /** When the last listing began that showed all it was to show; absent before the first. */
  readonly listedAt?: Micros | undefined;
  /** When the last listing of all of them began, of which vaults, and how many requests it took. */
  readonly whole?: { readonly at: Micros; readonly vaults: string; readonly pages: number };
  /** When the oldest was begun that may still become a restore point. */
  readonly oldestUnfinished?: Micros | undefined;
}

/** One listing of backups. */
export interface BackupListing {
  readonly backups: readonly Backup[];
  readonly pages: number;
  /** When it began, by the cloud's clock. */
  readonly began: Micros;
  /** Why it was ended before the cloud had shown all. */
  readonly cut?: string | undefined;
}

export interface BackupListingsOptions {
  /** @throws {ApiError} | {Held} | {Stopped} */
  list(which: { readonly startTime?: Micros; readonly resourceId?: string }): Promise<BackupListing>;
  /** By the cloud's clock. */
  readonly now: Micros;
  /** Of which vaults backups are listed. */
  readonly vaults: string;
  /** Resources that have fewer backups than before: one of them may have been the newest. */
  readonly fallen: Iterable<string>;
}

/** Restore points are deleted too; a little less than a day, so that a daily schedule meets it each time. */
const wholeEvery = micros(23.5 * 3600e6);

/**
 * Looks for new restore points, and for those that are gone: at first, and once a day, all backups are listed, in between
 * what has come since, and those of single resources where that costs less than all.
 * @throws {ApiError} | {Held} | {Stopped} as `list`
 */
export async function afterBackups(
  before: BackupsSeen,
  { list, now, vaults, fallen }: BackupListingsOptions,
): Promise<{ readonly seen: BackupsSeen; readonly cut?: string | undefined }> {
  const { whole } = before;
  const resources = [...fallen];
  // A resource takes a page, and the empty one that ends it.
  if (!whole || whole.vaults !== vaults || now - whole.at >= wholeEvery || resources.length * 2 > whole.pages) {
    const { backups, pages, began, cut } = await list({});
    // What is not shown may be there all the same.
    if (cut !== undefined) return { seen: { ...before, points: withBackups(before.points, backups) }, cut };
    const points = withBackups(new Map(), backups);
    return { seen: { ...sinceThen(backups, began), points, whole: { at: began, vaults, pages } } };
  }
  const { listedAt = whole.at, oldestUnfinished: unfinished = listedAt } = before;
  const { backups, began, cut } = await list({ startTime: micros(Math.min(listedAt, unfinished) - listingOverlap) });
  let points = withBackups(before.points, backups);
  if (cut !== undefined) return { seen: { ...before, points }, cut };
  for (const resourceId of resources) {
    const its = await list({ resourceId });
    points = withBackups(its.cut === undefined ? without(points, [resourceId]) : points, its.backups);
  }
  return { seen: { ...sinceThen(backups, began), points, whole } };
}

function sinceThen(backups: readonly Backup[], began: Micros): Pick<BackupsSeen, "listedAt" | "oldestUnfinished"> {
  return { listedAt: began, oldestUnfinished: oldestUnfinished(backups, began) };
}
