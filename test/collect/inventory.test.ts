import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import type { Config, InventoryConfig } from "../../src/config/config.ts";
import type { Body, ListingManner } from "../../src/simulator/listing.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { readSamples } from "../metrics/read-exposition.ts";
import { collectorConfig, inventoryConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { type LiveCloud, type LiveExporter, openLiveExporter, startLiveCloud } from "../support/live-exporter.ts";
import { newYear } from "../support/manual-clock.ts";

const minute = 60_000;
const hour = 60 * minute;
const noon = later(newYear, fromMillis(12 * hour));

/** Twelve servers in two vaults, with a week behind them; a vault of disks whose policy is off, one of copies; one spare. */
const fleet = { resources: 12, perVault: 6, days: 7 };

async function openCloud(listing?: ListingManner): Promise<LiveCloud> {
  const cloud = await startLiveCloud({ fleet, seed: 3, ...(listing && { listing }) }, noon);
  onTestFinished(() => cloud.simulator.close());
  return cloud;
}

const everything = inventoryConfig({ unprotected: ["server"] });

function configOf({ simulator }: LiveCloud, inventory: InventoryConfig | undefined = everything): Config {
  return {
    projects: [
      projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 10_000, retries: 0 }),
    ],
    collectors: [
      collectorConfig({
        name: "estate",
        schedule: "*/15 * * * *",
        tasks: taskConfigs(),
        ...(inventory && { inventory }),
      }),
    ],
  };
}

async function open(
  inventory?: InventoryConfig,
  listing?: ListingManner,
): Promise<LiveExporter & { cloud: LiveCloud }> {
  const cloud = await openCloud(listing);
  const exporter = await openLiveExporter({ cloud });
  await exporter.reload(configOf(cloud, inventory));
  return { ...exporter, cloud };
}

const aboutEstate =
  /^cbr_(vault|policy|unprotected|resource_(info|protected|last_restore|restore|backups|backup_size|size|protect_status|unprotected))/;

/** All series of vaults, policies and what they protect, without their order. */
async function estateOf({ scrape }: Pick<LiveExporter, "scrape">): Promise<readonly string[]> {
  return (await scrape())
    .split("\n")
    .filter((line) => aboutEstate.test(line))
    .sort();
}

/** When each list was last read to its end, in minutes since noon. */
async function readAt({ scrape }: Pick<LiveExporter, "scrape">): Promise<Readonly<Record<string, number>>> {
  const samples = readSamples(await scrape());
  const own = samples.filter(({ name }) => name === "cbr_inventory_last_success_timestamp_seconds");
  return Object.fromEntries(
    own.map(({ labels, value }) => [labels["list"], Math.floor((Number(value) - noon / 1e6) / 60)]),
  );
}

const operations = ["ListVault", "ListPolicies", "ListBackups", "ListProtectable"] as const;

function requestsSoFar({ simulator }: LiveCloud): readonly number[] {
  return operations.map((operation) => simulator.requestsOf(operation));
}

/** The records of a list as anybody else reads them. */
async function listed({ simulator }: LiveCloud, path: string): Promise<readonly Body[]> {
  const headers = { "x-auth-token": "demo-token" };
  const answer = await fetch(`${simulator.url}/v3/${vendorProjectId}/${path}`, { headers });
  return Object.values((await answer.json()) as Record<string, readonly Body[]>)[0] ?? [];
}

describe("rights taken away while it runs", () => {
  test.each([
    ["vaults", "vaults", "cbr:vaults:list is needed"],
    ["policies", "policies", "cbr:policies:list is needed"],
    ["backups", "backups", "cbr:backups:list is needed"],
    ["protectables", "protectables_server", "evs:volumes:list are needed"],
  ])("%s: told once, by that list alone; all facts stay, and the others are read on", async (target, list, right) => {
    const exporter = await open();
    const { clock, simulator, log, cloud } = exporter;
    const before = await estateOf(exporter);
    log.lines.length = 0;
    simulator.setFault(target, { kind: "status", status: 403 });
    await clock.advance(15 * minute);
    const [failed, ...others] = log.lines.filter(({ level }) => level === "warn");
    expect(failed).toMatchObject({ msg: "Listing failed", fields: { collector: "estate", list, reason: "forbidden" } });
    expect(failed?.fields["error"]).toContain(right);
    expect(others).toEqual([]);
    expect(await readAt(exporter)).toEqual({
      vaults: 15,
      policies: 15,
      backups: 15,
      protectables_server: 15,
      [list]: 0,
    });
    expect(await estateOf(exporter)).toEqual(before);
    const failingSince = `cbr_inventory_failing_since_timestamp_seconds{project="prod",collector="estate",list="${list}"}`;
    expect(await exporter.value(failingSince)).toBe(noon / 1e6 + 15 * 60);
    expect(exporter.up()).toBe(true);
    const operation = operations[["vaults", "policies", "backups", "protectables"].indexOf(target)];
    const errors = `cbr_api_errors_total{project="prod",operation="${operation}",reason="forbidden"}`;
    expect(await exporter.value(errors)).toBe(1);
    expect(exporter.state()?.runs).toMatchObject({ success: 1, partial: 1, failed: 0 });

    // It is asked for again in a minute, it alone.
    const asked = requestsSoFar(cloud);
    await clock.advance(2 * minute);
    expect(requestsSoFar(cloud).map((count, index) => count - (asked[index] ?? 0))).toEqual(
      operations.map((each) => (each === operation ? 1 : 0)),
    );
    // However often it fails.
    expect(await exporter.value(failingSince)).toBe(noon / 1e6 + 15 * 60);
    simulator.setFault(target, undefined);
    await clock.advance(15 * minute);
    expect(await exporter.value(failingSince)).toBeUndefined();
    expect(log.messages("info")).toContain("Listing succeeds again");
    expect(log.messages("warn")).toEqual(["Listing failed"]);
    expect(Math.min(...Object.values(await readAt(exporter)))).toBeGreaterThan(15);
  });

  test("all of them: the cloud answers still, or does not, as its answers say", async () => {
    const exporter = await open();
    const before = await estateOf(exporter);
    for (const target of ["vaults", "policies", "backups", "protectables"]) {
      exporter.simulator.setFault(target, { kind: "server-error", status: 503 });
    }
    await exporter.clock.advance(15 * minute);
    const told = exporter.log.lines.filter(({ msg }) => msg === "Listing failed");
    expect(told.map(({ fields }) => fields["list"])).toEqual(["vaults,policies,backups,protectables_server"]);
    expect(exporter.up()).toBe(false);
    expect(exporter.state()?.runs).toMatchObject({ failed: 1 });
    expect(await estateOf(exporter)).toEqual(before);
    for (const target of ["vaults", "policies", "backups", "protectables"]) {
      exporter.simulator.setFault(target, undefined);
    }
    await exporter.clock.advance(2 * minute);
    expect(exporter.up()).toBe(true);
    expect(exporter.state()?.runs).toMatchObject({ success: 2 });
  });
});

test("a list that gets no answer keeps no other from coming, and is told with what to do", async () => {
  const exporter = await open();
  exporter.simulator.setFault("vaults", { kind: "hang" });
  await exporter.clock.advance(16 * minute);
  expect(await readAt(exporter)).toEqual({ vaults: 0, policies: 15, backups: 15, protectables_server: 15 });
  const told = exporter.log.lines.filter(({ level }) => level === "warn");
  expect(told).toMatchObject([{ msg: "Listing failed", fields: { list: "vaults", reason: "timeout" } }]);
  expect(told[0]?.fields["error"]).toMatch(/^no whole answer within 10 s; where th/);
  expect(exporter.up()).toBe(true);
});

describe("a restore point that is deleted", () => {
  async function openWithDeleted(hold: boolean) {
    const exporter = await open(inventoryConfig());
    const { simulator, cloud } = exporter;
    const [server] = ((await listed(cloud, "vaults"))[0]?.["resources"] ?? []) as readonly Body[];
    const id = String(server?.["id"]);
    const series = `cbr_resource_last_restore_point_timestamp_seconds{project="prod",resource_id="${id}",image_type="backup"}`;
    const own = (await listed(cloud, `backups?resource_id=${id}&status=available`)).map(
      ({ id: backup, protected_at: at }) => ({ backup: String(backup), at: Date.parse(`${at}Z`) / 1000 }),
    );
    const [newest, next] = own.toSorted((a, b) => b.at - a.at);
    expect(await exporter.value(series)).toBeCloseTo(newest?.at ?? 0, 2);
    if (hold) {
      // Another one came at the same time, so that their number is the same.
      const holdCount = (resource: Body): Body =>
        resource["id"] === id ? { ...resource, backup_count: 99 } : resource;
      simulator.changeRecords("vaults", (vault) => ({
        ...vault,
        resources: (vault["resources"] as readonly Body[]).map(holdCount),
      }));
      await exporter.clock.advance(15 * minute);
    }
    simulator.removeBackup(newest?.backup ?? "");
    return { exporter, at: () => exporter.value(series), newest: newest?.at ?? 0, next: next?.at ?? 0 };
  }

  test("is noticed at the next run where there are fewer than before, for two requests", async () => {
    const { exporter, at, next } = await openWithDeleted(false);
    const asked = requestsSoFar(exporter.cloud);
    await exporter.clock.advance(15 * minute);
    expect(await at()).toBeCloseTo(next, 2);
    expect(requestsSoFar(exporter.cloud).map((count, index) => count - (asked[index] ?? 0))).toEqual([2, 1, 3, 0]);
    await exporter.clock.advance(15 * minute);
    expect(requestsSoFar(exporter.cloud).map((count, index) => count - (asked[index] ?? 0))).toEqual([4, 2, 4, 0]);
  });

  test("is noticed within a day where their number does not tell", async () => {
    const { exporter, at, newest, next } = await openWithDeleted(true);
    await exporter.clock.advance(8 * hour);
    expect(await at()).toBeCloseTo(newest, 2);
    // Without the backup of the night, which would be newer.
    exporter.simulator.changeRecords("backups", (backup) =>
      Date.parse(`${backup["created_at"]}Z`) > noon / 1000 ? { ...backup, status: "error" } : backup,
    );
    await exporter.clock.advance(16 * hour);
    expect(await at()).toBeCloseTo(next, 2);
  });
});

test("a run costs four requests while nothing comes, and two for each kind of fifty resources", async () => {
  const { clock, cloud } = await open();
  expect(requestsSoFar(cloud)).toEqual([2, 1, 2, 2]);
  await clock.advance(15 * minute);
  expect(requestsSoFar(cloud)).toEqual([4, 2, 3, 4]);
});

test("a backup that takes longer than listings look back becomes a restore point when it ends", async () => {
  const exporter = await open(inventoryConfig());
  const { simulator, clock, cloud } = exporter;
  await clock.advance(11 * hour);
  // Those of the night are under way, and one of them does not end.
  const [running] = await listed(cloud, "backups?status=protecting");
  const id = String(running?.["resource_id"]);
  const series = `cbr_resource_last_restore_point_timestamp_seconds{project="prod",resource_id="${id}",image_type="backup"}`;
  const before = await exporter.value(series);
  simulator.changeRecords("backups", (backup) =>
    backup["id"] === running?.["id"] ? { ...backup, status: "protecting" } : backup,
  );
  await clock.advance(9 * hour);
  expect(await exporter.value(series)).toBe(before);
  simulator.changeRecords("backups", undefined);
  await clock.advance(15 * minute);
  expect(await exporter.value(series)).toBeCloseTo(Date.parse(`${running?.["protected_at"]}Z`) / 1000, 2);
});

test("lists in any order, with repeats and a count that lies, say the same", async () => {
  const plain = await open();
  const lying = await open(everything, { order: "any", repeats: true, count: "total" });
  for (const hours of [0, 11, 8]) {
    for (const { clock } of [plain, lying]) await clock.advance(hours * hour);
    expect(await estateOf(lying)).toEqual(await estateOf(plain));
  }
});

test("any JSON as the answer of any list loses nothing else, and takes no other list along", async () => {
  const exporter = await open();
  const { clock, simulator, log } = exporter;
  const of = { vaults: "vaults", policies: "policies", backups: "backups", protectables: "instances" } as const;
  const targets = Object.keys(of) as (keyof typeof of)[];
  const body = fc.oneof(
    fc.json(),
    fc
      .record({ target: fc.constantFrom(...targets), records: fc.array(fc.jsonValue(), { maxLength: 3 }) })
      .map(({ target, records }) => JSON.stringify({ [of[target]]: records })),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...targets), body, async (target, text) => {
      const before = await estateOf(exporter);
      simulator.setFault(target, { kind: "raw", body: text });
      await clock.advance(15 * minute);
      simulator.setFault(target, undefined);
      await clock.advance(15 * minute);
      // What it showed is as it was as soon as it is shown again.
      expect((await estateOf(exporter)).length).toBe(before.length);
      expect(exporter.state()?.runs.failed).toBe(0);
      expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
      expect(JSON.stringify(log.lines)).not.toContain("internal error");
    }),
    { numRuns: 40 },
  );
}, 120_000);

test("a list that repeats its pages for ever is left, and told once; what it showed before stays, as old as it is", async () => {
  const exporter = await open();
  const { clock, simulator, log } = exporter;
  const before = await estateOf(exporter);
  const records = (from: number) => Array.from({ length: 1000 }, (_, at) => ({ id: `v-${from + at}`, resources: [] }));
  const vaults = records(0);
  simulator.setFault("vaults", { kind: "raw", body: JSON.stringify({ vaults }) });
  const instances = vaults.slice(0, 50).map(({ id }) => ({ id, protectable: { result: true, vault: null } }));
  simulator.setFault("protectables", { kind: "raw", body: JSON.stringify({ instances }) });
  await clock.advance(45 * minute);
  const after = await estateOf(exporter);
  expect(after.filter((line) => line.startsWith("cbr_vault_info"))).toHaveLength(1004);
  // A count of a part would be wrong.
  const unprotected = (lines: readonly string[]) => lines.filter((line) => line.includes("unprotected"));
  expect(unprotected(after)).toEqual(unprotected(before));
  const others = after.filter((line) => !line.includes('"v-'));
  expect(others).toEqual(before);
  expect(await readAt(exporter)).toEqual({ vaults: 0, policies: 45, backups: 45, protectables_server: 0 });
  expect(exporter.state()?.inventory?.get("vaults")).toMatchObject({ failingSince: noon + 15 * 60e6 });
  const told = log.lines.filter(({ msg }) => msg === "The listing was cut, some may be missing");
  expect(told.map(({ fields }) => [fields["list"], fields["reason"]])).toEqual([
    ["vaults", "the cloud repeats its pages"],
    ["protectables_server", "the cloud repeats its pages"],
  ]);
});

describe("another configuration", () => {
  const vaultsOf = async (exporter: LiveExporter): Promise<readonly string[]> =>
    (await estateOf(exporter))
      .flatMap((line) => /^cbr_vault_info\{.*vault_name="([^"]*)"/.exec(line)?.[1] ?? [])
      .sort();
  const countOf = async (exporter: LiveExporter, name: string): Promise<number> =>
    (await estateOf(exporter)).filter((line) => line.startsWith(name)).length;

  test("that wants some vaults alone shows them at once, with the resources and restore points in them", async () => {
    const exporter = await open();
    expect(await vaultsOf(exporter)).toEqual(["archive", "copies", "fleet-01", "fleet-02"]);
    await exporter.reload(configOf(exporter.cloud, inventoryConfig({ vaults: ["fleet-02"] })));
    expect(await vaultsOf(exporter)).toEqual(["fleet-02"]);
    expect(await countOf(exporter, "cbr_resource_protected")).toBe(6);
    expect(await countOf(exporter, "cbr_resource_last_restore_point")).toBe(6);
    expect(await countOf(exporter, "cbr_unprotected")).toBe(0);
    await exporter.reload(configOf(exporter.cloud));
    expect(await countOf(exporter, "cbr_resource_last_restore_point")).toBe(17);
  });

  test("without restore points makes no due; without an inventory nothing is left; with it again all comes back", async () => {
    const exporter = await open();
    const before = await estateOf(exporter);
    await exporter.reload(configOf(exporter.cloud, { ...everything, restorePoints: false }));
    expect(await countOf(exporter, "cbr_resource_restore_point_due")).toBe(0);
    expect(await countOf(exporter, "cbr_resource_last_restore_point")).toBe(0);
    expect(await countOf(exporter, "cbr_resource_protected")).toBe(17);
    expect(Object.keys(await readAt(exporter))).toEqual(["vaults", "policies", "protectables_server"]);
    const { projects, collectors } = configOf(exporter.cloud);
    const without = collectors.map(({ inventory: _, ...collector }) => collector);
    await exporter.reload({ projects, collectors: without });
    expect(await estateOf(exporter)).toEqual([]);
    expect(await readAt(exporter)).toEqual({});
    await exporter.reload({ projects, collectors });
    expect(await estateOf(exporter)).toEqual(before);
    await exporter.reload({ projects, collectors: [] });
    expect(await estateOf(exporter)).toEqual([]);
  });

  test("of its login goes on with what is known; of its project begins anew", async () => {
    const exporter = await open();
    const before = await estateOf(exporter);
    for (const target of ["vaults", "policies", "backups", "protectables"]) {
      exporter.simulator.setFault(target, { kind: "status", status: 403 });
    }
    const { projects, collectors } = configOf(exporter.cloud);
    const project = projects[0] as Config["projects"][number];
    const otherwise = { ...project, tls: { insecureSkipVerify: true } };
    await exporter.reload({ projects: [otherwise], collectors });
    expect(await estateOf(exporter)).toEqual(before);
    expect((await readAt(exporter))["vaults"]).toBe(0);
    await exporter.reload({ projects: [{ ...project, id: "another" }], collectors });
    expect(await estateOf(exporter)).toEqual([]);
    expect(await readAt(exporter)).toEqual({});
  });

  test("of two collectors, what one knows of restore points is not hidden by one that looks at vaults alone", async () => {
    const exporter = await open({ ...everything, restorePoints: false });
    const { projects, collectors } = configOf(exporter.cloud);
    const [first] = collectors as readonly [Config["collectors"][number]];
    const alone = { ...first, inventory: { ...everything, restorePoints: false } };
    await exporter.reload({ projects, collectors: [alone, { ...first, name: "again" }] });
    expect(await countOf(exporter, "cbr_resource_restore_point_due")).toBe(12);
    expect(await countOf(exporter, "cbr_resource_last_restore_point")).toBe(17);
    await exporter.reload({ projects, collectors: [alone] });
    expect(await countOf(exporter, "cbr_resource_restore_point_due")).toBe(0);
    expect(await countOf(exporter, "cbr_resource_protected")).toBe(17);
  });

  test("of two collectors that look at the same, the first counts, and the other when it has gone", async () => {
    const exporter = await open();
    const { projects, collectors } = configOf(exporter.cloud);
    const [first] = collectors as readonly [Config["collectors"][number]];
    const second = { ...first, name: "again", inventory: inventoryConfig({ graceMs: 23 * hour }) };
    const due = /^cbr_resource_restore_point_due/;
    const before = (await estateOf(exporter)).filter((line) => due.test(line));
    await exporter.reload({ projects, collectors: [first, second] });
    expect((await estateOf(exporter)).filter((line) => due.test(line))).toEqual(before);
    await exporter.reload({ projects, collectors: [second] });
    const after = (await estateOf(exporter)).filter((line) => due.test(line));
    expect(after).toHaveLength(before.length);
    // Grace lasts until the next evening: what was due last night is not yet.
    expect(after).not.toEqual(before);
    expect(await countOf(exporter, "cbr_unprotected")).toBe(0);
  });
});
