import { describe, expect, test } from "vitest";
import { type Micros, micros } from "../../src/base/micros.ts";
import { afterBackups, type BackupsSeen } from "../../src/collect/backup-listings.ts";
import type { Backup } from "../../src/estate/backups.ts";

const hour = 3600e6;
const now = micros(1_790_000_000_000_000);
const hoursAgo = (hours: number): Micros => micros(now - hours * hour);

function backup(resourceId: string, hours: number, part: Partial<Backup> = {}): Backup {
  return {
    id: `${resourceId} ${hours}`,
    status: "available",
    imageType: "backup",
    resourceId,
    createdAt: hoursAgo(hours),
    ...part,
  };
}

/** All that the cloud has. */
const cloud = [backup("a", 1), backup("a", 25), backup("b", 26)];

/** What was seen an hour ago, by a listing of all of it five hours ago, which took so many requests. */
function seen(part: Partial<BackupsSeen> = {}): BackupsSeen {
  const points = [{ imageType: "backup", at: hoursAgo(2) }];
  return {
    points: new Map([["a", { resourceId: "a", points }]]),
    listedAt: hoursAgo(1),
    whole: { at: hoursAgo(5), vaults: "", pages: 9 },
    ...part,
  };
}

interface Wanted {
  readonly vaults?: string;
  readonly fallen?: readonly string[];
  /** What a listing is cut by, by what it asks for. */
  readonly cut?: Readonly<Record<string, string>>;
  readonly backups?: readonly Backup[];
}

/** What was asked for, and what is known afterwards. */
async function look(before: BackupsSeen, { vaults = "", fallen = [], cut = {}, backups = cloud }: Wanted = {}) {
  const asked: string[] = [];
  const result = await afterBackups(before, {
    async list({ startTime, resourceId }) {
      const what = resourceId ?? (startTime === undefined ? "all" : `${(now - startTime) / hour} h`);
      asked.push(what);
      const isShown = (each: Backup): boolean =>
        (resourceId === undefined || each.resourceId === resourceId) && (each.createdAt ?? 0) >= (startTime ?? 0);
      return { backups: backups.filter(isShown), pages: 3, began: now, cut: cut[what] };
    },
    now,
    vaults,
    fallen,
  });
  const points = [...result.seen.points].map(([id, { points: its }]) => [id, (now - (its[0]?.at ?? 0)) / hour]);
  return { asked: asked.join(" "), points: Object.fromEntries(points), cut: result.cut, seen: result.seen };
}

describe("asks for", () => {
  test.each<[string, BackupsSeen, Wanted, string]>([
    ["all at first", { points: new Map() }, {}, "all"],
    ["what has come since, with an overlap", seen(), {}, "7 h"],
    ["as far back as one that is not whole yet", seen({ oldestUnfinished: hoursAgo(20) }), {}, "26 h"],
    ["not less, where that is younger", seen({ oldestUnfinished: hoursAgo(0.5) }), {}, "7 h"],
    ["all, once a day", seen({ whole: { at: hoursAgo(23.5), vaults: "", pages: 9 } }), {}, "all"],
    ["not yet, a little before", seen({ whole: { at: hoursAgo(23.4), vaults: "", pages: 9 } }), {}, "7 h"],
    ["all, where it is of other vaults", seen(), { vaults: "v" }, "all"],
    ["those of resources that have fewer", seen(), { fallen: ["a", "b"] }, "7 h a b"],
    ["all, where that costs less", seen(), { fallen: ["a", "b", "c", "d", "e"] }, "all"],
    [
      "as much, where that costs as much",
      seen({ whole: { at: hoursAgo(5), vaults: "", pages: 2 } }),
      { fallen: ["a"] },
      "7 h a",
    ],
  ])("%s", async (_, before, wanted, asked) => {
    expect((await look(before, wanted)).asked).toBe(asked);
  });
});

describe("knows afterwards", () => {
  const gone = new Map([["c", { resourceId: "c", points: [{ imageType: "backup", at: hoursAgo(3) }] }]]);

  test("of all, what they show, and nothing else", async () => {
    const { points, seen: after } = await look({ points: gone }, { vaults: "v" });
    expect(points).toEqual({ a: 1, b: 26 });
    expect(after).toMatchObject({ listedAt: now, whole: { at: now, vaults: "v", pages: 3 } });
  });

  test("of what has come since, that and what was known", async () => {
    const { points, seen: after } = await look(seen({ points: gone }));
    expect(points).toEqual({ a: 1, c: 3 });
    expect(after).toMatchObject({ listedAt: now, whole: { at: hoursAgo(5), pages: 9 } });
  });

  test("of a resource that has fewer, what is left of it, which may be nothing", async () => {
    const backups = [backup("a", 25)];
    expect((await look(seen(), { fallen: ["a"], backups })).points).toEqual({ a: 25 });
    expect((await look(seen(), { fallen: ["a"], backups: [] })).points).toEqual({});
  });

  test("when the oldest was begun that is not whole", async () => {
    const backups = [backup("a", 3, { status: "protecting" })];
    expect((await look({ points: new Map() }, { backups })).seen.oldestUnfinished).toBe(hoursAgo(3));
    expect((await look(seen(), { backups })).seen.oldestUnfinished).toBe(hoursAgo(3));
    expect((await look(seen({ oldestUnfinished: hoursAgo(3) }))).seen.oldestUnfinished).toBeUndefined();
  });

  test.each([
    ["all", { points: gone }, {}, { a: 1, b: 26, c: 3 }, undefined],
    ["7 h", seen({ points: gone }), {}, { a: 1, c: 3 }, hoursAgo(1)],
  ] as const)(
    "of a listing of %s that is cut, also what it did not show, as of before",
    async (what, before, wanted, points, listedAt) => {
      const result = await look(before, { ...wanted, cut: { [what]: "too many" } });
      expect(result).toMatchObject({ points, cut: "too many" });
      expect(result.seen.listedAt).toBe(listedAt);
    },
  );

  test("of a resource whose listing is cut, also what that did not show", async () => {
    const { points, cut } = await look(seen(), { fallen: ["a"], cut: { a: "too many" }, backups: [backup("a", 25)] });
    expect(points).toEqual({ a: 2 });
    expect(cut).toBeUndefined();
  });
});
