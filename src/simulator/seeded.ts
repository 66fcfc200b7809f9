import { createHash } from "node:crypto";

/** @returns a fraction in [0, 1) that depends on `seed` alone: the same text, the same number, on every machine */
export function seededFraction(seed: string): number {
  return createHash("sha256").update(seed).digest().readUInt32BE(0) / 2 ** 32;
}

/** @returns an id in the form of the cloud's (a version 4 UUID) that depends on `seed` alone */
export function seededUuid(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
