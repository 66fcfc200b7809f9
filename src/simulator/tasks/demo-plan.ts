import type { FleetOptions } from "./fleet.ts";
import { vendorExample } from "./sim-task.ts";

/** Ids of the demo's tasks, by what they show. */
export const demoIds = {
  vendorExample: vendorExample.id,
  movingBackup: "b1a6c0de-0001-4c5e-9a10-3f2d8e7a0001",
  inconsistentBackup: "b1a6c0de-0002-4c5e-9a10-3f2d8e7a0002",
  longBackup: "b1a6c0de-0003-4c5e-9a10-3f2d8e7a0003",
  waitingBackup: "b1a6c0de-0004-4c5e-9a10-3f2d8e7a0004",
  skippedBackup: "b1a6c0de-0005-4c5e-9a10-3f2d8e7a0005",
  restore: "b1a6c0de-0006-4c5e-9a10-3f2d8e7a0006",
  failingReplication: "b1a6c0de-0007-4c5e-9a10-3f2d8e7a0007",
  copy: "b1a6c0de-0008-4c5e-9a10-3f2d8e7a0008",
  sync: "b1a6c0de-0009-4c5e-9a10-3f2d8e7a0009",
  delete: "b1a6c0de-0010-4c5e-9a10-3f2d8e7a0010",
  vaultDelete: "b1a6c0de-0011-4c5e-9a10-3f2d8e7a0011",
  removeResource: "b1a6c0de-0012-4c5e-9a10-3f2d8e7a0012",
  paused: "b1a6c0de-0013-4c5e-9a10-3f2d8e7a0013",
  /** No task of the simulator has it: the cloud answers 404. */
  unknown: "b1a6c0de-4040-4c5e-9a10-3f2d8e7a4040",
} as const;

/** One collector of the demo's configuration. */
export interface DemoCollector {
  readonly collector: string;
  /** Cron with seconds first. */
  readonly schedule: string;
  /** Ids that it lists. */
  readonly tasks?: readonly { readonly id: string; readonly name?: string }[];
  /** Vaults in which it finds the tasks by itself. */
  readonly vaults?: readonly string[];
  /** Kinds of resources that it looks for outside every vault, beside what is in vaults. */
  readonly inventory?: readonly string[];
}

/**
 * Eight servers with a week behind them in which nights were missed; last night's backup of one failed, and was repeated by
 * hand this morning, that of another was missed. It is always noon of that day when the demo starts: then nothing runs for
 * ten hours.
 */
export const demoFleet: Omit<FleetOptions, "seed"> = { resources: 8, days: 7, startMs: Date.UTC(2028, 1, 26, 12) };

/**
 * What the demo's configuration watches: all of the demo's tasks, one that the cloud does not know, and the fleet, found
 * by listing.
 */
export const demoPlan: readonly DemoCollector[] = [
  {
    collector: "nightly-backups",
    schedule: "*/5 * * * * *",
    tasks: [
      { id: demoIds.vendorExample },
      { id: demoIds.movingBackup },
      { id: demoIds.inconsistentBackup },
      { id: demoIds.longBackup },
      { id: demoIds.waitingBackup },
      { id: demoIds.skippedBackup },
    ],
  },
  {
    collector: "migration-weekend",
    schedule: "*/2 * * * * *",
    tasks: [
      { id: demoIds.restore, name: "restore of the payment server" },
      { id: demoIds.failingReplication },
      { id: demoIds.copy },
      { id: demoIds.paused },
    ],
  },
  {
    collector: "housekeeping",
    schedule: "*/10 * * * * *",
    tasks: [
      { id: demoIds.sync },
      { id: demoIds.delete },
      { id: demoIds.vaultDelete, name: "vault of 2023" },
      { id: demoIds.removeResource },
      { id: demoIds.unknown, name: "mistyped id" },
    ],
  },
  { collector: "fleet", schedule: "*/30 * * * * *", vaults: ["fleet-01"] },
  { collector: "estate", schedule: "*/30 * * * * *", inventory: ["server"] },
];
