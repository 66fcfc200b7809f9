import { describe, expect, test } from "vitest";
import { demoFleet } from "../../../src/simulator/tasks/demo-plan.ts";
import { createFleet } from "../../../src/simulator/tasks/fleet.ts";
import type { OperationLogBody } from "../../../src/simulator/tasks/sim-task.ts";

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2026, 0, 31, 12);

/** What the cloud holds after looks at these moments, by id. */
function seen(options: Parameters<typeof createFleet>[0], ...moments: readonly number[]) {
  const fleet = createFleet(options, moments[0] ?? noon);
  const held = new Map<string, (nowMs: number) => OperationLogBody>();
  for (const moment of moments) {
    const { come, gone } = fleet.look(moment);
    for (const task of come) {
      held.set(task.id, (nowMs) => task.body({ beganMs: moment, elapsedMs: nowMs - moment, projectId: "p" }));
    }
    for (const id of gone) expect(held.delete(id)).toBe(true);
  }
  return [...held.values()].map((body) => body(moments.at(-1) ?? noon));
}

const fleet = { resources: 100, days: 30, seed: 1 };
const createdMs = (body: OperationLogBody) => Date.parse(`${body["created_at"]}Z`);
function counts(bodies: readonly OperationLogBody[], field: string): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const body of bodies) sums[String(body[field])] = (sums[String(body[field])] ?? 0) + 1;
  return sums;
}

describe("a fleet of 100 servers, after 30 nights", () => {
  const bodies = seen(fleet, noon);

  test("has about that many backups: some nights are missed, some are repeated", () => {
    const nights = bodies.filter((body) => "policy_id" in body);
    expect(nights.length).toBeGreaterThan(2930);
    expect(nights.length).toBeLessThan(2995);
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(bodies.length);
    expect(Math.min(...bodies.map(createdMs))).toBeGreaterThanOrEqual(noon - 30 * day - 1);
  });

  test("of which a few failed, timed out or were skipped", () => {
    const { success = 0, failed = 0, timeout = 0, skipped = 0, ...others } = counts(bodies, "status");
    expect(others).toEqual({});
    expect(success).toBeGreaterThan(2800);
    for (const [count, percent] of [
      [failed, 2],
      [timeout, 0.5],
      [skipped, 0.5],
    ] as const) {
      expect(count).toBeGreaterThan(30 * percent * 0.4);
      expect(count).toBeLessThan(30 * percent * 1.8);
    }
  });

  test("a server is in one vault, and its failures are mostly repeated the next morning", () => {
    const [vaults, servers] = [new Set(bodies.map((body) => body["vault_id"])), new Set(bodies.map(nameOf))];
    expect([vaults.size, servers.size]).toEqual([1, 100]);
    const repeats = bodies.filter((body) => !("policy_id" in body));
    const bad = bodies.filter(({ status }) => status === "failed" || status === "timeout");
    expect(repeats.length).toBeGreaterThan(bad.length / 2);
    for (const repeat of repeats) {
      const before = bad.filter((body) => nameOf(body) === nameOf(repeat) && createdMs(body) < createdMs(repeat));
      expect(createdMs(repeat) - Math.max(...before.map(createdMs))).toBeLessThan(16 * hour);
    }
  });
});

function nameOf(body: OperationLogBody): unknown {
  return (body["extra_info"] as { resource: { name: string } }).resource.name;
}

test("the same seed gives the same nights however often one looks; another seed gives others", () => {
  const steps = Array.from({ length: 3 * 24 + 1 }, (_, index) => noon + index * hour);
  const often = seen(fleet, ...steps);
  const once = seen({ ...fleet, days: 30 }, noon + 3 * day);
  const ids = (bodies: readonly OperationLogBody[]) => bodies.map(({ id }) => id).sort();
  expect(ids(often)).toEqual(ids(once));
  expect(often.map((body) => body["ended_at"]).sort()).toEqual(once.map((body) => body["ended_at"]).sort());
  const known = new Set(ids(once));
  expect(ids(seen({ ...fleet, seed: 2 }, noon)).filter((id) => known.has(id))).toEqual([]);
});

test("a night's tasks come as it goes on, and those of 30 days ago go", () => {
  const evening = noon + 9 * hour;
  const before = seen(fleet, evening);
  const midnight = seen(fleet, evening, noon + 12 * hour);
  const statuses = counts(midnight, "status");
  expect(statuses["running"] ?? 0).toBeGreaterThan(0);
  const fresh = midnight.filter((body) => createdMs(body) > evening);
  expect(fresh.length).toBeGreaterThan(25);
  expect(midnight.length).toBeLessThanOrEqual(before.length + fresh.length);
  const morning = seen(fleet, evening, noon + 12 * hour, noon + 19 * hour);
  expect(counts(morning, "status")["running"]).toBeUndefined();
});

test("the demo's fleet has the same behind it whenever it starts: one backup of last night failed, and was repeated", () => {
  const told = [0, 9, 1234].map((hours) => {
    const first = noon + hours * hour;
    return seen({ ...demoFleet, seed: 1 }, first).map((body) => ({
      status: body["status"],
      of: nameOf(body),
      hoursAgo: Math.floor((first - createdMs(body)) / hour),
    }));
  });
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
  const bad = (told[0] ?? []).filter(({ status, hoursAgo }) => status !== "success" && hoursAgo < 24);
  expect(bad).toMatchObject([{ status: "failed" }]);
  expect(told[0]?.filter(({ of, hoursAgo }) => of === bad[0]?.of && hoursAgo < 24)).toHaveLength(2);
});
