import { readFile } from "node:fs/promises";
import { isMainThread } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { later, type Micros, micros } from "../../src/base/micros.ts";
import { decodeShowOpLog } from "../../src/cbr/answers/operation-log.ts";
import type { CollectorState } from "../../src/collect/collector.ts";
import type { ProjectSummary } from "../../src/collect/project-health.ts";
import type { Exposition } from "../../src/metrics/exposition.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import type { Format } from "../../src/metrics/text.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { createTaskStore, type Member } from "../../src/tasks/task-store.ts";
import { manualClock } from "../support/manual-clock.ts";
import { sources } from "../support/task-records.ts";
import { readFamilies, readSamples } from "./read-exposition.ts";
import { build, noon, ownFamilies, textOf, withEstate } from "./support.ts";

const fixtures = new URL("../fixtures/", import.meta.url).pathname;
const nextTick = micros(noon + 30e6);

afterEach(() => {
  vi.unstubAllEnvs();
});

function decode(id: string, operationLog: object): OperationLog {
  const decoded = decodeShowOpLog({ operation_log: operationLog }, id, { latest: noon, intern: (text) => text });
  if (!("log" in decoded)) throw new Error(decoded.unusable);
  return decoded.log;
}

function collector(part: Partial<CollectorState> & Pick<CollectorState, "project" | "collector">): CollectorState {
  const runs = { success: 0, partial: 0, failed: 0, skipped: 0, ...part.runs };
  return { nextRunAt: nextTick, interval: micros(30e6), tasks: 1, ...part, runs };
}

function project(part: Partial<ProjectSummary> & Pick<ProjectSummary, "project">): ProjectSummary {
  return { up: true, lastRequestAt: undefined, skewMs: 0, method: "token", expiresAt: undefined, ...part };
}

/** The exporter a moment after it has polled the one task of the vendor's example. */
function vendorExposition(): Exposition {
  const clock = manualClock(noon);
  const metrics = createMetrics({ build, clock });
  const store = createTaskStore();
  const origin = { collector: "migration-weekend", labels: {} };
  const member: Member = { project: "prod", taskId: vendorExample.id, origin, dueAt: noon };
  store.setSources(sources({ "migration-weekend": [member] }));
  metrics.observe("prod").attempted("ShowOpLog", "200", 0.125);
  const body = vendorExample.body({ beganMs: 0, elapsedMs: 0, projectId: vendorProjectId });
  const log = decode(vendorExample.id, body);
  store.apply({ type: "answered", key: `prod/${vendorExample.id}`, at: noon, runAt: noon, nextTick, log });
  metrics.configApplied(noon);
  const ran = { lastRunAt: noon, lastSuccessAt: noon, lastRunSeconds: 0.25, runs: { success: 1 } as never };
  return metrics.expose({
    ...withEstate(store),
    projects: () => [project({ project: "prod", lastRequestAt: noon })],
    collectors: () => [collector({ project: "prod", collector: "migration-weekend", ...ran })],
  });
}

// A thread has no zone of its own to change.
describe.runIf(isMainThread).each(["UTC", "Asia/Shanghai", "America/New_York"])(
  "the vendor's example under TZ=%s",
  (zone) => {
    test.each<[Format, string]>([
      ["text", "vendor-example.prom"],
      ["openmetrics", "vendor-example.openmetrics"],
    ])("%s", async (format, file) => {
      vi.stubEnv("TZ", zone);
      expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
      const text = ownFamilies(textOf(await vendorExposition().body(format, "identity")));
      expect(text).toContain(`\ncbr_task_duration_seconds{project="prod",task_id="${vendorExample.id}"} 227.503925\n`);
      await expect(text).toMatchFileSnapshot(fixtures + file);
    });
  },
);

test("both formats tell the same series", async () => {
  const exposition = vendorExposition();
  const [text, openmetrics] = [await exposition.body("text", "gzip"), await exposition.body("openmetrics", "gzip")];
  expect(readSamples(textOf(text, "gzip"))).toEqual(readSamples(textOf(openmetrics, "gzip")));
});

interface Happening {
  readonly id: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Answers of the cloud, one a poll; a text is the reason of a failure. */
  readonly polls: readonly (object | "not_found" | "timeout" | "throttled")[];
}

const created = { created_at: "2026-11-24T09:00:00.000001", updated_at: "2026-11-24T11:59:59Z" };
const ran = { ...created, started_at: "2026-11-24T09:00:01.5", ended_at: "2026-11-24T17:00:02.25+08:00" };

const eventfulDay: readonly Happening[] = [
  { id: "never-polled", polls: [] },
  { id: "mistyped", name: "mistyped id", polls: ["not_found"] },
  { id: "unreachable", polls: ["timeout"] },
  { id: "waiting", polls: [{ ...created, status: "waiting", operation_type: "backup" }] },
  {
    id: "running-then-throttled",
    labels: { team: "payments", tier: "gold" },
    polls: [{ ...created, status: "running", extra_info: { common: { progress: 57 } } }, "throttled"],
  },
  {
    id: "vanished",
    polls: [
      {
        ...created,
        status: "running",
        operation_type: "replication",
        extra_info: { replication: { source_backup_id: "b" } },
      },
      "not_found",
    ],
  },
  {
    id: "awkward-names",
    name: 'quote " backslash \\ newline \n',
    labels: { team: "a,b:c{}=" },
    polls: [{ status: "success", extra_info: { resource: { name: "订单-😀", id: '"', type: "OS::Nova::Server" } } }],
  },
  {
    id: "success-app-consistent",
    polls: [
      {
        ...ran,
        status: "success",
        vault_id: "v",
        vault_name: "vault",
        policy_id: "p",
        extra_info: {
          backup: { app_consistency_status: "1", app_consistency_error_code: "0", backup_name: "nightly" },
        },
      },
    ],
  },
  {
    id: "success-inconsistent",
    polls: [
      {
        ...ran,
        status: "success",
        extra_info: { backup: { app_consistency_status: 0, app_consistency_error_code: "6040" } },
      },
    ],
  },
  {
    id: "failed",
    polls: [{ ...ran, status: "failed", error_info: { code: "BackupService.6500", message: "Something broke." } }],
  },
  { id: "skipped", polls: [{ ...ran, status: "skipped", started_at: ran.ended_at }] },
  { id: "timeout", polls: [{ ...ran, status: "timeout", extra_info: { common: { progress: 99 } } }] },
  { id: "new-status", polls: [{ ...created, status: "paused" }] },
  {
    id: "sync",
    polls: [
      {
        ...ran,
        status: "success",
        extra_info: { sync: { sync_backup_num: 12, delete_backup_num: 3, err_sync_backup_num: 0 } },
      },
    ],
  },
  {
    id: "remove-resources",
    polls: [{ ...ran, status: "success", extra_info: { remove_resources: { total_count: "5", fail_count: "1" } } }],
  },
  {
    id: "vault-delete",
    polls: [
      { ...created, status: "running", extra_info: { vault_delete: { total_delete_count: 8, fail_delete_count: 0 } } },
    ],
  },
];

const members = (happenings: readonly Happening[]): readonly Member[] =>
  happenings.map(({ id, name, labels }) => {
    const origin = {
      collector: "nightly",
      ...(name !== undefined && { name }),
      labels: { team: "", tier: "", ...labels },
    };
    return { project: "prod", taskId: id, origin, dueAt: noon };
  });

test("an eventful day", async () => {
  const clock = manualClock(noon);
  const metrics = createMetrics({ build, clock });
  const store = createTaskStore();
  const observer = metrics.observe("prod");
  metrics.observe("dr-site");
  store.setSources(sources({ nightly: members([...eventfulDay, { id: "removed", polls: [] }]) }));
  const projects: ProjectSummary[] = [
    project({
      project: "prod",
      lastRequestAt: later(noon, micros(90e6)),
      skewMs: 1500,
      method: "token_file",
      expiresAt: later(noon, micros(3600e6)),
    }),
    project({ project: "dr-site", up: undefined, skewMs: undefined }),
  ];
  const collectors = [
    collector({
      project: "prod",
      collector: "nightly",
      runs: { success: 3, partial: 2, failed: 1, skipped: 4 },
      lastRunAt: later(noon, micros(90e6)),
      lastSuccessAt: noon,
      lastRunSeconds: 12.5,
      tasks: eventfulDay.length,
      taskFilesOk: false,
    }),
    collector({
      project: "dr-site",
      collector: "weekly",
      interval: micros(7 * 86_400e6),
      tasks: 0,
      taskFilesOk: true,
    }),
  ];
  const exposition = metrics.expose({ ...withEstate(store), projects: () => projects, collectors: () => collectors });
  // What was told before the day's events must not linger.
  await exposition.body("text", "gzip");
  await clock.advance(1000);

  for (const { id, polls } of eventfulDay) {
    for (const [round, poll] of polls.entries()) {
      const at: Micros = later(noon, micros(round * 30e6 + 1));
      const polled = {
        key: `prod/${id}`,
        at,
        runAt: micros(at - 1),
        nextTick: micros(noon + (round + 1) * 30e6),
      } as const;
      if (typeof poll === "object") {
        observer.attempted("ShowOpLog", "200", 0.0625);
        store.apply({ type: "answered", ...polled, log: decode(id, poll) });
      } else if (poll === "not_found") {
        observer.attempted("ShowOpLog", "404", 0.03125);
        observer.failed("ShowOpLog", "not_found");
        store.apply({ type: "not_found", ...polled, message: "no such task" });
      } else {
        observer.attempted("ShowOpLog", poll === "throttled" ? "429" : "none", 8);
        observer.failed("ShowOpLog", poll);
        const retryAt = later(at, micros(300e6));
        const failure = { reason: poll, message: "never a label" };
        store.apply({ type: "failed", ...polled, failure, ...(poll === "throttled" && { retryAt }) });
      }
    }
  }
  observer.invalidField("ended_at");
  observer.invalidField("extra_info.common.progress");
  store.setSources(sources({ nightly: members(eventfulDay) }));
  metrics.configApplied(noon);

  const text = textOf(await exposition.body("text", "identity"));
  expect(text).not.toMatch(/removed|never a label|Something broke|NaN/);
  await expect(ownFamilies(text)).toMatchFileSnapshot(`${fixtures}eventful-day.prom`);
});

test("every family is there from the start, and each HELP reads alike in both formats, and is a sentence", async () => {
  const metrics = createMetrics({ build, clock: manualClock(noon) });
  const exposition = metrics.expose({ ...withEstate(createTaskStore()), projects: () => [], collectors: () => [] });
  const text = textOf(await exposition.body("text", "identity"));
  const golden = readFamilies(await readFile(`${fixtures}eventful-day.prom`, "utf8"));
  const own = readFamilies(ownFamilies(text));
  expect([...own.keys()]).toEqual([...golden.keys()]);
  for (const { name, help, type } of own.values()) {
    expect(help).toMatch(/^[A-Za-z1].*\.$|\)\.$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
  }
  for (const { help } of readFamilies(text).values()) expect(help).not.toMatch(/["\\]/);
  expect(text).not.toMatch(/_created[ {]|# UNIT/);
});
