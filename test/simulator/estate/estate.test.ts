import { expect, test } from "vitest";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { demoFleet } from "../../../src/simulator/tasks/demo-plan.ts";
import { listPage, start } from "../start.ts";

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2026, 0, 31, 12);
/** All records of a list. */
async function all(simulator: Simulator, path: string, key: string = path, limit = 1000) {
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects says which shape it is
  const found: any[] = [];
  for (;;) {
    const { body } = await listPage(simulator, `${path}?limit=${limit}&offset=${found.length}`);
    if (body[key].length === 0) return found;
    found.push(...body[key]);
  }
}

/** A fleet at noon, or some hours after. */
async function fleetAt(hours = 0, fleet = { resources: 120, days: 30 }) {
  let nowMs = noon;
  const simulator = await start({ tasks: [], fleet, now: () => nowMs });
  nowMs += hours * hour;
  const [vaults, policies, backups, logs] = [
    await all(simulator, "vaults"),
    await all(simulator, "policies"),
    await all(simulator, "backups"),
    await all(simulator, "operation-logs", "operation_logs"),
  ];
  const servers = vaults.filter(({ name }) => name.startsWith("fleet")).flatMap(({ resources }) => resources);
  return { simulator, nowMs, vaults, policies, backups, logs, servers };
}

// biome-ignore lint/suspicious/noExplicitAny: as above
const by = (of: any) => (record: any) => (record.resource_id ?? record.extra_info.resource.id) === of.id;
const createdMs = ({ created_at: text }: { created_at: string }) => Date.parse(`${text}Z`);

test.each([0, 12.5, 14, 31, 200])("at noon and %d hours after, backups are what the tasks have made", async (hours) => {
  const { servers, backups, logs, nowMs } = await fleetAt(hours);
  expect(servers).toHaveLength(120);
  for (const server of servers) {
    const tasks = logs.filter(by(server));
    const own = backups.filter(by(server));
    const made = tasks.flatMap(({ status, extra_info, vault_id, checkpoint_id, ...task }) => {
      const ageDays = (nowMs - createdMs(task)) / day;
      const isKept = status === "success" && "policy_id" in task ? ageDays < 14 : true;
      const becomes = { running: "protecting", waiting: "waiting_protect", success: "available" }[status as string];
      const told = { id: extra_info.backup.backup_id, status: becomes ?? "error", vault_id, checkpoint_id };
      return isKept && status !== "skipped" ? [told] : [];
    });
    const ids = own.map(({ id, status, vault_id, checkpoint_id }) => ({ id, status, vault_id, checkpoint_id }));
    expect(ids.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(made.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    const available = own.filter(({ status }) => status === "available");
    expect(server.backup_count).toBe(available.length);
    expect(server.backup_size).toBeGreaterThan(server.size * 1024 * 0.4);
    expect(server.protect_status).toBe(own.some(({ status }) => status === "protecting") ? "protecting" : "available");
    // Listed newest first.
    const newest = tasks
      .filter(({ status }) => status === "success")
      .toSorted((a, b) => createdMs(b) - createdMs(a))[0];
    expect(available[0].id).toBe(newest.extra_info.backup.backup_id);
    expect(Math.abs(Date.parse(`${available[0].protected_at}Z`) - Date.parse(`${newest.started_at}Z`))).toBeLessThan(2);
  }
});
test("during the night some are being made", async () => {
  const { backups, servers } = await fleetAt(12.5);
  const of = (status: string) => backups.filter((backup) => backup.status === status).length;
  expect([of("protecting"), of("error"), of("available")].every((count) => count > 0)).toBe(true);
  expect(servers.filter(({ protect_status: status }) => status === "protecting")).toHaveLength(of("protecting"));
  const ended = backups.find(({ status, resource_name: name }) => status === "available" && name.startsWith("server"));
  expect(ended.updated_at > ended.protected_at && ended.protected_at > ended.created_at).toBe(true);
});

test("retention ends what a policy made, not what was made by hand", async () => {
  const { backups } = await fleetAt();
  const [auto, byHand] = [true, false].map((is) => backups.filter((backup) => backup.extend_info.auto_trigger === is));
  for (const { expired_at, created_at, status } of auto ?? []) {
    expect(Date.parse(`${expired_at}Z`) - createdMs({ created_at })).toBe(14 * day);
    expect(expired_at > "2026-01-31T12:00" || status === "error").toBe(true);
  }
  expect(byHand?.length).toBeGreaterThan(20);
  expect(byHand?.every(({ expired_at }) => expired_at === null)).toBe(true);
  expect(byHand?.some((backup) => createdMs(backup) < noon - 14 * day)).toBe(true);
});

test("vaults hold the servers; the first one is nearly full", async () => {
  const { vaults, policies } = await fleetAt();
  const told = vaults.map(({ name, billing, resources }) => [name, billing.protect_type, resources.length]);
  expect(told.toSorted()).toEqual([
    ["archive", "backup", 2],
    ["copies", "replication", 3],
    ["fleet-01", "backup", 100],
    ["fleet-02", "backup", 20],
  ]);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  for (const { name, billing, resources } of vaults) {
    expect(billing.used).toBe(sum(resources.map(({ backup_size }: { backup_size: number }) => backup_size)));
    const sizes = resources.map(({ size }: { size: number }) => size);
    expect(billing.allocated).toBe(name === "copies" ? 0 : sum(sizes));
    const fill = billing.used / 1024 / billing.size;
    if (name === "fleet-01") expect(fill).toBeGreaterThan(0.9);
    else expect(fill).toBeLessThan(0.85);
    expect(fill).toBeLessThan(1);
  }
  const joined = policies.flatMap(({ associated_vaults: associated }) =>
    associated.map(({ vault_id: id }: { vault_id: string }) => vaults.find((vault) => vault.id === id).name),
  );
  expect(joined.toSorted()).toEqual(["archive", "archive", "fleet-01", "fleet-02"]);
});

test.each([
  ["real", undefined],
  ["shifted", Date.UTC(2020, 5, 3, 8, 41, 17)],
])("the nightly policy's hour is that at which the nights begin, where the fleet's time is %s", async (_, startMs) => {
  const fleet = { resources: 30, days: 10, ...(startMs !== undefined && { startMs }) };
  const { policies, logs } = await fleetAt(0, fleet);
  const nightly = policies.find(({ name }) => name === "nightly");
  const [, hours, minutes] =
    /^FREQ=DAILY;INTERVAL=1;BYHOUR=(\d\d);BYMINUTE=(\d\d)$/.exec(nightly.trigger.properties.pattern) ?? [];
  const nightLogs = logs.filter((log) => "policy_id" in log);
  const after = nightLogs.map((log) => {
    const ms = createdMs(log) - Number(hours) * hour - Number(minutes) * 60_000;
    return ((ms % day) + day) % day;
  });
  expect(nightLogs.every((log) => log.policy_id === nightly.id)).toBe(true);
  expect(Math.max(...after)).toBeLessThan(4.1 * hour);
  expect(Math.min(...after)).toBeLessThan(hour);
});

test("copies from another region come each morning and go with retention", async () => {
  const copiesOf = ({ backups }: Awaited<ReturnType<typeof fleetAt>>) =>
    backups.filter(({ image_type: type }) => type === "replication");
  const [today, later] = [copiesOf(await fleetAt()), copiesOf(await fleetAt(3 * 24))];
  expect([today.length, later.length]).toEqual([42, 42]);
  const ids = new Set(today.map(({ id }) => id));
  expect(later.filter(({ id }) => ids.has(id))).toHaveLength(33);
  expect(Math.max(...today.map(createdMs))).toBe(Date.UTC(2026, 0, 31, 4));
  expect(today[0].protected_at < today[0].created_at).toBe(true);
});

test("protectables are the servers with their vaults, and some that are in none", async () => {
  const { simulator, vaults, servers } = await fleetAt();
  const found = await all(simulator, "protectables/server/instances", "instances", 50);
  const isIn = ({ protectable }: { protectable: { vault: object | null } }) => protectable.vault !== null;
  const inVaults = found.filter(isIn);
  expect(inVaults.map(({ id }) => id).toSorted()).toEqual(servers.map(({ id }) => id).toSorted());
  for (const { id, size, protectable } of inVaults) {
    const vault = vaults.find(({ resources }) => resources.some((resource: { id: string }) => resource.id === id));
    expect(protectable).toEqual({ result: true, code: "", reason: "", message: "", vault });
    expect(size).toBe(vault.resources.find((resource: { id: string }) => resource.id === id).size);
  }
  const others = found.filter((instance) => !isIn(instance));
  expect(others.map(({ name, protectable }) => [name, protectable.result]).toSorted()).toEqual([
    ["appliance", false],
    ["spare-0001", true],
    ["spare-0002", true],
    ["spare-0003", true],
  ]);
  expect((await all(simulator, "protectables/disk/instances", "instances", 50)).map(({ name }) => name)).toEqual([
    "papers",
  ]);
  expect(await all(simulator, "protectables/turbo/instances", "instances", 50)).toEqual([]);
});

test("without a fleet there is nothing", async () => {
  const simulator = await start();
  for (const [path, key] of [
    ["vaults", "vaults"],
    ["policies", "policies"],
    ["backups", "backups"],
  ] as const) {
    expect((await listPage(simulator, path)).body).toEqual({ [key]: [], count: 0, limit: 1000, offset: 0 });
  }
});

test("a backup that is deleted by hand is gone, and counts no more", async () => {
  const { simulator, backups, servers } = await fleetAt();
  const gone = backups.find(({ resource_name: name, status }) => name === "server-0007" && status === "available");
  simulator.removeBackup(gone.id);
  expect((await listPage(simulator, `backups?id=${gone.id}`)).body.backups).toEqual([]);
  expect(await all(simulator, "backups")).toHaveLength(backups.length - 1);
  const { body } = await listPage(simulator, `vaults?resource_ids=${gone.resource_id}`);
  const count = ({ resources }: { resources: readonly { id: string; backup_count: number }[] }) =>
    resources.find(({ id }) => id === gone.resource_id)?.backup_count;
  expect(count(body.vaults[0])).toBe((count({ resources: servers }) ?? 0) - 1);
});

test("records go out as a test wants them", async () => {
  const { simulator, policies } = await fleetAt();
  simulator.changeRecords("policies", (policy) => ({ ...policy, enabled: "maybe" }));
  expect(await all(simulator, "policies")).toEqual(policies.map((policy) => ({ ...policy, enabled: "maybe" })));
  simulator.changeRecords("policies", undefined);
  expect(await all(simulator, "policies")).toEqual(policies);
});

test("the demo: one backup is missing, one vault nearly full, one server in none, one policy off", async () => {
  const fleet = await fleetAt(0, demoFleet);
  const nightMs = noon - 14 * hour;
  const missing = fleet.servers.filter((server) => {
    const points = fleet.backups.filter(by(server)).filter(({ status }) => status === "available");
    return Math.max(...points.map(createdMs)) < nightMs;
  });
  expect(missing).toHaveLength(1);
  const full = fleet.vaults.filter(({ billing }) => billing.used > 0.9 * 1024 * billing.size);
  expect(full.map(({ name, billing }) => [name, billing.used < 1024 * billing.size])).toEqual([["fleet-01", true]]);
  expect(fleet.policies.filter(({ enabled }) => !enabled)).toHaveLength(1);
  const instances = await all(fleet.simulator, "protectables/server/instances", "instances", 50);
  const outside = instances.filter(({ protectable }) => protectable.result && protectable.vault === null);
  expect(outside).toHaveLength(1);
});
