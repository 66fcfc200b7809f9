import { describe, expect, test } from "vitest";
import { createInterner } from "../../../src/base/interner.ts";
import { decodeListVault } from "../../../src/cbr/answers/vault.ts";
import type { Vault } from "../../../src/estate/vaults.ts";
import { at, context, example, good } from "../../support/inventory.ts";

const gigabyte = 1_073_741_824;
const megabyte = 1_048_576;

function decoded(vault: object) {
  const { records, invalidFields } = good(decodeListVault({ vaults: [{ id: "v", ...vault }] }, context));
  return { vault: records[0], invalidFields };
}

test("the vendor's example, field by field", () => {
  const { records } = good(decodeListVault(example("list-vault"), context));
  const [production, , copies, frozen] = records;
  expect(production).toEqual({
    id: "5eed0001-0000-4000-8000-000000000001",
    name: "vault-production",
    status: "available",
    protectType: "backup",
    objectType: "server",
    chargingMode: "post_paid",
    consistentLevel: "crash_consistent",
    enterpriseProjectId: "0",
    createdAt: 1_770_102_942_118_000,
    size: 300 * gigabyte,
    used: 282_624 * megabyte,
    allocated: 460 * gigabyte,
    warningPercent: 80,
    autoExpand: false,
    resources: [
      {
        id: "5eed0101-0000-4000-8000-000000000001",
        name: "erp-db-01",
        type: "OS::Nova::Server",
        size: 200 * gigabyte,
        backupSize: 201_728 * megabyte,
        backups: 14,
        autoProtect: true,
        protectStatus: "available",
      },
      expect.objectContaining({ name: "erp-app-01", protectStatus: "protecting" }),
      expect.objectContaining({ name: "erp-app-02", autoProtect: false, backups: 0, backupSize: 0 }),
      expect.objectContaining({ name: "retired-07", protectStatus: "deleted" }),
    ],
  });
  expect(copies).toMatchObject({ protectType: "replication", allocated: 0, used: 5588 * megabyte });
  expect(copies?.resources[0]?.protectStatus).toBe("unknown");
  expect([frozen?.status, frozen?.resources]).toEqual(["frozen", []]);
  // In both ways in which the example writes the same one.
  expect(records.map(({ enterpriseProjectId }) => enterpriseProjectId)).toEqual(["0", "0", "0", "0"]);
});

test.each<[string, unknown, Partial<Vault>]>([
  ["billing.status", "lock", { status: "lock" }],
  ["billing.status", "deleting", { status: "deleting" }],
  ["billing.status", "error", { status: "error" }],
  ["billing.status", "thawing", { status: "unknown" }],
  ["billing.status", "unknown", { status: "unknown" }],
  ["billing.protect_type", "hybrid", { protectType: "hybrid" }],
  ["billing.object_type", "of the future", { objectType: "of the future" }],
  ["billing.size", "10485760", { size: 10_485_760 * gigabyte }],
  ["billing.size", 0, { size: 0 }],
  ["billing.used", "7", { used: 7 * megabyte }],
  ["threshold", "95", { warningPercent: 95 }],
  ["auto_expand", "true", { autoExpand: true }],
  [
    "enterprise_project_id",
    "5eed0001-0000-4000-8000-000000000001",
    { enterpriseProjectId: "5eed0001-0000-4000-8000-000000000001" },
  ],
])("%s %j is read as %j", (path, value, part) => {
  expect(decoded(at(path, value))).toEqual({
    vault: { id: "v", status: "unknown", resources: [], ...part },
    invalidFields: [],
  });
});

describe("a resource", () => {
  test.each(["available", "error", "protecting", "restoring", "removing", "deleted"])("can be %s", (protect_status) => {
    expect(decoded({ resources: [{ id: "r", protect_status }] }).vault?.resources[0]?.protectStatus).toBe(
      protect_status,
    );
  });

  test("of which nothing is known may follow the policy", () => {
    expect(decoded({ resources: [{ id: "r" }] }).vault?.resources).toEqual([{ id: "r", protectStatus: "unknown" }]);
  });

  test.each([undefined, null, "", 7, "../x", "x".repeat(65)])("with the id %j is left out, the others stay", (id) => {
    const { vault, invalidFields } = decoded({ resources: [{ id: "a" }, { id, size: "x" }, { id: "b" }] });
    expect(vault?.resources.map((each) => each.id)).toEqual(["a", "b"]);
    expect(invalidFields).toEqual(["resources.id"]);
  });
});

test("what many vaults and resources say alike is in memory once", () => {
  const taken: string[] = [];
  const intern = createInterner();
  const keep = (text: string) => {
    taken.push(text);
    return intern(text);
  };
  decodeListVault(example("list-vault"), { ...context, intern: keep });
  expect(new Set(taken)).toEqual(
    new Set([
      ...["backup", "replication", "server", "disk", "post_paid", "pre_paid", "crash_consistent", "0"],
      ...["OS::Nova::Server", "OS::Cinder::Volume"],
    ]),
  );
});
