import { afterEach, expect, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import type { Fault } from "../../src/simulator/faults/kinds.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import type { FailureReason } from "../../src/tasks/failure-reason.ts";
import { runningTask } from "../support/cloud.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { watchedExporter } from "../support/watched-exporter.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Every fault that is one task's own, what it counts as, and whether it is tried again. */
const faults: readonly (readonly [Fault | "missing", FailureReason, 1 | 2])[] = [
  ["missing", "not_found", 1],
  [{ kind: "hang" }, "timeout", 2],
  [{ kind: "slow-body", intervalMs: 20 }, "timeout", 2],
  [{ kind: "latency", ms: 3_000 }, "timeout", 2],
  [{ kind: "cut" }, "network", 2],
  [{ kind: "cut-body" }, "network", 2],
  [{ kind: "server-error" }, "server_error", 2],
  [{ kind: "server-error", status: 502, html: true }, "server_error", 2],
  [{ kind: "server-error", status: 503, retryAfter: 0 }, "server_error", 2],
  [{ kind: "throttle", retryAfter: 0 }, "throttled", 2],
  [{ kind: "broken-json" }, "bad_body", 1],
  [{ kind: "html" }, "bad_body", 1],
  [{ kind: "empty" }, "bad_body", 1],
  [{ kind: "wrong-shape", shape: "object" }, "bad_body", 1],
  [{ kind: "wrong-shape", shape: "null" }, "bad_body", 1],
  [{ kind: "wrong-shape", shape: "list" }, "bad_body", 1],
  [{ kind: "foreign-id" }, "bad_body", 1],
  [{ kind: "endless-body" }, "bad_body", 1],
  [{ kind: "huge-body", bytes: 3_000_000 }, "bad_body", 1],
  [{ kind: "status", status: 204 }, "bad_body", 1],
  [{ kind: "raw", body: "null" }, "bad_body", 1],
  [{ kind: "redirect" }, "client_error", 1],
  [{ kind: "status", status: 404 }, "client_error", 1],
  [{ kind: "status", status: 400 }, "client_error", 1],
  [{ kind: "status", status: 403 }, "forbidden", 1],
  [{ kind: "status", status: 401 }, "unauthorized", 1],
];

test("of 100 tasks, the ten whose cloud is well are fresh after every run, whatever the other ninety do", async () => {
  const ids = Array.from({ length: 100 }, (_, n) => `task-${n}`);
  const good = ids.filter((_, n) => n % 10 === 0);
  const bad = ids.filter((_, n) => n % 10 !== 0).map((id, n) => [id, faults[n % faults.length] ?? faults[0]] as const);
  const missing = bad.filter(([, fault]) => fault?.[0] === "missing").map(([id]) => id);

  const tasks = ids.filter((id) => !missing.includes(id)).map(runningTask);
  const simulator = await startSimulator({ latencyMs: [0, 0], tasks });
  open.push(() => simulator.close());
  for (const [id, fault] of bad) if (fault && fault[0] !== "missing") simulator.setFault(id, fault[0]);

  const exporter = watchedExporter();
  open.push(() => exporter.close());
  const expected: Record<string, number> = {};
  for (const [, fault] of bad) if (fault) expected[fault[1]] = (expected[fault[1]] ?? 0) + fault[2];
  const start = fromMillis(Date.now());
  const counted: Record<string, number> = {};

  for (const run of [1, 2, 3]) {
    const begun = fromMillis(Date.now());
    if (run === 1) {
      await exporter.apply({
        projects: [projectConfig({ endpoint: simulator.url, timeoutMs: 1_000, retries: 1, concurrency: 8 })],
        collectors: [collectorConfig({ tasks: taskConfigs(...ids) })],
      });
      await exporter.idle();
    } else {
      // Two hours apart, so that no pause of a task that is not found leaves it out.
      await exporter.run(later(start, fromMillis(run * 7_200_000)));
    }

    for (const id of good) {
      expect(exporter.task(id)?.poll.lastSuccessAt, `${id} in run ${run}`).toBeGreaterThanOrEqual(begun);
      expect(exporter.task(id)?.poll).not.toHaveProperty("failure");
    }
    for (const [id, fault] of bad) {
      expect([id, fault?.[0], exporter.task(id)?.poll.failure?.reason]).toEqual([id, fault?.[0], fault?.[1]]);
      expect(exporter.task(id)?.poll.lastAt).toBeGreaterThanOrEqual(begun);
    }
    for (const [reason, times] of Object.entries(expected)) counted[reason] = (counted[reason] ?? 0) + times;
    expect(exporter.observer().reasons).toEqual(counted);
    expect(exporter.observer().codes["200"]).toBeGreaterThanOrEqual(run * good.length);
    expect(exporter.state()?.runs).toEqual({ success: 0, partial: run, failed: 0, skipped: 0 });
    expect(exporter.up()).toBe(true);
  }

  // Each reason was told once, though it came three times.
  expect(exporter.log.messages("warn")).toHaveLength(new Set(bad.map(([, fault]) => fault?.[1])).size);
});
