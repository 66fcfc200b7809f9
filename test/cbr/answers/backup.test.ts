import { expect, test } from "vitest";
import { decodeListBackups } from "../../../src/cbr/answers/backup.ts";
import { backupStatuses, restorePointOf } from "../../../src/estate/backups.ts";
import { context, example, good } from "../../support/inventory.ts";

test("the vendor's example, field by field", () => {
  const { records } = good(decodeListBackups(example("list-backups"), context));
  expect(records[2]).toEqual({
    id: "5eed0403-0000-4000-8000-000000000003",
    status: "available",
    imageType: "backup",
    resourceId: "5eed0101-0000-4000-8000-000000000001",
    resourceName: "erp-db-01",
    resourceType: "OS::Nova::Server",
    vaultId: "5eed0001-0000-4000-8000-000000000001",
    createdAt: Date.UTC(2026, 2, 9, 18, 0, 38, 114) * 1000 + 530,
    protectedAt: Date.UTC(2026, 2, 9, 18, 1, 5, 640) * 1000 + 217,
  });
  expect(records.map(({ status, imageType }) => [status, imageType])).toEqual([
    ["protecting", "backup"],
    ["error", "backup"],
    ["available", "backup"],
    ["available", "backup"],
    ["available", "replication"],
  ]);
  // When the data was captured, else when the record was made; none of those that failed or are not finished.
  expect(records.map(restorePointOf)).toEqual([
    undefined,
    undefined,
    records[2]?.protectedAt,
    records[3]?.createdAt,
    records[4]?.protectedAt,
  ]);
});

test.each(backupStatuses)("a backup can be %s", (status) => {
  const { records, invalidFields } = good(decodeListBackups({ backups: [{ id: "b", status }] }, context));
  expect([records, invalidFields]).toEqual([[{ id: "b", status }], []]);
});

test("a status that this version does not know is no mistake", () => {
  const answer = { backups: [{ id: "b", status: "frozen" }] };
  expect(decodeListBackups(answer, context)).toEqual({
    records: [{ id: "b", status: "unknown" }],
    invalidFields: [],
    received: 1,
  });
});

test("what many backups say alike is in memory once", () => {
  const taken = new Set<string>();
  const intern = (text: string) => {
    taken.add(text);
    return text;
  };
  decodeListBackups(
    {
      backups: [
        {
          id: "b",
          status: "error",
          image_type: "backup",
          resource_id: "r",
          resource_name: "n",
          resource_type: "t",
          vault_id: "v",
        },
      ],
    },
    { ...context, intern },
  );
  expect([...taken].toSorted()).toEqual(["backup", "t", "v"]);
});
