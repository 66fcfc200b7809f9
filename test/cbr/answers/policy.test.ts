import { describe, expect, test } from "vitest";
import { decodeListPolicies } from "../../../src/cbr/answers/policy.ts";
import { at, context, example, good } from "../../support/inventory.ts";

function decoded(policy: object) {
  const { records, invalidFields } = good(decodeListPolicies({ policies: [{ id: "p", ...policy }] }, context));
  return { policy: records[0], invalidFields };
}

test("the vendor's example, field by field", () => {
  const { records } = good(decodeListPolicies(example("list-policies"), context));
  const [daily, weekdays, off, copy] = records;
  expect(daily).toEqual({
    id: "5eed0011-0000-4000-8000-000000000011",
    name: "daily-0200-cst",
    operationType: "backup",
    enabled: true,
    startTime: Date.UTC(2026, 1, 3, 7, 20, 11) * 1000,
    utcOffset: 480,
    patterns: [{ hour: 18, minute: 0, everyDays: 1 }],
    vaults: [{ vaultId: "5eed0001-0000-4000-8000-000000000001" }],
  });
  expect(weekdays).toMatchObject({ utcOffset: 60, vaults: [], startTime: Date.UTC(2026, 1, 4, 9) * 1000 });
  expect(weekdays?.patterns.map(({ hour }) => hour)).toEqual([5, 17]);
  expect(weekdays?.patterns[0]?.weekdays).toEqual(["MO", "TU", "WE", "TH", "FR"]);
  expect(off).toMatchObject({ enabled: false, patterns: [{ hour: 1, minute: 30, everyDays: 3 }] });
  expect(off && "utcOffset" in off).toBe(false);
  expect(copy).toMatchObject({
    operationType: "replication",
    vaults: [
      {
        vaultId: "5eed0001-0000-4000-8000-000000000001",
        destinationVaultId: "5eed0099-0000-4000-8000-000000000099",
      },
    ],
  });
});

const start = "trigger.properties.start_time";

test("a policy may begin after the latest time that anything else may have", () => {
  expect(decoded(at(start, "2027-01-01 00:00:00"))).toMatchObject({
    policy: { startTime: Date.UTC(2027, 0, 1) * 1000 },
    invalidFields: [],
  });
});

test.each(["soon", 1_770_000_000, "1999-12-31 23:59:59", {}])("%j is no start", (value) => {
  expect(decoded(at(start, value))).toEqual({
    policy: { id: "p", patterns: [], vaults: [] },
    invalidFields: [start],
  });
});

test.each([
  ["UTC", 0],
  ["UTC+00:00", 0],
  ["UTC-00:00", 0],
  ["UTC+8", 480],
  ["UTC-03:30", -210],
  ["UTC+05:45", 345],
  ["UTC+23:59", 1439],
  ["UTC-23:59", -1439],
])("the timezone %s is %i minutes east of UTC", (timezone, utcOffset) => {
  expect(decoded({ operation_definition: { timezone } })).toEqual({
    policy: { id: "p", utcOffset, patterns: [], vaults: [] },
    invalidFields: [],
  });
});

describe("patterns", () => {
  const patterns = "trigger.properties.pattern";
  const hourly = (count: number) =>
    Array.from({ length: count }, (_, index) => `FREQ=DAILY;BYHOUR=${index % 24};BYMINUTE=0`);

  test("one that is not read leaves the others, and is counted", () => {
    const { policy, invalidFields } = decoded(at(patterns, ["FREQ=HOURLY", ...hourly(2), 7, null]));
    expect(policy?.patterns.map(({ hour }) => hour)).toEqual([0, 1]);
    expect(invalidFields).toEqual([patterns, patterns, patterns]);
  });

  test.each([
    [24, 24, []],
    [25, 24, [patterns]],
    [5000, 24, [patterns]],
  ])("of %i, %i are kept", (count, kept, invalid) => {
    const { policy, invalidFields } = decoded(at(patterns, hourly(count)));
    expect(policy?.patterns).toHaveLength(kept);
    expect(invalidFields).toEqual(invalid);
  });
});

test("a vault without a usable id is left out and counted", () => {
  const associated_vaults = [{ vault_id: "a" }, { vault_id: "../b" }, {}, { vault_id: "c", destination_vault_id: 7 }];
  const { policy, invalidFields } = decoded({ associated_vaults });
  expect(policy?.vaults).toEqual([{ vaultId: "a" }, { vaultId: "c" }]);
  expect(invalidFields).toEqual([
    "associated_vaults.vault_id",
    "associated_vaults.vault_id",
    "associated_vaults.destination_vault_id",
  ]);
});
