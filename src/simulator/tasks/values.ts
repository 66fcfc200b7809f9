import { createHash } from "node:crypto";

/**
 * The spellings in which the API writes a time, all of them UTC (`reference/cloud-access.md`, "More about OperationLog"):
 * `micros` `2019-05-23T14:31:36.007230`, `offset` `2019-05-23T14:31:36.007+00:00`, `seconds` `2019-05-23T14:31:36Z`.
 */
export type TimeSpelling = "micros" | "offset" | "seconds";

/** @param moment whole microseconds since 1970-01-01T00:00:00Z; spellings with fewer digits cut the rest off */
export function apiTime(moment: number, spelling: TimeSpelling = "micros"): string {
  const iso = new Date(Math.floor(moment / 1000)).toISOString(); // …36.007Z
  if (spelling === "seconds") return `${iso.slice(0, 19)}Z`;
  if (spelling === "offset") return `${iso.slice(0, -1)}+00:00`;
  const micros = ((moment % 1000) + 1000) % 1000;
  return `${iso.slice(0, -1)}${String(micros).padStart(3, "0")}`;
}

/** @returns a fraction in [0, 1) that depends on `seed` alone: the same text, the same number, on every machine */
export function seededFraction(seed: string): number {
  return createHash("sha256").update(seed).digest().readUInt32BE(0) / 2 ** 32;
}

/** @returns eight fractions in [0, 1), for the price of one */
export function seededFractions(seed: string): readonly number[] {
  const digest = createHash("sha256").update(seed).digest();
  return Array.from({ length: 8 }, (_, index) => digest.readUInt32BE(4 * index) / 2 ** 32);
}

/** @returns an id in the form of the cloud's (a version 4 UUID) that depends on `seed` alone */
export function seededUuid(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join("-");
}

/** Ids of what a task, or a vault's name, brings with it. */
export const backupIdOf = (taskId: string): string => seededUuid(`${taskId}/backup`);
export const checkpointIdOf = (taskId: string): string => seededUuid(`${taskId}/checkpoint`);
export const vaultIdOf = (name: string): string => seededUuid(`vault/${name}`);
