import { expect, test } from "vitest";
import { type Micros, micros } from "../../src/base/micros.ts";
import type { Backup } from "../../src/estate/backups.ts";
import { oldestUnfinished, withBackups, without } from "../../src/estate/restore-points.ts";

const day = 24 * 3600e6;
const now = micros(1_790_000_000_000_000);
const daysAgo = (days: number): Micros => micros(now - days * day);

function backup(part: Partial<Backup>): Backup {
  return { id: "b", status: "available", resourceId: "r", createdAt: daysAgo(1), ...part };
}

test.each<[string, readonly Partial<Backup>[], number | undefined]>([
  ["nothing", [], undefined],
  ["whole ones", [{}, { status: "error" }, { status: "deleting" }, { status: "restoring" }], undefined],
  ["one that is being made", [{}, { status: "protecting" }], 1],
  ["one that waits", [{ status: "waiting_protect", createdAt: daysAgo(2) }, { status: "protecting" }], 2],
  ["one of which nobody knows what it is", [{ status: "unknown", createdAt: daysAgo(3) }], 3],
  ["one as old as any is waited for", [{ status: "protecting", createdAt: daysAgo(7) }], 7],
  ["one that is older", [{ status: "protecting", createdAt: daysAgo(7.001) }, { status: "protecting" }], 1],
  ["one that does not say when it began", [{ status: "protecting", createdAt: undefined as never }], undefined],
])("the oldest that may still become a restore point, of %s", (_, backups, days) => {
  const found = oldestUnfinished(backups.map(backup), now);
  expect(found).toBe(days === undefined ? undefined : daysAgo(days));
});

test("what more backups show is added, resource by resource; nothing is changed that they say nothing new of", () => {
  const before = withBackups(new Map(), [backup({}), backup({ resourceId: "other", resourceName: "other" })]);
  const after = withBackups(before, [backup({ createdAt: daysAgo(0), resourceName: "new" }), backup({})]);
  expect(after.get("r")).toEqual({ resourceId: "r", name: "new", points: [{ imageType: "backup", at: now }] });
  expect(after.get("other")).toBe(before.get("other"));
  expect(before.get("r")?.points).toEqual([{ imageType: "backup", at: daysAgo(1) }]);
});

test("a resource is called as the newest of its restore points calls it, of whichever type", () => {
  const names = { resourceName: "new", resourceType: "OS::Nova::Server", vaultId: "v" };
  const newest = backup({ ...names, imageType: "replication", createdAt: daysAgo(0) });
  const older = backup({ resourceName: "old", resourceType: "old", vaultId: "w" });
  for (const order of [
    [newest, older],
    [older, newest],
  ]) {
    expect(withBackups(new Map(), order).get("r")).toEqual({
      resourceId: "r",
      name: "new",
      type: "OS::Nova::Server",
      vaultId: "v",
      points: [
        { imageType: "backup", at: daysAgo(1) },
        { imageType: "replication", at: now },
      ],
    });
  }
});

test("one that says less than another keeps what that said", () => {
  const named = backup({ resourceName: "db", resourceType: "server", vaultId: "v", createdAt: daysAgo(2) });
  expect(withBackups(new Map(), [named, backup({})]).get("r")).toMatchObject({
    name: "db",
    type: "server",
    vaultId: "v",
  });
});

test("a backup of no resource is nobody's, and resources are let go by their ids", () => {
  expect(withBackups(new Map(), [backup({ resourceId: undefined as never })]).size).toBe(0);
  const known = withBackups(new Map(), [backup({}), backup({ resourceId: "other" })]);
  expect([...without(known, ["r", "third"]).keys()]).toEqual(["other"]);
  expect(known.size).toBe(2);
});
