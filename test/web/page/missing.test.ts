import { expect, test } from "vitest";
import { type Micros, micros } from "../../../src/base/micros.ts";
import { createEstate, type ResourceEstate, type VaultRecord } from "../../../src/estate/estate.ts";
import { type ListAge, missing } from "../../../src/web/page/missing.ts";

const hour = 3600e6;
const now = micros(Date.UTC(2026, 10, 24, 12) * 1000);
const hoursAgo = (hours: number): Micros => micros(now - hours * hour);
const fresh: ListAge = { collector: "estate", list: "vaults", at: hoursAgo(0.1), oldAfter: micros(2 * hour) };
const nothing = "Nothing: every restore point that was due is there, and every vault has room.";

interface Shown {
  readonly resources?: readonly Partial<ResourceEstate>[];
  readonly vaults?: readonly (Partial<VaultRecord["vault"]> & Omit<Partial<VaultRecord>, "vault">)[];
  readonly spares?: readonly string[];
  readonly lists?: readonly ListAge[];
}

function estateOf({ resources = [], vaults = [], spares = [] }: Shown) {
  const estate = createEstate();
  const of = (id: string) => ({ key: `prod/${id}`, project: "prod" });
  estate.resources.set(
    "c",
    resources.map((part, at) => ({ ...of(`r-${at}`), resourceId: `r-${at}`, restorePoints: [], ...part })),
  );
  estate.vaults.set(
    "c",
    vaults.map(({ policies, resources: count = 1, ...vault }, at) => ({
      ...of(`v-${at}`),
      vault: { id: `v-${at}`, status: "available", ...vault },
      resources: count,
      ...(policies && { policies }),
    })),
  );
  estate.unprotected.set(
    "c",
    spares.map((name) => ({ ...of(name), resourceId: `id of ${name}`, name })),
  );
  return estate;
}

/** What is said, as it is read. */
async function said(shown: Shown): Promise<readonly string[]> {
  const { lists = [fresh] } = shown;
  const text = String(await missing({ estate: estateOf(shown), lists, now }));
  const words = (part: string): string =>
    part
      .replace(/<[^>]*>/g, "")
      .replace(/\s+/g, " ")
      .trim();
  return [...text.matchAll(/<(?:li|p)>(.*?)<\/(?:li|p)>/gs)].map(([, part = ""]) => words(part));
}

const due = hoursAgo(14);
const point = (hours: number, imageType = "backup") => ({ imageType, at: hoursAgo(hours) });
const policy = (name: string, enabled: boolean, operationType = "backup") => ({
  policyId: `id of ${name}`,
  name,
  enabled,
  operationType,
});

test.each<[string, Shown, readonly string[]]>([
  ["nobody looks", { lists: [], spares: ["spare"] }, []],
  [
    "all is well",
    { resources: [{ due, restorePoints: [point(14)] }], vaults: [{ size: 10, used: 7, warningPercent: 80 }] },
    [nothing],
  ],
  [
    "a restore point is missing",
    { resources: [{ name: "db", vaultName: "fleet", due, restorePoints: [point(38), point(1, "replication")] }] },
    [
      "db of prod (vault fleet) has no restore point since 2026-11-23 22:00 UTC, when one was due; its last is of 2026-11-22 22:00 UTC.",
    ],
  ],
  [
    "there was never one, and nothing has a name",
    { resources: [{ due }] },
    ["r-0 of prod has no restore point since 2026-11-23 22:00 UTC, when one was due; it has none at all."],
  ],
  ["none is due", { resources: [{ restorePoints: [point(300)] }] }, [nothing]],
  [
    "the longest missed comes first",
    {
      resources: [
        { name: "b", due },
        { name: "a", due: hoursAgo(60) },
      ],
    },
    [expect.stringMatching(/^a /), expect.stringMatching(/^b /)],
  ],
  [
    "a vault at its warning",
    { vaults: [{ name: "v", size: 100, used: 80, warningPercent: 80 }] },
    ["Vault v of prod is 80 % full."],
  ],
  [
    "one that is full and grows",
    { vaults: [{ size: 100, used: 120, autoExpand: true }] },
    ["Vault v-0 of prod is full, and grows by itself."],
  ],
  ["one without a warning of its own", { vaults: [{ size: 100, used: 99 }] }, [nothing]],
  [
    "a vault that is frozen",
    { vaults: [{ name: "v", status: "frozen" }] },
    ["Vault v of prod is frozen: nothing is backed up to it."],
  ],
  ["one that is being expanded", { vaults: [{ status: "lock" }] }, [nothing]],
  [
    "a policy that is off",
    { vaults: [{ name: "v", policies: [policy("weekly", false), policy("copies", true, "replication")] }] },
    ["Vault v of prod has no backup policy that is on: weekly."],
  ],
  [
    "one of two policies is off",
    { vaults: [{ policies: [policy("weekly", false), policy("daily", true)] }] },
    [nothing],
  ],
  [
    "a policy that is off, of an empty vault",
    { vaults: [{ resources: 0, policies: [policy("weekly", false)] }] },
    [nothing],
  ],
  ["no policy for backups at all", { vaults: [{ policies: [policy("copies", false, "replication")] }] }, [nothing]],
  ["a server in no vault", { spares: ["spare"] }, ["spare of prod is in no vault."]],
  [
    "more than anybody reads",
    { spares: Array.from({ length: 23 }, (_, at) => `spare-${at}`) },
    [...Array(20).fill(expect.stringContaining("is in no vault.")), "3 more like these are in the metrics."],
  ],
  [
    "a list that did not come",
    {
      lists: [
        fresh,
        { ...fresh, list: "backups", at: hoursAgo(3) },
        { ...fresh, list: "protectables_server", at: undefined },
      ],
    },
    [
      "The list of backups (collector estate) was last read 3 h 0 min ago, so what it shows is as of then.",
      "The list of protectables of kind server (collector estate) has not been read yet.",
    ],
  ],
])("%s", async (_, shown, sentences) => {
  expect(await said(shown)).toEqual(sentences);
});

test("everything is escaped", async () => {
  const evil = `<script>"'&`;
  const vault = { name: evil, size: 1, used: 1, warningPercent: 1, policies: [policy(evil, false)] };
  const shown = { resources: [{ name: evil, vaultName: evil, project: evil, due }], vaults: [vault], spares: [evil] };
  const lists = [{ ...fresh, collector: evil, at: undefined }];
  const text = String(await missing({ estate: estateOf(shown), lists, now }));
  expect(text).not.toContain(evil);
  expect(text.split("&lt;script&gt;&quot;&#39;&amp;")).toHaveLength(1 + 8);
});
