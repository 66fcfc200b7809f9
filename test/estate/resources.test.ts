import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { later, micros } from "../../src/base/micros.ts";
import { createEstate, type ResourceEstate } from "../../src/estate/estate.ts";
import { followResources, type ResourceRecord, type Resources, resourceNames } from "../../src/estate/resources.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { manualClock, newYear } from "../support/manual-clock.ts";
import { member, sources } from "../support/task-records.ts";

const at = (hour: number) => later(newYear, micros(hour * 3600e6));
const times = { at: at(100), runAt: at(100), nextTick: at(101) };
const day = 24 * 3600 * 1000;

/** A backup of one server that ran for an hour and ended then, in hours of the year. */
const backup = (id: string, end: number, part: Partial<OperationLog> = {}): OperationLog => ({
  id,
  status: "success",
  operationType: "backup",
  resourceId: "server-1",
  createdAt: at(end - 1),
  startedAt: at(end - 1),
  endedAt: at(end),
  ...part,
});

function watched(...ids: readonly string[]) {
  return roomFor(undefined, ...ids);
}

function roomFor(most: number | undefined, ...ids: readonly string[]) {
  const clock = manualClock();
  const store = createTaskStore();
  const estate = createEstate();
  const resources = followResources(store, estate.resources, clock, most);
  const watch = (...wanted: readonly string[]): void =>
    store.setSources(sources({ c: wanted.map((id) => member(id)) }));
  watch(...ids);
  return {
    clock,
    store,
    estate,
    resources,
    watch,
    see(...logs: readonly OperationLog[]) {
      for (const log of logs) store.apply({ type: "answered", key: `prod/${log.id}`, ...times, log });
    },
    shown: () => [...resources.records()].map(shown),
  };
}

/** What is said of a resource, without who says it. */
function shown({ project, resourceId, names, operations }: ResourceRecord) {
  const hours = (time: number | undefined) => time && (time - newYear) / 3600e6;
  return {
    of: `${project}/${resourceId}`,
    names: resourceNames.map((name) => names[name]?.[name] ?? "").join(" "),
    ...Object.fromEntries(
      operations.map(({ operationType, last, lastTimed, lastSuccess }) => [
        operationType,
        [last.status, hours(lastSuccess?.at), lastTimed?.duration && lastTimed.duration / 3600e6],
      ]),
    ),
  };
}

test.each<[string, readonly OperationLog[], object]>([
  ["a success", [backup("a", 2)], { backup: ["success", 2, 1] }],
  [
    "a later failure keeps the success",
    [backup("a", 2), backup("b", 5, { status: "failed", startedAt: at(3) })],
    {
      backup: ["failed", 2, 2],
    },
  ],
  [
    "an earlier failure that is seen later",
    [backup("b", 5), backup("a", 2, { status: "failed" })],
    {
      backup: ["success", 5, 1],
    },
  ],
  [
    "each operation of its own",
    [backup("a", 2), backup("b", 3, { operationType: "restore", status: "timeout" })],
    {
      backup: ["success", 2, 1],
      restore: ["timeout", undefined, 1],
    },
  ],
  [
    "one that was skipped has no duration",
    [backup("a", 2), { id: "b", status: "skipped", operationType: "backup", resourceId: "server-1", endedAt: at(4) }],
    { backup: ["skipped", 2, 1] },
  ],
  ["of an unfinished one only that it is there", [backup("a", 2, { status: "running" })], {}],
])("%s", (_, logs, operations) => {
  const { see, shown } = watched("a", "b");
  see(...logs);
  expect(shown()).toEqual([{ of: "prod/server-1", names: "   ", ...operations }]);
});

test("a task without a resource makes none, and one without an operation only names it", () => {
  const { see, shown } = watched("a", "b");
  const { resourceId: _, ...homeless } = backup("a", 1);
  const { operationType: __, ...plain } = backup("b", 1, { resourceName: "db" });
  see(homeless);
  expect(shown()).toEqual([]);
  see(plain);
  expect(shown()).toEqual([{ of: "prod/server-1", names: "db   " }]);
});

test("names are those of the newest task that tells them; what it leaves out stays", () => {
  const { see, shown } = watched("a", "b", "c");
  see(backup("b", 5, { resourceName: "new", vaultId: "v1" }));
  see(backup("a", 2, { resourceName: "old", resourceType: "OS::Nova::Server" }));
  see(backup("c", 9, { vaultName: "nightly" }));
  expect(shown()[0]?.names).toBe("new OS::Nova::Server v1 nightly");
});

test("whether somebody saw the end is told of the newest task, not of one before it", () => {
  const { see, resources } = watched("a", "b", "c");
  const seen = () => [...resources.records()].map(({ operations }) => operations[0]?.last.seenAt);
  see(backup("a", 2, { status: "running" }), backup("a", 2));
  expect(seen()).toEqual([times.at]);
  // It ended before the other, which nobody had seen unfinished.
  see(backup("b", 1));
  expect(seen()).toEqual([times.at]);
  see(backup("c", 5, { status: "failed" }));
  expect(seen()).toEqual([undefined]);
});

test("nothing is told where a poll shows nothing new", () => {
  const { see, resources } = watched("a");
  see(backup("a", 2, { status: "running", resourceName: "db" }));
  let told = 0;
  resources.subscribe(() => {
    told += 1;
  });
  see(backup("a", 2, { status: "running", resourceName: "db", progress: 50 }));
  expect(told).toBe(0);
  see(backup("a", 2, { resourceName: "db" }));
  expect(told).toBe(1);
});

describe("a resource that no task shows any more", () => {
  test("goes after 30 days", async () => {
    const { see, watch, shown, resources, clock } = watched("a", "b");
    see(backup("a", 2), backup("b", 2, { resourceId: "server-2" }));
    watch("b");
    await clock.advance(30 * day - 1);
    resources.sweep();
    expect(shown()).toHaveLength(2);
    await clock.advance(1);
    resources.sweep();
    expect(shown().map(({ of }) => of)).toEqual(["prod/server-2"]);
  });

  test("stays when a task shows it again", async () => {
    const { see, watch, shown, resources, clock } = watched("a");
    see(backup("a", 2));
    watch();
    await clock.advance(20 * day);
    watch("b");
    see(backup("b", 3, { status: "failed" }));
    await clock.advance(20 * day);
    resources.sweep();
    expect(shown()).toMatchObject([{ backup: ["failed", 2, 1] }]);
    watch();
    await clock.advance(30 * day);
    resources.sweep();
    expect(shown()).toEqual([]);
  });

  test("goes with its project at once", () => {
    const { see, watch, shown, resources } = watched("a");
    see(backup("a", 2));
    resources.forget("another");
    expect(shown()).toHaveLength(1);
    resources.forget("prod");
    expect(shown()).toEqual([]);
    watch();
    resources.sweep();
    watch("a");
    see(backup("a", 2));
    expect(shown()).toHaveLength(1);
  });
});

describe("a resource that an inventory shows", () => {
  const inventoried = (id: string, name: string): ResourceEstate => ({
    key: `prod/${id}`,
    project: "prod",
    resourceId: id,
    name,
    restorePoints: [],
  });
  const named = (resources: Pick<Resources, "records">) =>
    [...resources.records()].map(({ resourceId, estate }) => `${resourceId} ${estate?.name}`);

  test("is there without a task, and leaves with it at once", () => {
    const { estate, resources } = watched();
    estate.resources.set("c", [inventoried("server-1", "db"), inventoried("server-2", "web")]);
    expect(named(resources)).toEqual(["server-1 db", "server-2 web"]);
    estate.resources.set("c", [inventoried("server-2", "shop")]);
    expect(named(resources)).toEqual(["server-2 shop"]);
    resources.sweep();
    estate.resources.set("c", []);
    expect(named(resources)).toEqual([]);
  });

  test("keeps what tasks show of it, which outlives what the inventory says", async () => {
    const { see, watch, estate, resources, shown, clock } = watched("a");
    estate.resources.set("c", [inventoried("server-1", "db")]);
    see(backup("a", 2));
    expect(shown()).toMatchObject([{ backup: ["success", 2, 1] }]);
    expect(named(resources)).toEqual(["server-1 db"]);
    watch();
    await clock.advance(40 * day);
    resources.sweep();
    expect(named(resources)).toEqual(["server-1 db"]);
    estate.resources.set("c", []);
    expect(named(resources)).toEqual(["server-1 undefined"]);
    await clock.advance(30 * day - 1);
    resources.sweep();
    expect(shown()).toMatchObject([{ backup: ["success", 2, 1] }]);
    await clock.advance(1);
    resources.sweep();
    expect(shown()).toEqual([]);
  });

  test("is counted once where there is no room, and comes when there is", () => {
    const { estate, resources } = roomFor(1);
    estate.resources.set("c", [inventoried("server-1", "db"), inventoried("server-2", "web")]);
    estate.resources.set("c", [inventoried("server-1", "db"), inventoried("server-2", "shop")]);
    expect(named(resources)).toEqual(["server-1 db"]);
    expect(resources.dropped()).toBe(1);
    estate.resources.set("c", [inventoried("server-2", "shop")]);
    estate.resources.set("c", [inventoried("server-2", "web")]);
    expect(named(resources)).toEqual(["server-2 web"]);
  });

  test("of a project that has left may be shown again", () => {
    const { estate, resources } = watched();
    estate.resources.set("c", [inventoried("server-1", "db")]);
    resources.forget("prod");
    expect(named(resources)).toEqual([]);
    estate.resources.set("c", []);
    estate.resources.set("c", [inventoried("server-1", "db")]);
    expect(named(resources)).toEqual(["server-1 db"]);
  });
});

test("where there is no room, the last to come is left out, and counted; those that are known go on", async () => {
  const { see, watch, shown, resources, clock } = roomFor(1, "a", "b", "c");
  see(backup("a", 2), backup("b", 3, { resourceId: "server-2" }), backup("c", 4, { status: "failed" }));
  see(backup("b", 3, { resourceId: "server-2", progress: 100 }));
  expect(shown()).toMatchObject([{ of: "prod/server-1", backup: ["failed", 2, 1] }]);
  expect(resources.dropped()).toBe(1);
  watch();
  await clock.advance(30 * day);
  resources.sweep();
  watch("b");
  see(backup("b", 3, { resourceId: "server-2" }));
  expect(shown()).toMatchObject([{ of: "prod/server-2" }]);
  expect(resources.dropped()).toBe(1);
});

test("it does not matter in which order tasks are seen", () => {
  const hour = fc.integer({ min: 1, max: 6 });
  const task = fc.record(
    {
      status: fc.constantFrom("success" as const, "failed" as const, "running" as const),
      operationType: fc.constantFrom("backup", "restore"),
      resourceId: fc.constantFrom("server-1", "server-2"),
      createdAt: hour.map(at),
      startedAt: hour.map(at),
      endedAt: hour.map((end) => at(end + 6)),
      resourceName: fc.constantFrom("x", "y"),
      vaultName: fc.constantFrom("x", "y"),
    },
    { requiredKeys: ["status", "resourceId", "endedAt"] },
  );
  fc.assert(
    fc.property(fc.array(task, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (tasks, random) => {
      const logs = tasks.map((part, index) => ({ id: `t${index}`, ...part }) as OperationLog);
      const byOrder = [
        logs,
        logs
          .map((log) => [random.next().value, log] as const)
          .sort(([a], [b]) => a - b)
          .map(([, log]) => log),
      ];
      const [one, other] = byOrder.map((order) => {
        const { see, shown } = watched(...logs.map(({ id }) => id));
        see(...order);
        return shown().sort((a, b) => a.of.localeCompare(b.of));
      });
      expect(other).toEqual(one);
    }),
  );
});
