import type { Micros } from "../base/micros.ts";

/** The days of a pattern, as iCalendar writes them. */
export const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;

export type Weekday = (typeof weekdays)[number];

/** One scheduled time of a policy: an hour and minute of UTC, on certain weekdays or every few days. */
export interface Pattern {
  readonly hour: number;
  readonly minute: number;
  /** 1 to 30; more than 1 only without weekdays. */
  readonly everyDays: number;
  /** At least one; absent for all. */
  readonly weekdays?: readonly Weekday[];
}

/**
 * One policy as ListPolicies tells it, decoded: a field that is absent, null, empty or unusable is not there.
 * Source: `reference/vaults-and-policies.md`.
 */
export interface Policy {
  readonly id: string;
  readonly name?: string;
  /** `backup`, `replication`, or any other text. */
  readonly operationType?: string;
  readonly enabled?: boolean;
  /** `trigger.properties.start_time`: nothing is scheduled before. May lie ahead. */
  readonly startTime?: Micros;
  /** `operation_definition.timezone`, in minutes east of UTC. */
  readonly utcOffset?: number;
  /** `trigger.properties.pattern`, those of them that are understood; at most 24. */
  readonly patterns: readonly Pattern[];
  /** `associated_vaults`. */
  readonly vaults: readonly PolicyVault[];
}

export interface PolicyVault {
  readonly vaultId: string;
  /** Where a replication goes. */
  readonly destinationVaultId?: string;
}
