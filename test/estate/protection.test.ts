import { describe, expect, test } from "vitest";
import { type Micros, micros } from "../../src/base/micros.ts";
import { onlyShard, shardOf } from "../../src/base/shard.ts";
import type { Backup } from "../../src/estate/backups.ts";
import type { ResourceEstate } from "../../src/estate/estate.ts";
import { afterPolicies, afterVaults, type FirstSights } from "../../src/estate/first-sights.ts";
import type { Policy } from "../../src/estate/policies.ts";
import { protectionOf, type ShownLists } from "../../src/estate/protection.ts";
import { withBackups } from "../../src/estate/restore-points.ts";
import type { Vault, VaultResource } from "../../src/estate/vaults.ts";

/** `06-01 18:00` is 2026-06-01T18:00:00Z. */
function time(text: string): Micros {
  return micros(Date.parse(`2026-${text.replace(" ", "T")}Z`) * 1000);
}

function shown(moment: Micros | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment / 1000).toISOString().slice(5, 16).replace("T", " ");
}

function server(part: Partial<VaultResource> = {}): VaultResource {
  return { id: "server", protectStatus: "available", ...part };
}

function vault(part: Partial<Vault> = {}): Vault {
  const createdAt = time("01-01 00:00");
  return { id: "v", status: "available", protectType: "backup", createdAt, resources: [server()], ...part };
}

function nightly(part: Partial<Policy> = {}): Policy {
  const patterns = [{ hour: 22, minute: 0, everyDays: 1 }];
  return { id: "p", operationType: "backup", enabled: true, patterns, vaults: [{ vaultId: "v" }], ...part };
}

/** What lists show at one time; those that are not named show nothing. */
interface Look {
  readonly at: string;
  readonly vaults?: readonly Vault[];
  readonly policies?: readonly Policy[];
  readonly backups?: readonly Backup[];
}

const grace = micros(6 * 3600e6);
const options = { project: "prod", shard: onlyShard, grace, isWanted: () => true };

/** What is known after some looks; a list that did not come is absent from one. */
function after(...looks: readonly Look[]): ShownLists {
  let known: ShownLists = { sights: {} };
  for (const { at: text, vaults, policies, backups } of looks) {
    const at = time(text);
    let sights: FirstSights = known.sights;
    if (vaults) sights = afterVaults(sights, vaults, at);
    if (policies) sights = afterPolicies(sights, policies, at);
    known = {
      ...known,
      sights,
      ...(vaults && { vaults: { what: vaults, at } }),
      ...(policies && { policies: { what: policies, at } }),
      ...(backups && { restorePoints: { what: withBackups(new Map(), backups), at } }),
    };
  }
  return known;
}

function resource(known: ShownLists, id = "server"): ResourceEstate | undefined {
  return [...protectionOf(known, options).resources].find(({ resourceId }) => resourceId === id);
}

const first: Look = { at: "06-01 12:00", vaults: [vault()], policies: [nightly()], backups: [] };
/** Four in the morning of the second: what was due in the evening has had its grace. */
const morning: Look = { ...first, at: "06-02 04:00" };

describe("a restore point is due", () => {
  test.each<[string, readonly Look[], string | undefined, boolean | undefined]>([
    ["as of the first look", [first], "05-31 22:00", true],
    [
      "while the grace of the newest lasts: the one before",
      [first, { ...morning, at: "06-02 03:59" }],
      "05-31 22:00",
      true,
    ],
    ["once it is over", [first, morning], "06-01 22:00", true],
    [
      "of a new vault: not of the time before it",
      [{ ...first, vaults: [vault({ createdAt: time("06-01 09:00") })] }],
      undefined,
      true,
    ],
    [
      "of a new vault: in its first night",
      [{ ...morning, vaults: [vault({ createdAt: time("06-01 09:00") })] }],
      "06-01 22:00",
      true,
    ],
    [
      "of a new resource: not of the time before it",
      [
        { ...first, vaults: [vault({ resources: [] })] },
        { ...first, at: "06-01 13:00" },
      ],
      undefined,
      true,
    ],
    [
      "of a new resource: in its first night",
      [{ ...first, vaults: [vault({ resources: [] })] }, { ...first, at: "06-01 13:00" }, morning],
      "06-01 22:00",
      true,
    ],
    [
      "of a new resource that came in the night: not of that night",
      [{ ...first, vaults: [vault({ resources: [] })] }, { ...first, at: "06-01 22:30" }, morning],
      undefined,
      true,
    ],
    [
      "of one moved to a vault whose policy runs at noon: not of this noon",
      [first, movedAt("06-01 18:00"), movedAt("06-02 04:00")],
      undefined,
      true,
    ],
    [
      "of one moved to a vault whose policy runs at noon: of the next",
      [first, movedAt("06-01 18:00"), movedAt("06-02 18:00")],
      "06-02 12:00",
      true,
    ],
    [
      "of a policy that was switched off: never",
      [first, { ...morning, policies: [nightly({ enabled: false })] }],
      undefined,
      false,
    ],
    [
      "of a policy that was switched on again: not of the time between",
      [{ ...first, policies: [nightly({ enabled: false })] }, { ...first, at: "06-01 23:00" }, morning],
      undefined,
      true,
    ],
    [
      "of a policy whose hour was changed: not of an hour that had passed",
      [first, changedAt("06-02 02:00", 1), changedAt("06-02 08:00", 1)],
      undefined,
      true,
    ],
    [
      "of a policy whose hour was changed: of the next",
      [first, changedAt("06-02 02:00", 1), changedAt("06-03 08:00", 1)],
      "06-03 01:00",
      true,
    ],
    [
      "of a policy that was renamed: as before",
      [first, { ...morning, policies: [nightly({ name: "another" })] }],
      "06-01 22:00",
      true,
    ],
    [
      "of a policy that the vault was given: not of the time before",
      [{ ...first, policies: [nightly({ vaults: [] })] }, { ...first, at: "06-01 23:00" }, morning],
      undefined,
      true,
    ],
    [
      "of one that a single look did not show: as before",
      [first, { ...first, at: "06-01 23:00", vaults: [], policies: [] }, morning],
      "06-01 22:00",
      true,
    ],
    [
      "of one that two looks did not show: not of the time before",
      [first, ...["06-01 20:00", "06-01 23:00"].map((at) => ({ ...first, at, vaults: [] })), morning],
      undefined,
      true,
    ],
    [
      "of two policies: of the newest that was",
      [{ ...morning, at: "06-02 18:00", policies: [nightly(), atNoon()] }],
      "06-02 12:00",
      true,
    ],
    [
      "of two policies, one of them switched off: of the other",
      [{ ...morning, at: "06-02 18:00", policies: [nightly(), atNoon({ enabled: false })] }],
      "06-01 22:00",
      true,
    ],
    [
      "by no policy for replication",
      [{ ...first, policies: [nightly({ operationType: "replication" })] }],
      undefined,
      false,
    ],
    ["of no vault for replication", [{ ...first, vaults: [vault({ protectType: "replication" })] }], undefined, false],
    ["of one for both", [{ ...first, vaults: [vault({ protectType: "hybrid" })] }], "05-31 22:00", true],
    [
      "of none that does not follow its policies",
      [{ ...first, vaults: [vault({ resources: [server({ autoProtect: false })] })] }],
      undefined,
      false,
    ],
    [
      "of one that follows them again: not of the time between",
      [
        { ...first, vaults: [vault({ resources: [server({ autoProtect: false })] })] },
        { ...first, at: "06-01 23:00" },
        morning,
      ],
      undefined,
      true,
    ],
    [
      "of none that is deleted",
      [{ ...first, vaults: [vault({ resources: [server({ protectStatus: "deleted" })] })] }],
      undefined,
      false,
    ],
    ["of none without a policy", [{ ...first, policies: [] }], undefined, false],
    [
      "as of the oldest list: backups did not come",
      [first, { at: "06-02 04:00", vaults: [vault()], policies: [nightly()] }],
      "05-31 22:00",
      true,
    ],
    [
      "as of the oldest list: policies did not come",
      [first, { at: "06-02 04:00", vaults: [vault()], backups: [] }],
      "05-31 22:00",
      true,
    ],
    [
      "only once backups have been listed",
      [{ at: "06-02 04:00", vaults: [vault()], policies: [nightly()] }],
      undefined,
      true,
    ],
    [
      "only once policies have been listed",
      [{ at: "06-02 04:00", vaults: [vault()], backups: [] }],
      undefined,
      undefined,
    ],
  ])("%s", (_, looks, due, isProtected) => {
    const { due: found, isProtected: isFound } = resource(after(...looks)) ?? {};
    expect([shown(found), isFound]).toEqual([due, isProtected]);
  });
});

function atNoon(part: Partial<Policy> = {}): Policy {
  return nightly({ id: "noon", patterns: [{ hour: 12, minute: 0, everyDays: 1 }], ...part });
}

/** The server lies in another vault, whose policy runs at noon. */
function movedAt(at: string): Look {
  const vaults = [vault({ resources: [] }), vault({ id: "w" })];
  return { at, vaults, policies: [nightly(), atNoon({ vaults: [{ vaultId: "w" }] })], backups: [] };
}

function changedAt(at: string, hour: number): Look {
  return { ...first, at, policies: [nightly({ patterns: [{ hour, minute: 0, everyDays: 1 }] })] };
}

function backup(part: Partial<Backup> & Pick<Backup, "id">): Backup {
  return { status: "available", imageType: "backup", resourceId: "server", createdAt: time("06-01 22:00"), ...part };
}

test.each<[string, readonly Partial<Backup>[], Readonly<Record<string, string>>]>([
  ["the newest", [{}, { createdAt: time("06-01 23:00") }, {}], { backup: "06-01 23:00" }],
  ["when its data was captured, where that is told", [{ protectedAt: time("06-01 22:01") }], { backup: "06-01 22:01" }],
  ["one that is being restored", [{ status: "restoring" }], { backup: "06-01 22:00" }],
  ["none that failed", [{ status: "error", createdAt: time("06-02 22:00") }, {}], { backup: "06-01 22:00" }],
  ["none that is not whole", [{ status: "protecting" }, { status: "waiting_protect" }, { status: "deleting" }], {}],
  ["none of which nobody knows what it is", [{ status: "unknown" }], {}],
  [
    "copies by themselves",
    [{}, { imageType: "replication", createdAt: time("06-02 04:00") }],
    { backup: "06-01 22:00", replication: "06-02 04:00" },
  ],
  ["one that does not say what it is an image of", [{ imageType: undefined as never }], { backup: "06-01 22:00" }],
  ["none of which the time is not known", [{ createdAt: undefined as never }], {}],
])("a restore point is %s", (_, backups, expected) => {
  const all = backups.map((part, index) => backup({ id: `b-${index}`, ...part }));
  for (const order of [all, all.toReversed()]) {
    const points = resource(after({ ...morning, backups: order }))?.restorePoints ?? [];
    expect(Object.fromEntries(points.map(({ imageType, at }) => [imageType, shown(at)]))).toEqual(expected);
  }
});

test("a resource in two vaults is told once: by that which backs it up, with the sum of its backups", () => {
  const part = (backups: number) => server({ name: `of ${backups}`, backups, backupSize: backups * 10, size: 7 });
  const copies = vault({ id: "copies", name: "Copies", protectType: "replication", resources: [part(5)] });
  const own = vault({ name: "Own", resources: [part(3), part(3)] });
  for (const vaults of [
    [copies, own],
    [own, copies],
  ]) {
    expect(resource(after({ ...first, vaults }))).toMatchObject({
      name: "of 3",
      vaultId: "v",
      vaultName: "Own",
      isProtected: true,
      due: time("05-31 22:00"),
      backups: 8,
      backupSize: 80,
      size: 7,
    });
  }
});

test("what a vault does not say of a resource is not made up, but for what its backups say", () => {
  const backups = [backup({ id: "b", resourceName: "db", resourceType: "OS::Nova::Server", vaultId: "elsewhere" })];
  const found = resource(after({ ...first, backups }));
  expect(found).toMatchObject({ name: "db", type: "OS::Nova::Server", vaultId: "v" });
  for (const key of ["vaultName", "backups", "backupSize", "size"]) expect(found).not.toHaveProperty(key);
  expect(resource(after({ ...first, vaults: [vault({ resources: [server({ type: "own" })] })], backups }))?.type).toBe(
    "own",
  );
});

test("of two vaults that back it up alike, the first is named", () => {
  const vaults = [vault({ name: "One" }), vault({ id: "w", name: "Two" })];
  expect(resource(after({ ...first, vaults }))).toMatchObject({ vaultId: "v", vaultName: "One" });
});

test("one that is in no vault any more is known by its backups", () => {
  const backups = [backup({ id: "b", resourceName: "old", vaultId: "v" })];
  const found = resource(after({ ...first, vaults: [vault({ name: "Own", resources: [] })], backups }));
  expect(found).toMatchObject({ name: "old", vaultId: "v", vaultName: "Own" });
  expect(found).not.toHaveProperty("isProtected");
  expect(found).not.toHaveProperty("due");
});

test("of shards, each tells of its own vaults, policies and resources alone, with what others have a part in", () => {
  const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
  const vaults = ids.map((id) => vault({ id, resources: [server({ id: `of-${id}` })] }));
  const policies = ids.map((id) => nightly({ id, vaults: ids.map((vaultId) => ({ vaultId })) }));
  const known = after({ ...first, vaults, policies });
  const whole = protectionOf(known, options);
  const parts = [0, 1, 2].map((index) => protectionOf(known, { ...options, shard: { index, count: 3 } }));
  for (const kind of ["vaults", "policies", "resources"] as const) {
    const own = parts.map((part, index) => {
      const records = [...part[kind]];
      for (const { key } of records) expect(shardOf(key.replace("prod/", ""), 3)).toBe(index);
      expect(records.length).toBeGreaterThan(0);
      return records;
    });
    expect(own.flat().toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
      [...whole[kind]].toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    );
  }
});

test("a resource that two vaults back up is due whenever one of them says so, last", () => {
  const vaults = [vault(), vault({ id: "w" })];
  const policies = [nightly(), atNoon({ vaults: [{ vaultId: "w" }] })];
  for (const order of [vaults, vaults.toReversed()]) {
    const known = after({ ...morning, at: "06-02 18:00", vaults: order, policies });
    expect(shown(resource(known)?.due)).toBe("06-02 12:00");
    const later = after({ ...morning, at: "06-03 04:00", vaults: order, policies });
    expect(shown(resource(later)?.due)).toBe("06-02 22:00");
  }
});

test("vaults that share a policy, given to one of them later, are each due as they have it", () => {
  const own = [server({ id: "old" })];
  const vaults = [vault({ resources: own }), vault({ id: "w", resources: [server({ id: "new" })] })];
  const both = nightly({ vaults: [{ vaultId: "v" }, { vaultId: "w" }] });
  const known = after(
    { ...first, vaults },
    { ...first, at: "06-01 23:00", vaults, policies: [both] },
    {
      ...morning,
      vaults,
      policies: [both],
    },
  );
  expect(["old", "new"].map((id) => shown(resource(known, id)?.due))).toEqual(["06-01 22:00", undefined]);
});

test("vaults say how many resources are in them, and which policies they were given", () => {
  const vaults = [vault({ resources: [server(), server({ id: "b" })] }), vault({ id: "w", resources: [] })];
  const copies = nightly({ id: "c", operationType: "replication", enabled: false });
  const policies = [nightly({ name: "n" }), { ...copies, vaults: [{ vaultId: "v", destinationVaultId: "d" }] }];
  const told = (look: Look) =>
    [...protectionOf(after(look), options).vaults].map(({ vault: { id }, resources, policies: its }) => [
      id,
      resources,
      its,
    ]);
  expect(told({ ...first, vaults, policies })).toEqual([
    [
      "v",
      2,
      [
        { policyId: "p", name: "n", operationType: "backup", enabled: true },
        { policyId: "c", operationType: "replication", enabled: false, destinationVaultId: "d" },
      ],
    ],
    ["w", 0, []],
  ]);
  expect(told({ at: "06-01 12:00", vaults })).toEqual([
    ["v", 2, undefined],
    ["w", 0, undefined],
  ]);
});

test("a policy was due from when it held for any of its vaults, and one of none from its start", () => {
  const of = (...ids: readonly string[]) => nightly({ vaults: ids.map((vaultId) => ({ vaultId })) });
  const lastOf = (...looks: readonly Look[]) =>
    [...protectionOf(after(...looks), options).policies].map(({ lastDue }) => shown(lastDue));
  const empty: Look = { ...first, policies: [] };
  expect(lastOf(empty, { ...first, at: "06-01 23:00" }, { ...first, at: "06-02 12:00" })).toEqual([undefined]);
  expect(lastOf(empty, { ...first, at: "06-01 21:00" }, { ...first, at: "06-02 12:00" })).toEqual(["06-01 22:00"]);
  const given = [
    { ...first, policies: [of("v")] },
    { ...first, at: "06-01 23:00", policies: [of("v", "w")] },
  ];
  expect(lastOf(...given, { ...first, at: "06-02 12:00", policies: [of("w", "v")] })).toEqual(["06-01 22:00"]);
  expect(lastOf({ ...first, policies: [of()] })).toEqual(["05-31 22:00"]);
});

test("before any list has come there is nothing", () => {
  const { vaults, policies, resources } = protectionOf({ sights: {} }, options);
  expect([...vaults, ...policies, ...resources]).toEqual([]);
});

test("policies say when they were due, and are next; one that is switched off says neither", () => {
  const policies = [nightly(), atNoon({ enabled: false })];
  const told = [...protectionOf(after({ ...first, policies }), options).policies];
  expect(told.map(({ lastDue, nextDue }) => [shown(lastDue), shown(nextDue)])).toEqual([
    ["05-31 22:00", "06-01 22:00"],
    [undefined, undefined],
  ]);
});
