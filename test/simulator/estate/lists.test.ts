import { beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../../src/simulator/cloud.ts";
import type { ListingManner } from "../../../src/simulator/listing.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { listPage, start } from "../start.ts";

const noon = Date.UTC(2026, 0, 31, 12);
const world = { tasks: [], fleet: { resources: 30, perVault: 10, days: 20 }, now: () => noon };
const lists = [
  ["vaults", "vaults", "ListVault"],
  ["policies", "policies", "ListPolicies"],
  ["backups", "backups", "ListBackups"],
  ["protectables/server/instances", "instances", "ListProtectable"],
] as const;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ ...world, latencyMs: [0, 0] });
  return () => simulator.close();
});

// biome-ignore lint/suspicious/noExplicitAny: what a test expects says which shape it is
type Records = readonly any[];

async function records(path: string, key: string = path.split("?")[0] ?? ""): Promise<Records> {
  const { status, body } = await listPage(simulator, path);
  expect(status).toBe(200);
  return body[key];
}
const idsOf = (page: Records): readonly string[] => page.map(({ id }) => id);

describe.each(lists)("%s", (path, key, operation) => {
  test("pages by offset hold each record once", async () => {
    const first = (await listPage(simulator, `${path}?limit=7`)).body;
    expect(first).toMatchObject({ limit: 7, offset: 0 });
    const ids: string[] = [];
    for (let offset = 0; offset < first.count; offset += 7) {
      const { body } = await listPage(simulator, `${path}?limit=7&offset=${offset}`);
      expect(body.count).toBe(first.count);
      ids.push(...idsOf(body[key]));
    }
    expect([ids.length, new Set(ids).size]).toEqual([first.count, first.count]);
    expect(await records(`${path}?limit=7&offset=${first.count}`, key)).toEqual([]);
  });

  test.each(["limit=0", "limit=1001", "limit=x", "offset=-1"])("%s is refused", async (query) => {
    const { status, body } = await listPage(simulator, `${path}?${query}`);
    expect([status, body.error_code]).toEqual([400, "BackupService.0001"]);
  });

  test("fails by itself, is counted, and wants a login", async () => {
    const own = await start(world);
    const target = path.split("/")[0] ?? "";
    own.setFault(target, { kind: "status", status: 403 });
    const statuses = await Promise.all(lists.map(async ([each]) => (await listPage(own, each)).status));
    expect(statuses).toEqual(lists.map(([each]) => (each === path ? 403 : 200)));
    own.setFault(target, undefined);
    own.setFault(operation satisfies Operation, { kind: "status", status: 503, times: 1 });
    own.setFault("*", { kind: "status", status: 502, times: 1 });
    const later = [await listPage(own, path), await listPage(own, path), await listPage(own, path)];
    expect(later.map(({ status }) => status)).toEqual([503, 502, 200]);
    expect((await fetch(`${own.url}/v3/any/${path}`)).status).toBe(401);
    expect(own.requestsOf(operation)).toBe(5);
    expect(own.requests()).toBe(0);
  });
});

test.each<[string, (record: Records[number]) => boolean]>([
  ["vaults?object_type=disk", ({ name }) => name === "archive"],
  ["vaults?protect_type=replication", ({ name }) => name === "copies"],
  ["vaults?name=fleet-02", ({ name }) => name === "fleet-02"],
  ["vaults?status=available&cloud_type=public", () => true],
  ["vaults?status=frozen", () => false],
  ["policies?operation_type=replication", ({ name }) => name === "archive-copies"],
  ["backups?status=error", ({ status }) => status === "error"],
  ["backups?status=error&status=available", ({ status }) => status !== "waiting"],
  ["backups?image_type=replication", ({ vault_id, name }) => name.includes("elsewhere") && vault_id !== undefined],
  ["backups?resource_name=server-0004", ({ resource_name }) => resource_name === "server-0004"],
  ["backups?resource_type=OS::Cinder::Volume", ({ resource_type }) => resource_type === "OS::Cinder::Volume"],
  ["backups?name=autobk_0004", ({ name }) => name === "autobk_0004"],
  ["backups?incremental=false", ({ incremental }) => !incremental],
  ["backups?own_type=private", () => true],
  ["backups?own_type=shared", () => false],
  ["backups?start_time=2026-01-25T00:00:00Z", ({ created_at }) => created_at > "2026-01-25"],
  [
    "backups?start_time=2026-01-25T00:00:00Z&end_time=2026-01-26T12:00:00Z&status=available",
    ({ created_at, status }) => created_at > "2026-01-25" && created_at < "2026-01-26T12" && status === "available",
  ],
])("%s finds what it says, and all of it", async (path, isRight) => {
  const name = path.split("?")[0] ?? "";
  const [all, found] = [await records(`${name}`), await records(path, name)];
  expect(idsOf(found)).toEqual(idsOf(all.filter(isRight)));
});

test("ids join the lists", async () => {
  const [first] = await records("vaults?name=fleet-01");
  const server = first.resources[3];
  expect(idsOf(await records(`vaults?resource_ids=none,${server.id}`))).toEqual([first.id]);
  const [policy] = await records(`policies?vault_id=${first.id}`);
  expect((await records(`vaults?policy_id=${policy.id}`)).map(({ name }) => name).toSorted()).toEqual([
    "fleet-01",
    "fleet-02",
    "fleet-03",
  ]);
  const ofVault = await records(`backups?vault_id=${first.id}`);
  expect(new Set(ofVault.map(({ resource_id: id }) => id)).size).toBe(10);
  const [backup] = await records(`backups?resource_id=${server.id}`);
  expect(idsOf(await records(`backups?checkpoint_id=${backup.checkpoint_id}`))).toEqual([backup.id]);
  expect(idsOf(await records(`backups?id=${backup.id}`))).toEqual([backup.id]);
  expect(idsOf(await records(`protectables/server/instances?name=${server.name}`, "instances"))).toEqual([server.id]);
});

test("backups come newest first, or as sort says", async () => {
  const usual = await records("backups");
  const times = usual.map(({ created_at: text }) => text);
  expect(times).toEqual(times.toSorted().toReversed());
  const names = (await records("backups?sort=name:asc")).map(({ name }) => name);
  expect(names).toEqual(names.toSorted());
  const oldest = (await records("backups?sort=created_at:asc")).map(({ created_at: text }) => text);
  expect(oldest).toEqual(times.toReversed());
  // No other list can be sorted.
  expect(idsOf(await records("vaults?sort=name:desc"))).toEqual(idsOf(await records("vaults")));
});

test.each([
  ["backups", "backups", 100],
  ["protectables/server/instances", "instances", 9],
])("a marker says where a page of %s begins", async (path, key, limit) => {
  const all = idsOf(await records(path, key));
  const ids: string[] = [];
  for (let marker = ""; ; marker = `&marker=${ids.at(-1)}`) {
    const page = idsOf(await records(`${path}?limit=${limit}${marker}`, key));
    if (page.length === 0) break;
    ids.push(...page);
  }
  expect(ids).toEqual(all);
  expect((await listPage(simulator, `${path}?marker=unknown`)).status).toBe(400);
});

test.each([
  "protectables/server/instances?limit=51",
  "protectables/servers/instances",
  "backups?status=done",
  "backups?image_type=image",
  "backups?sort=size:asc",
  "backups?sort=name",
  "backups?start_time=yesterday",
  "vaults?status=full",
  "policies?operation_type=delete",
])("%s is refused", async (path) => {
  const { status, body } = await listPage(simulator, path);
  expect([status, body.error_code]).toEqual([400, "BackupService.0001"]);
});

test.each<[ListingManner, readonly number[], number]>([
  [{ repeats: true }, [0, 1, 1, 2, 3, 4], 6],
  [{ count: "page" }, [0, 1, 2, 3, 4, 5], 2],
])("%j: pages of two vaults", async (listing, order, count) => {
  const own = await start({ ...world, fleet: { ...world.fleet, resources: 40 }, listing });
  const all = idsOf((await listPage(own, "vaults")).body.vaults);
  const pages = await Promise.all(
    [0, 2, 4].map(async (at) => (await listPage(own, `vaults?limit=2&offset=${at}`)).body),
  );
  expect(idsOf(pages.flatMap(({ vaults }) => vaults))).toEqual(order.map((index) => all[index]));
  expect(pages[0].count).toBe(count);
});

test("no order at all is one that lasts, whatever is asked for", async () => {
  const own = await start({ ...world, listing: { order: "any" } });
  const [usual, sorted] = await Promise.all(
    ["backups", "backups?sort=created_at:desc"].map(async (path) => idsOf((await listPage(own, path)).body.backups)),
  );
  expect(sorted).toEqual(usual);
  expect(usual).not.toEqual(idsOf(await records("backups")));
  expect(usual?.toSorted()).toEqual(idsOf(await records("backups")).toSorted());
});
