import type { BackupRun, Protected } from "../tasks/fleet.ts";
import type { SimPolicy } from "./policies.ts";

/** What is protected, where and how, at one moment (`reference/vaults-and-policies.md`). */
export interface Estate {
  readonly projectId: string;
  readonly nowMs: number;
  readonly vaults: readonly SimVault[];
  readonly policies: readonly SimPolicy[];
  /** Those that are there, failed ones too. */
  readonly backups: readonly BackupRun[];
  /** How long those of a policy are kept. */
  readonly retentionDays: number;
  /** Servers that are in no vault. */
  readonly outside: readonly Protected[];
}

export interface SimVault {
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  readonly objectType: "server" | "disk";
  readonly protectType: "backup" | "replication";
  /** In GB. */
  readonly size: number;
  readonly members: readonly Protected[];
}

export const providerIds = {
  server: "0daac4c5-6707-4851-97ba-169e36266b66",
  disk: "d1603440-187d-4516-af25-121250c7cc97",
} as const;

/** When the data was captured, and when the backup was whole, in milliseconds since 1970. */
export const startedMs = ({ createdMs, life }: BackupRun): number => createdMs + life.wait * 1000;
export const endedMs = (run: BackupRun): number => startedMs(run) + run.life.run * 1000;

export function statusOf(run: BackupRun, nowMs: number): "waiting_protect" | "protecting" | "available" | "error" {
  if (nowMs < startedMs(run)) return "waiting_protect";
  if (nowMs < endedMs(run)) return "protecting";
  return run.outcome === "success" ? "available" : "error";
}

/** What so many restore points of a resource take, in MB: one whole, and what has changed for each. @param size in GB */
export function megabytes(size: number, count: number): number {
  return count === 0 ? 0 : Math.round(size * 1024 * (0.4 + 0.02 * count));
}
