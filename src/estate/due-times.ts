import { createRequire } from "node:module";
import type Rrule from "rrule";
import { type Micros, micros, toMillis } from "../base/micros.ts";
import { type Pattern, type Policy, weekdays } from "./policies.ts";

const require = createRequire(import.meta.url);
// It takes 20 ms, which who has no inventory need not wait for at the start.
let rrule: typeof Rrule | undefined;

const dayMinutes = 24 * 60;
const dayMs = dayMinutes * 60_000;

/** A policy as it holds for a vault. */
export interface VaultPolicy {
  readonly policy: Policy;
  /**
   * When it began to hold as it does, where that was seen: it was made, changed, enabled, or given to the vault. What it
   * says of earlier times was never scheduled.
   */
  readonly since?: Micros;
}

export interface DueOptions {
  /** By the cloud's clock. */
  readonly now: Micros;
  /** How much later than its time a run may bring what it is for; microseconds, from 0. */
  readonly grace: Micros;
}

/**
 * When enabled policies were last due, `grace` or more ago: what is older than that has been missed.
 *
 * Hours are UTC. The vendor leaves two things open: whether `BYDAY` means days of UTC or of the policy's own zone, and
 * whether `INTERVAL` counts from the policy's start or from its creation, which it does not tell, so that any day can be
 * the first. Something has been missed only if it has been whatever is true. So this is the oldest of what all readings
 * give, which is never later than the true one; of an interval it makes "something within any so many days".
 *
 * @returns undefined where nothing was due since policies began to hold, by one reading at least
 */
export function lastDue(policies: readonly VaultPolicy[], { now, grace }: DueOptions): Micros | undefined {
  const limit = micros(now - grace);
  const enabled = policies.filter(({ policy }) => policy.enabled);
  const readings = [
    (pattern: Pattern) => newestTime(pattern, 0, limit),
    (pattern: Pattern, { utcOffset }: Policy) => newestTime(pattern, utcOffset ?? 0, limit),
  ].map((newest) =>
    enabled.flatMap(({ policy, since }) =>
      policy.patterns.flatMap((pattern) => notBefore(newest(pattern, policy), policy.startTime, since) ?? []),
    ),
  );
  const due = Math.min(...readings.map((times) => Math.max(...times)));
  return Number.isFinite(due) ? micros(due) : undefined;
}

/**
 * When something was due of what is there only since these times: a vault's creation, a resource's first sight.
 * The policies of a vault are due at the same time for all of its resources, so {@link lastDue} is asked once for all.
 */
export function notBefore(due: Micros | undefined, ...beginnings: readonly (Micros | undefined)[]): Micros | undefined {
  return due !== undefined && beginnings.every((beginning) => beginning === undefined || due >= beginning)
    ? due
    : undefined;
}

/**
 * When an enabled policy is due next after a time of the cloud's clock, as is most likely: days are those of UTC, and an
 * interval counts from the policy's start.
 *
 * @returns undefined for a policy that is disabled, or has no pattern of which that is known
 */
export function nextDue({ enabled, patterns, startTime }: Policy, now: Micros): Micros | undefined {
  if (!enabled) return undefined;
  const next = Math.min(...patterns.map((pattern) => nextTime(pattern, startTime, now) ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(next) ? micros(next) : undefined;
}

/** @param offset minutes by which the clock whose days count is ahead of UTC */
function newestTime(pattern: Pattern, offset: number, limit: Micros): Micros | undefined {
  const { hour, minute, everyDays } = pattern;
  const daysAhead = Math.floor((60 * hour + minute + offset) / dayMinutes);
  const ms = Math.floor(toMillis(limit));
  const newest = ruleOf(pattern, dayOf(ms) - 7, 1, daysAhead).before(new Date(ms), true);
  // Every few days, it was longest ago where the next is due tomorrow.
  return newest ? micros((newest.getTime() - (everyDays - 1) * dayMs) * 1000) : undefined;
}

function nextTime(pattern: Pattern, startTime: Micros | undefined, now: Micros): Micros | undefined {
  const { everyDays } = pattern;
  if (everyDays > 1 && startTime === undefined) return undefined;
  // Exclusive; a time at the start itself counts.
  const after = Math.max(Math.floor(toMillis(now)), Math.ceil(toMillis(startTime ?? micros(0))) - 1);
  const first = dayOf(startTime === undefined ? after : toMillis(startTime));
  const passed = Math.floor((dayOf(after) - first) / everyDays) * everyDays;
  const next = ruleOf(pattern, first + passed, everyDays, 0).after(new Date(after));
  return next ? micros(next.getTime() * 1000) : undefined;
}

/**
 * A rule that begins near to where it is asked, since each of its times from there on is looked at.
 *
 * @param firstDay in days since 1970
 * @param daysAhead how many days a pattern's days are ahead of UTC's at its hour
 */
function ruleOf({ hour, minute, weekdays: days }: Pattern, firstDay: number, interval: number, daysAhead: number) {
  const byweekday = days?.map((day) => (weekdays.indexOf(day) - daysAhead + 7) % 7);
  rrule ??= require("rrule") as typeof Rrule;
  return new rrule.RRule({
    freq: rrule.RRule.DAILY,
    interval,
    dtstart: new Date(firstDay * dayMs),
    byhour: hour,
    byminute: minute,
    bysecond: 0,
    ...(byweekday && { byweekday }),
  });
}

function dayOf(ms: number): number {
  return Math.floor(ms / dayMs);
}
