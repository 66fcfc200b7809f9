import { describe, expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { onlyShard } from "../../src/base/shard.ts";
import { changedSources, type Membership, membershipOf, noMembership } from "../../src/collect/members.ts";
import type { CollectorConfig, TaskConfig } from "../../src/config/config.ts";
import { collectorConfig, discoverConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { newYear } from "../support/manual-clock.ts";

const config = {
  projects: [projectConfig()],
  collectors: [
    collectorConfig({ name: "weekend", labels: { team: "storage" } }),
    collectorConfig({ name: "daily", project: "test" }),
    collectorConfig({ name: "empty", labels: { unused: "x" } }),
  ],
};

test("each task has the project and name of its place, and the union of all extra labels in one order", () => {
  const lists = new Map([
    ["weekend", [{ id: "a", name: "db", labels: { zone: "1", team: "payments" } }]],
    ["daily", [{ id: "b", labels: {} }]],
  ]);
  const dueAt = (collector: string) => (collector === "daily" ? newYear : micros(0));
  const { sources } = membershipOf(config, lists, new Map(), dueAt, noMembership, onlyShard);
  const members = (collector: string) => sources.get(collector)?.members ?? [];
  expect([...sources].map(([name, { rank }]) => [name, rank])).toEqual([
    ["weekend", 0],
    ["daily", 1],
    ["empty", 2],
  ]);
  expect(members("weekend")).toEqual([
    {
      project: "prod",
      taskId: "a",
      dueAt: 0,
      origin: { collector: "weekend", name: "db", labels: { team: "payments", unused: "", zone: "1" } },
    },
  ]);
  expect(members("daily")).toEqual([
    {
      project: "test",
      taskId: "b",
      dueAt: newYear,
      origin: { collector: "daily", labels: { team: "", unused: "", zone: "" } },
    },
  ]);
  expect(members("empty")).toEqual([]);
  const orders = [...members("weekend"), ...members("daily")].map(({ origin }) => Object.keys(origin.labels).join());
  expect(new Set(orders)).toEqual(new Set(["team,unused,zone"]));
});

test("a label that has the name of what every object inherits is a label like any other", () => {
  const lists = new Map([
    ["weekend", [{ id: "a", labels: { constructor: "x" } }]],
    ["daily", taskConfigs("b")],
  ]);
  const { sources } = membershipOf(config, lists, new Map(), () => newYear, noMembership, onlyShard);
  expect(sources.get("daily")?.members[0]?.origin.labels["constructor"]).toBe("");
});

test("of a list that changed, a task that says the same is the very same member", () => {
  const membersOf = (tasks: readonly TaskConfig[], before = noMembership, of = config) =>
    membershipOf(of, new Map([["weekend", tasks]]), new Map(), () => newYear, before, onlyShard);
  const before = membersOf(taskConfigs("a", "b", "c"));
  const [a, , c] = before.sources.get("weekend")?.members ?? [];
  const after = membersOf(
    [...taskConfigs("new", "c"), { id: "b", name: "B", labels: {} }, ...taskConfigs("a")],
    before,
  );
  const members = after.sources.get("weekend")?.members ?? [];
  expect(members.map(({ taskId, origin: { name } }) => name ?? taskId)).toEqual(["new", "c", "B", "a"]);
  expect([members[1] === c, members[3] === a]).toEqual([true, true]);
  const moved = { ...config, collectors: config.collectors.map((each) => ({ ...each, project: "test" })) };
  expect(membersOf(taskConfigs("a", "d"), before, moved).sources.get("weekend")?.members[0]?.project).toBe("test");
});

describe("of several shards", () => {
  const discovering = {
    ...config,
    collectors: config.collectors.map((each) =>
      each.name === "daily" ? each : { ...each, discover: discoverConfig() },
    ),
  };
  const ids = ["a", "b", "c", "d", "e", "f"];
  const lists = new Map<string, readonly TaskConfig[]>([
    ["weekend", ids.map((id) => ({ id, labels: { [`label_${id}`]: "x" } }))],
    ["daily", taskConfigs(...ids)],
  ]);
  const found = new Map([["empty", ["x", ...ids]]]);
  const inShard = (index: number, before = noMembership) =>
    membershipOf(discovering, lists, found, () => newYear, before, { index, count: 3 });
  const idsOf = ({ sources }: Membership, source: string) =>
    sources.get(source)?.members.map(({ taskId }) => taskId) ?? [];

  test("each task of a list is one shard's, and found at all", () => {
    const memberships = [0, 1, 2].map((index) => inShard(index));
    for (const list of ["weekend", "daily"]) {
      expect(memberships.flatMap((each) => idsOf(each, list)).sort()).toEqual(ids);
    }
    for (const each of memberships) {
      const own = idsOf(each, "weekend");
      expect(own.length).toBeGreaterThan(0);
      expect(idsOf(each, "empty discovered")).toEqual(["x", ...own]);
      expect(idsOf(each, "empty elsewhere")).toEqual(ids.filter((id) => !own.includes(id)));
      const origins = each.sources.get("empty elsewhere")?.members.map(({ origin: { elsewhere } }) => elsewhere);
      expect(new Set(origins)).toEqual(new Set([true]));
    }
  });

  test("all have the labels of all", () => {
    const names = ids.map((id) => `label_${id}`);
    for (const index of [0, 1, 2]) expect(inShard(index).labelNames).toEqual([...names, "team", "unused"]);
  });

  test("what another project lists is found there", () => {
    const [weekend, ...others] = discovering.collectors;
    const apart = { ...discovering, collectors: [{ ...(weekend as CollectorConfig), project: "other" }, ...others] };
    const membership = membershipOf(apart, lists, found, () => newYear, noMembership, { index: 0, count: 3 });
    expect(idsOf(membership, "empty discovered")).toEqual(["x", ...ids]);
    expect(membership.sources.has("empty elsewhere")).toBe(false);
  });

  test("nothing changes with what says the same", () => {
    const before = inShard(0);
    expect([...changedSources(before, inShard(0, before)).keys()]).toEqual([]);
  });
});

describe("what has changed", () => {
  const task = (id: string, part: Partial<TaskConfig> = {}): TaskConfig => ({
    id,
    labels: { team: "storage" },
    ...part,
  });
  /** Collectors `a` and `b`, a task each. */
  const setup = (part: Partial<CollectorConfig> = {}, tasks: readonly TaskConfig[] = [task("x")]) => {
    const collectors = [collectorConfig({ name: "a", ...part }), collectorConfig({ name: "b" })];
    return [
      { projects: [], collectors },
      new Map([
        ["a", tasks],
        ["b", [task("y")]],
      ]),
    ] as const;
  };
  const before = membershipOf(...setup(), new Map(), () => newYear, noMembership, onlyShard);
  const all = ["a", "b"];

  test.each<[string, ReturnType<typeof setup>, readonly string[]]>([
    ["nothing", setup(), []],
    ["nothing, where another file lists the task", setup({}, [task("x", { file: "/other" })]), []],
    ["what no task shows", setup({ schedule: "0 5 * * *" }), []],
    ["a task more", setup({}, [task("x"), task("z")]), ["a"]],
    ["a task less", setup({}, []), ["a"]],
    ["another task", setup({}, [task("z")]), ["a"]],
    ["a name", setup({}, [task("x", { name: "db" })]), ["a"]],
    ["a label's value", setup({}, [task("x", { labels: { team: "payments" } })]), ["a"]],
    ["the project", setup({ project: "test" }), ["a"]],
    ["the name of a label, which all tasks then have", setup({ labels: { zone: "1" } }), all],
  ])("%s", (_, [config, lists], changed) => {
    const after = membershipOf(config, lists, new Map(), () => micros(0), before, onlyShard);
    const changes = changedSources(before, after);
    expect([...changes.keys()]).toEqual(changed);
    for (const [name, change] of changes) {
      const { members, rank } = after.sources.get(name) ?? {};
      expect(change).toEqual({ members, rank });
    }
    for (const name of all.filter((each) => !changed.includes(each))) {
      expect(after.sources.get(name)?.members).toBe(before.sources.get(name)?.members);
    }
  });

  test("a collector that has left wants nothing, and the places of those behind it are others", () => {
    const [{ projects, collectors }, lists] = setup();
    const after = membershipOf(
      { projects, collectors: collectors.slice(1) },
      lists,
      new Map(),
      () => newYear,
      before,
      onlyShard,
    );
    const members = before.sources.get("b")?.members;
    expect(changedSources(before, after)).toEqual(
      new Map([
        ["a", { members: [], rank: 0 }],
        ["b", { members, rank: 0 }],
      ]),
    );
    expect(changedSources(before, after).get("b")?.members).toBe(members);
  });

  test("everything, at first", () => {
    expect([...changedSources(noMembership, before).keys()]).toEqual(all);
  });
});

test("what one collector finds costs nothing of the lists, nor of what others have found", () => {
  const config = {
    projects: [],
    collectors: ["a", "b"].map((name) =>
      collectorConfig({ name, tasks: taskConfigs(`${name}-listed`), discover: discoverConfig() }),
    ),
  };
  let looks = 0;
  const watched = (ids: readonly string[]) =>
    new Proxy(ids, {
      get(target, name, receiver) {
        looks += 1;
        return Reflect.get(target, name, receiver);
      },
    });
  const lists = new Map(config.collectors.map(({ name, tasks }) => [name, tasks]));
  const found = new Map([["a", watched(["1", "2"])]]);
  const before = membershipOf(config, lists, found, () => newYear, noMembership, onlyShard);
  expect(looks).toBeGreaterThan(0);
  looks = 0;
  found.set("b", ["3"]);
  const after = membershipOf(config, lists, found, () => newYear, before, onlyShard);
  expect(looks).toBe(0);
  expect([...changedSources(before, after).keys()]).toEqual(["b discovered"]);
});
