import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { backupStatuses, restorePointOf } from "../../src/estate/backups.ts";

const createdAt = micros(1);
const protectedAt = micros(2);

test.each(backupStatuses)("whether a backup that is %s is a restore point", (status) => {
  const isOne = status === "available" || status === "restoring";
  expect(restorePointOf({ id: "b", status, createdAt, protectedAt })).toBe(isOne ? protectedAt : undefined);
  expect(restorePointOf({ id: "b", status, createdAt })).toBe(isOne ? createdAt : undefined);
  expect(restorePointOf({ id: "b", status })).toBeUndefined();
});
