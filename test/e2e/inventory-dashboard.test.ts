import { afterAll, beforeAll, expect, test } from "vitest";
import { askedDashboard, numbers } from "./dashboard/ask.ts";
import { midnight } from "./dashboard/fortnight.ts";
import { startPrometheusWith } from "./dashboard/samples.ts";
import { type GrafanaSource, grafanaSource, type Series } from "./prometheus-range.ts";

const hour = 3600;
const days = 8;
/** Hours from the first midnight on: ten o'clock of the last day. */
const until = 24 * days + 10;
const now = midnight(0) + until * hour;
const GiB = 1024 ** 3;

/** By resource, when its newest restore point was made, in hours from the first midnight on; every night's comes at two. */
const restorePoints: Readonly<Record<string, (lastNight: number) => number | undefined>> = {
  "in time": (lastNight) => lastNight,
  missing: (lastNight) => Math.min(lastNight, 24 * 5 + 2),
  never: () => undefined,
  "not protected": () => 26,
};

interface Vault {
  readonly used: (hours: number) => number;
  readonly status: string;
}

/** GiB of 1000. */
const vaults: Readonly<Record<string, Vault>> = {
  steady: { used: () => 500, status: "available" },
  // By 2 an hour: 804 at last, in a week 1140.
  filling: { used: (hours) => 400 + 2 * hours, status: "available" },
  full: { used: () => 1010, status: "lock" },
  frozen: { used: () => 100, status: "frozen" },
};

interface Replica {
  /** When the cloud stopped to answer it, in hours from the first midnight on. */
  readonly blindFrom: number;
  /** When it began. */
  readonly from: number;
}

/** What one replica shows, at an hour. */
function* samples(instance: string, { blindFrom }: Replica, at: number): Generator<string> {
  const seen = Math.min(at, blindFrom);
  const time = (hours: number): number => midnight(0) + hours * hour;
  const sample = (name: string, labels: Readonly<Record<string, string>>, value: number): string => {
    const all = Object.entries({ job: "cbr", instance, ...labels });
    return `${name}{${all.map(([label, text]) => `${label}="${text}"`).join(",")}} ${value} ${time(at)}\n`;
  };
  const project = "prod";
  const lastNight = 24 * Math.floor((seen - 2) / 24) + 2;
  const due = 24 * Math.floor((seen - 8) / 24) + 2;
  yield sample("cbr_exporter_time_seconds", {}, time(at));
  yield sample("cbr_exporter_shards", { shard: "0" }, 1);
  yield sample("cbr_api_errors_total", { project, operation: "ListVault", reason: "network" }, 0);
  for (const list of ["vaults", "policies", "backups"]) {
    yield sample("cbr_inventory_last_success_timestamp_seconds", { project, collector: "estate", list }, time(seen));
  }
  for (const [resource, restorePoint] of Object.entries(restorePoints)) {
    const of = { project, resource_id: `id of ${resource}` };
    const isProtected = resource !== "not protected";
    const names = { resource_name: resource, resource_type: "OS::Nova::Server", vault_id: "steady" };
    yield sample("cbr_resource_info", { ...of, ...names, vault_name: "vault steady" }, 1);
    yield sample("cbr_resource_protected", of, Number(isProtected));
    if (isProtected) yield sample("cbr_resource_restore_point_due_timestamp_seconds", of, time(due));
    const made = restorePoint(lastNight);
    const point = "cbr_resource_last_restore_point_timestamp_seconds";
    if (made !== undefined) yield sample(point, { ...of, image_type: "backup" }, time(made));
    yield sample(point, { ...of, image_type: "replication" }, time(seen));
    yield sample("cbr_resource_backups", of, made === undefined ? 0 : 7);
    yield sample("cbr_resource_backup_size_bytes", of, 3 * GiB);
  }
  for (const [vault_id, { used, status }] of Object.entries(vaults)) {
    const of = { project, vault_id };
    const names = { vault_name: `vault ${vault_id}`, object_type: "server", protect_type: "backup" };
    yield sample("cbr_vault_info", { ...of, ...names }, 1);
    yield sample("cbr_vault_used_bytes", of, used(seen) * GiB);
    yield sample("cbr_vault_size_bytes", of, 1000 * GiB);
    yield sample("cbr_vault_warning_ratio", of, 0.8);
    yield sample("cbr_vault_auto_expand", of, 0);
    yield sample("cbr_vault_resources", of, vault_id === "steady" ? 4 : 0);
    for (const each of ["available", "lock", "frozen"]) {
      yield sample("cbr_vault_status", { ...of, status: each }, Number(each === status));
    }
    for (const policy_id of ["nightly", "off"]) {
      const given = { policy_id, operation_type: "backup", destination_vault_id: "" };
      if (policy_id === "nightly" || vault_id === "steady")
        yield sample("cbr_vault_policy_info", { ...of, ...given }, 1);
    }
  }
  for (const [policy_id, enabled] of [["nightly", 1] as const, ["off", 0] as const]) {
    const of = { project, policy_id };
    yield sample("cbr_policy_info", { ...of, policy_name: `policy ${policy_id}`, operation_type: "backup" }, 1);
    yield sample("cbr_policy_enabled", of, enabled);
    if (!enabled) continue;
    yield sample("cbr_policy_last_due_timestamp_seconds", of, time(lastNight));
    yield sample("cbr_policy_next_due_timestamp_seconds", of, time(lastNight + 24));
  }
  for (const id of ["s1", "s2", "d1"]) {
    const type = id.startsWith("s") ? "OS::Nova::Server" : "OS::Cinder::Volume";
    const of = { project, resource_id: id, resource_name: `name of ${id}`, resource_type: type };
    yield sample("cbr_resource_unprotected_info", of, 1);
  }
  yield sample("cbr_unprotected_resources", { project, kind: "server" }, 2);
  yield sample("cbr_unprotected_resources", { project, kind: "disk" }, 1);
}

const { answer, queries, resultOf } = askedDashboard("cbr-protection.json", {
  back: days * 24 * hour,
  step: 24 * hour,
});
let source: GrafanaSource;

beforeAll(async () => {
  // One has lost the cloud two days ago and believes what it saw; the other is younger than the line of a forecast.
  const replicas = { a: { from: 0, blindFrom: until - 48 }, b: { from: until - 36, blindFrom: until } };
  const ofDay = (day: number): string =>
    Object.entries(replicas)
      .flatMap(([instance, replica]) =>
        Array.from({ length: 24 }, (_, at) => 24 * day + at)
          .filter((at) => at >= replica.from && at <= until)
          .flatMap((at) => [...samples(instance, replica, at)]),
      )
      .join("");
  const prometheus = await startPrometheusWith(Array.from({ length: days + 1 }, (_, day) => ofDay(day)));
  source = grafanaSource(prometheus, () => now);
});

afterAll(() => source?.stop());

/** The values by one label, in the order in which they come. */
function by(label: string, series: readonly Series[]): readonly (readonly [string, number])[] {
  return series.map(({ metric, value }) => [metric[label] ?? "", Number(value?.[1])]);
}

async function table(query: string, label: string): Promise<Readonly<Record<string, number>>> {
  const rows = by(label, await answer(source, query));
  expect(new Set(rows.map(([name]) => name)).size, query).toBe(rows.length);
  return Object.fromEntries(rows);
}

const points = "Restore points, worst first";

test.each([
  ["Restore point missing A", 2],
  ["Oldest restore point A", now - (midnight(5) + 2 * hour)],
  ["In a vault, not protected A", 1],
])("%s: %d", async (query, expected) => {
  expect(numbers(await answer(source, query))).toEqual([expected]);
});

test("what is in no vault is counted by kind, once however many replicas, and named", async () => {
  expect(await table("In no vault A", "kind")).toEqual({ server: 2, disk: 1 });
  expect(await table("Resources in no vault A", "resource_name")).toEqual({
    "name of s1": 1,
    "name of s2": 1,
    "name of d1": 1,
  });
});

test("resources stand by what is missing, then by age", async () => {
  const worth = Object.entries(await table(`${points} B`, "resource_id")).sort(([, a], [, b]) => b - a);
  expect(worth.map(([id]) => id.replace("id of ", ""))).toEqual(["never", "missing", "not protected", "in time"]);
});

test("each resource has its protection, age, due and names", async () => {
  const ids = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`id of ${name}`, value]));
  const due = 1000 * (midnight(days) + 2 * hour);
  expect(await table(`${points} A`, "resource_id")).toEqual(
    ids({ "in time": 1, missing: 3, never: 3, "not protected": 0 }),
  );
  expect(await table(`${points} D`, "resource_id")).toEqual(
    ids({ "in time": 8 * hour, missing: (3 * 24 + 8) * hour, "not protected": (7 * 24 + 8) * hour }),
  );
  expect(await table(`${points} F`, "resource_id")).toEqual(ids({ "in time": due, missing: due, never: due }));
  expect(Object.keys(await table(`${points} C`, "resource_name"))).toHaveLength(4);
});

test("a vault has its fill, and where it leads: along a line that goes on over replicas", async () => {
  expect(await table("Vaults, fullest first B", "vault_id")).toEqual({
    steady: 0.5,
    filling: 0.804,
    full: 1.01,
    frozen: 0.1,
  });
  const { filling = 0, ...flat } = await table("Vaults, fullest first D", "vault_id");
  expect(flat).toEqual({ steady: 0.5, full: 1.01, frozen: 0.1 });
  expect(filling).toBeCloseTo(1.14, 2);
  expect(await table("Vaults, fullest first A", "vault_id")).toEqual({ steady: 0, filling: 0, full: 1, frozen: 4 });
});

test("the fullest vaults are drawn by name", async () => {
  const drawn = await answer(source, "How full vaults were A");
  const filling = drawn.find(({ metric }) => metric["vault_name"] === "vault filling");
  expect(drawn).toHaveLength(4);
  expect(filling?.values?.map(([, value]) => Number(value))).toEqual(
    Array.from({ length: days + 1 }, (_, day) => 0.4 + 0.048 * day).map((value) => expect.closeTo(value, 5)),
  );
});

test("a policy has its next time, one that is disabled none", async () => {
  expect(await table("Policies A", "policy_id")).toEqual({ nightly: 1, off: 0 });
  expect(await table("Policies C", "policy_id")).toEqual({ nightly: 1000 * (midnight(days) + 2 * hour) });
  expect(await table("Policies D", "policy_id")).toEqual({ nightly: 1000 * (midnight(days + 1) + 2 * hour) });
  expect(await table("Policies E", "policy_id")).toEqual({ nightly: 4, off: 1 });
});

test("a list is as old as it is at the replica that read it last", async () => {
  expect(await table("Lists of inventories A", "list")).toEqual({ vaults: 0, policies: 0, backups: 0 });
});

test.each(queries)("$name, a vault and a resource chosen", async (query) => {
  await resultOf(source, query, { project: ["prod"], vault: ["vault steady"], resource: ["id of missing"] });
});

test("a choice narrows resources and vaults", async () => {
  const chosen = { vault: ["vault steady"], resource: ["id of missing"] };
  expect(numbers(await answer(source, "Restore point missing A", chosen))).toEqual([1]);
  expect(await answer(source, `${points} B`, chosen)).toHaveLength(1);
  expect(await answer(source, "Vaults, fullest first B", chosen)).toHaveLength(1);
});
