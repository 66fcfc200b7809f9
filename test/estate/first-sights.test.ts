import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import {
  afterPolicies,
  afterVaults,
  type FirstSights,
  policySeen,
  resourceSeen,
} from "../../src/estate/first-sights.ts";
import type { Policy } from "../../src/estate/policies.ts";
import type { Vault } from "../../src/estate/vaults.ts";

const [one, two, three] = [micros(1e6), micros(2e6), micros(3e6)];

function vault(...ids: readonly string[]): Vault {
  const resources = ids.map((id) => ({ id, protectStatus: "available" as const }));
  return { id: "v", status: "available", protectType: "backup", resources };
}

const policy: Policy = { id: "p", enabled: true, patterns: [], vaults: [{ vaultId: "v" }] };

/** Since when a resource and the policy have been there, as far as anybody saw. */
function seen(sights: FirstSights, id: string) {
  return [resourceSeen(sights, vault(), { id, protectStatus: "available" }), policySeen(sights, policy, "v")];
}

test("before anybody has looked, nothing has been seen to come", () => {
  expect(seen({}, "a")).toEqual([undefined, undefined]);
});

test("what the first look shows was there before; what comes later came then", () => {
  let sights = afterPolicies(afterVaults({}, [vault("a")], one), [], one);
  expect(seen(sights, "a")).toEqual([undefined, undefined]);
  sights = afterPolicies(afterVaults(sights, [vault("a", "b")], two), [policy], two);
  expect([seen(sights, "a"), seen(sights, "b")]).toEqual([
    [undefined, two],
    [two, two],
  ]);
  const again = afterPolicies(afterVaults(sights, [vault("b", "a")], three), [{ ...policy, name: "renamed" }], three);
  // Storage looks at no more than that.
  expect(again.resources).toBe(sights.resources);
  expect(again.policies).toBe(sights.policies);
});

test.each<[string, Partial<Policy>]>([
  ["another hour", { patterns: [{ hour: 1, minute: 0, everyDays: 1 }] }],
  ["switched off", { enabled: false }],
  ["another start", { startTime: one }],
  ["another zone", { utcOffset: 60 }],
])("a policy that is changed holds from then on: %s", (_, part) => {
  const sights = afterPolicies(afterPolicies({}, [policy], one), [{ ...policy, ...part }], two);
  expect(policySeen(sights, policy, "v")).toBe(two);
});

test("what one look does not show is as before when the next one does; what two do not show has gone", () => {
  const first = afterPolicies(afterVaults(afterVaults({}, [vault("a")], one), [vault("a", "b")], two), [policy], two);
  const without = afterPolicies(afterVaults(first, [vault("a")], three), [], three);
  expect(without.resources).not.toBe(first.resources);
  expect(without.policies).not.toBe(first.policies);
  const back = afterPolicies(afterVaults(without, [vault("a", "b")], three), [policy], three);
  expect(seen(back, "b")).toEqual([two, undefined]);
  // It counts as shown again.
  expect([...(back.resources ?? [])]).toEqual([...(first.resources ?? [])]);
  expect([...(back.policies ?? [])]).toEqual([...(first.policies ?? [])]);
  const gone = afterPolicies(afterVaults(without, [vault("a")], three), [], three);
  expect([gone.resources?.size, gone.policies?.size]).toEqual([1, 0]);
  const anew = afterPolicies(afterVaults(gone, [vault("a", "b")], three), [policy], three);
  expect(seen(anew, "b")).toEqual([three, three]);
});
