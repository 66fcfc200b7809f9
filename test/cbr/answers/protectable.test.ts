import { expect, test } from "vitest";
import { decodeListProtectable } from "../../../src/cbr/answers/protectable.ts";
import { isUnprotected, type Protectable } from "../../../src/estate/protectables.ts";
import { context, example, good } from "../../support/inventory.ts";

test("the vendor's example, field by field", () => {
  const { records } = good(decodeListProtectable(example("list-protectable"), context));
  expect(records[0]).toEqual({
    id: "5eed0701-0000-4000-8000-000000000001",
    name: "web-01",
    type: "OS::Nova::Server",
    size: 40 * 1024 ** 3,
    status: "ACTIVE",
    canBeProtected: true,
    isInVault: false,
  });
  expect(records[2]).toMatchObject({ isInVault: true, vaultId: "5eed0001-0000-4000-8000-000000000001" });
  expect(records[3]).toMatchObject({ canBeProtected: false, isInVault: false });
  expect(records.map(isUnprotected)).toEqual([true, true, false, false]);
});

const vault = { id: "v", name: "nightly" };

test.each<[string, object, Partial<Protectable>, boolean, readonly string[]]>([
  ["in no vault", { result: true, vault: null }, { canBeProtected: true, isInVault: false }, true, []],
  ["of a cloud that leaves out what is null", { result: true }, { canBeProtected: true, isInVault: false }, true, []],
  ["with an empty vault", { result: true, vault: "" }, { canBeProtected: true, isInVault: false }, true, []],
  ["in a vault", { result: "true", vault }, { canBeProtected: true, isInVault: true, vaultId: "v" }, false, []],
  ["in a vault without an id", { result: true, vault: {} }, { canBeProtected: true, isInVault: true }, false, []],
  [
    "in a vault with an id of no use",
    { result: true, vault: { id: 7 } },
    { canBeProtected: true, isInVault: true },
    false,
    ["protectable.vault.id"],
  ],
  ["with a vault of no use", { result: true, vault: "v" }, { canBeProtected: true }, false, ["protectable.vault"]],
  ["that cannot be protected", { result: false }, { canBeProtected: false, isInVault: false }, false, []],
  ["of which that is not known", { result: "perhaps" }, {}, false, ["protectable.result"]],
  ["of which only the vault is known", { vault }, { isInVault: true, vaultId: "v" }, false, []],
  ["of which nothing is known", {}, {}, false, []],
])("a resource %s", (_, protectable, part, unprotected, invalidFields) => {
  const page = good(decodeListProtectable({ instances: [{ id: "i", protectable }] }, context));
  expect(page.records).toEqual([{ id: "i", ...part }]);
  expect(page.invalidFields).toEqual(invalidFields);
  expect(page.records.map(isUnprotected)).toEqual([unprotected]);
});
