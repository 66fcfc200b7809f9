import { parseDuration } from "../../../src/config/read/fields.ts";

// PromQL has no functions; these are ours.

/**
 * How long a rule remembers: it bridges a restart of the exporter, under its old or a new `instance`, and one of
 * Prometheus; with scrapes and evaluations at most a minute apart, an alert still ends within 10 minutes.
 */
export const memory = "9m";

/** The last value of each series within the memory. */
export function last(series: string): string {
  return `last_over_time(${series}[${memory}])`;
}

/** The highest value of each series within the memory: 1 for what was so at any time. */
export function ever(series: string): string {
  return `max_over_time(${series}[${memory}])`;
}

/** `for` of what must hold so long, where a good value is remembered for a part of it. */
export function sinceForgotten(duration: string): string {
  const left = Math.max(0, (parseDuration(duration) ?? 0) - (parseDuration(memory) ?? 0)) / 1000;
  return left % 60 === 0 ? `${left / 60}m` : `${left}s`;
}

/** The exporter's clock at its last scrape. To be joined with its other series by `ignoring` what these add to it. */
export const clock = last("cbr_exporter_time_seconds");

/** How far the cloud's clock is ahead of that; recorded, as it must never be missing. */
export const skew = "cbr:api_clock_skew_seconds";

/** `cbr_up` with the shard of its exporter; recorded. */
export const upInShard = "cbr:up:by_shard";

/** Of each shard, 0 where no replica has reached the cloud for a while, though it tried; recorded. */
export const reached = "cbr:up:recently";

/** Tasks that there may be something to say about when they have ended, with their status; recorded. */
export const notWell = "cbr:task_not_well";

/** When the newest backup of a resource ended that failed or timed out; recorded. */
export const resourceFailedEnd = "cbr:resource_failed_end_timestamp_seconds";

/** Of those that ended of late, the seconds since then; recorded. */
export const resourceFailedAge = "cbr:resource_failed_age_seconds";

/** Lists of inventories that exporters have read of late; recorded. */
export const inventoryFresh = "cbr:inventory_fresh";

/** The labels that alerts keep. */
export interface Scope {
  readonly task: string;
  readonly resource: string;
  readonly vault: string;
  readonly policy: string;
  readonly project: string;
  readonly shard: string;
  readonly collector: string;
  readonly replica: string;
  readonly exporter: string;
  readonly job: string;
}

/** @param more labels of targets that are kept too */
export function scopeOf(more: readonly string[]): Scope {
  const keep = (...names: readonly string[]): string => [...more, ...names].join(", ");
  return {
    task: keep("project", "task_id"),
    resource: keep("project", "resource_id"),
    vault: keep("project", "vault_id"),
    policy: keep("project", "policy_id"),
    project: keep("project"),
    shard: keep("project", "shard"),
    collector: keep("project", "collector"),
    replica: keep("project", "job", "instance"),
    exporter: keep("job", "instance"),
    job: keep("job"),
  };
}

/** The end of an expression about what an outage explains. */
export function unlessDown({ project }: Scope): string {
  return `unless on (${project}) min_over_time(${reached}[30m]) == 0`;
}

/** An inventory's list, as `cbr_inventory_last_success_timestamp_seconds` names it. */
type List = "vaults" | "policies" | "backups";

/**
 * The end of an expression about what lists say: only where an exporter has read all of them of late.
 *
 * @param ids the labels of the series that are no target's, `project` aside
 */
export function whileFresh(ids: readonly string[], ...lists: readonly List[]): string {
  const ignored = [...ids, "list"].join(", ");
  return lists.map((list) => `and ignoring (${ignored}) ${inventoryFresh}{list="${list}"}`).join("\n");
}

/**
 * Where a recorded series of 0 and 1 has been 0 for so long, as far as anybody saw. `for` would begin anew with each gap,
 * and an exporter that restarts twice a day would never have waited for a day.
 */
export function zeroFor(series: string, duration: string): string {
  return `${last(series)} == 0
and last_over_time(${series}[3d] offset ${duration}) == 0
and max_over_time(${series}[${duration}]) == 0`;
}
