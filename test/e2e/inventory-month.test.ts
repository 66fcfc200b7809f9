import { expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import { endedMs, startedMs } from "../../src/simulator/estate/estate.ts";
import { type BackupRun, createFleet } from "../../src/simulator/tasks/fleet.ts";
import { type ReadSample, readSamples } from "../metrics/read-exposition.ts";
import { collectorConfig, inventoryConfig, projectConfig } from "../support/configs.ts";
import { openLiveExporter, startLiveCloud } from "../support/live-exporter.ts";
import { newYear } from "../support/manual-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const graceMs = 6 * hourMs;
const afternoon = later(newYear, fromMillis(13 * hourMs));
const fleet = { resources: 500, perVault: 25, days: 15 };

/** What the fleet itself knows, which no answer tells: of each server, the beginnings of the backups that went well. */
function truthOf(seed: number, startMs: number) {
  const twin = createFleet({ ...fleet, seed }, startMs);
  const runs = new Map<string, BackupRun[]>(twin.servers.map(({ resource }) => [resource.id, []]));
  return {
    look(nowMs: number): void {
      twin.look(nowMs);
      for (const run of twin.runs) {
        const its = runs.get(run.of.resource.id);
        if (run.outcome === "success" && !its?.includes(run)) its?.push(run);
      }
    },
    /** Those that have no restore point since a time. */
    missing(sinceMs: number, nowMs: number): readonly string[] {
      const isRestorable = (run: BackupRun): boolean => startedMs(run) >= sinceMs && endedMs(run) <= nowMs;
      return [...runs].filter(([, its]) => !its.some(isRestorable)).map(([id]) => id);
    },
  };
}

/** As a rule would find them. */
function missingIn(samples: readonly ReadSample[]): readonly string[] {
  const points = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    if (name === "cbr_resource_last_restore_point_timestamp_seconds" && labels["image_type"] === "backup") {
      points.set(labels["resource_id"] ?? "", Number(value));
    }
  }
  return samples
    .filter(({ name }) => name === "cbr_resource_restore_point_due_timestamp_seconds")
    .filter(({ labels, value }) => (points.get(labels["resource_id"] ?? "") ?? 0) < Number(value))
    .map(({ labels }) => labels["resource_id"] ?? "");
}

test("30 days of 500 servers in 20 vaults: those alone are missing that are, from the run after their grace to that after their next restore point", async () => {
  const cloud = await startLiveCloud({ fleet, seed: 7 }, afternoon);
  const { clock, simulator } = cloud;
  onTestFinished(() => simulator.close());
  const exporter = await openLiveExporter({ cloud });
  await exporter.reload({
    projects: [projectConfig({ endpoint: simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 60_000 })],
    collectors: [collectorConfig({ name: "estate", schedule: "0 1-23/3 * * *", inventory: inventoryConfig() })],
  });
  const truth = truthOf(7, afternoon / 1000);
  const nights = new Set<string>();
  for (let hour = 0; hour < 30 * 24; hour += 3) {
    const nowMs = clock.now() / 1000;
    truth.look(nowMs);
    const sinceMidnight = (nowMs - graceMs) % dayMs;
    // The fleet's evening, 22:00, that lies the grace or more in the past.
    const dueMs = nowMs - graceMs - ((sinceMidnight + dayMs - 22 * hourMs) % dayMs);
    const expected = truth.missing(dueMs, nowMs);
    for (const id of expected) nights.add(`${id} ${dueMs}`);
    const found = missingIn(readSamples(await exporter.expose()));
    expect.soft(found.toSorted(), `at ${new Date(nowMs).toISOString()}`).toEqual(expected.toSorted());
    await clock.advance(3 * hourMs);
  }
  // About four of a hundred nights bring nothing by the morning.
  expect(nights.size).toBeGreaterThan(400);
  expect(nights.size).toBeLessThan(800);
}, 300_000);
