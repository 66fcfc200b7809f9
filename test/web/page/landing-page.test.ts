import { describe, expect, test } from "vitest";
import { type Micros, micros } from "../../../src/base/micros.ts";
import { onlyShard, type Shard } from "../../../src/base/shard.ts";
import { createEstate } from "../../../src/estate/estate.ts";
import type { ResourceRecord } from "../../../src/estate/resources.ts";
import { type OperationLog, type Status, statuses } from "../../../src/tasks/operation-log.ts";
import type { TaskRecord } from "../../../src/tasks/task-record.ts";
import { landingPage } from "../../../src/web/page/landing-page.ts";
import { formatSpan } from "../../../src/web/page/task-row.ts";
import { facts, record } from "../../support/task-records.ts";

const now = micros(Date.UTC(2026, 10, 24, 12) * 1000);
const ago = (seconds: number): Micros => micros(now - seconds * 1e6);

/** A task of which the cloud said this, and what else is known of it. */
function answered(taskId: string, log: Partial<OperationLog>, parts: Partial<TaskRecord> = {}): TaskRecord {
  return record(taskId, { facts: facts({ log: { id: taskId, status: "running", ...log } }), ...parts });
}

const withStatus = (taskId: string, status: Status, parts?: Partial<TaskRecord>) => answered(taskId, { status }, parts);

async function page(
  records: readonly TaskRecord[],
  options: { telemetryPath?: string; version?: string; resources?: readonly ResourceRecord[]; shard?: Shard } = {},
) {
  const store = { records: () => records };
  return String(
    await landingPage({
      store,
      shard: onlyShard,
      resources: [],
      inventory: { estate: createEstate(), lists: [] },
      now,
      version: "1.2.3",
      telemetryPath: "metrics",
      ...options,
    }),
  );
}

const said = { at: now, taskId: "t" };

/** A resource whose backups went so: the last status, and how many seconds ago the last success was. */
function resource(id: string, status: Status, successAgo?: number, part: Partial<ResourceRecord> = {}): ResourceRecord {
  const backup = {
    operationType: "backup",
    last: { ...said, status },
    lastTimed: { ...said, status, duration: micros(61e6) },
    ...(successAgo !== undefined && { lastSuccess: { ...said, status: "success" as const, at: ago(successAgo) } }),
  };
  return { key: `prod/${id}`, project: "prod", resourceId: id, names: {}, operations: [backup], ...part };
}

/** The visible words of each row of a table; default: that of the tasks. */
function rows(text: string, table = 1): readonly string[] {
  const body = text.split("<tbody>")[table]?.split("</tbody>")[0] ?? "";
  return body
    .split("</tr>")
    .slice(0, -1)
    .map((row) =>
      row
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ")
        .trim(),
    );
}

test("an empty store says what to do, and has no table", async () => {
  const text = await page([]);
  expect(text).toContain("<h2>0 tasks</h2>");
  expect(text).toContain("No tasks are configured.");
  expect(text).not.toContain("<table>");
});

test("one of several shards says so, and that it may have none", async () => {
  const text = await page([], { shard: { index: 0, count: 4 } });
  expect(text).toContain("<p>Shard 0 of 4, which has its part of them alone.</p>");
  expect(text).toContain("None of the tasks is this shard's.");
  expect(text).not.toContain("No tasks are configured.");
  expect(await page([])).not.toContain("Shard");
});

test("version and links, relative to the page", async () => {
  const text = await page([record("a")], { telemetryPath: "my/metrics", version: "9.8.7" });
  expect(text).toContain("cbr-exporter <small>9.8.7</small>");
  expect([...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
    "my/metrics",
    "config",
    "-/healthy",
    "-/ready",
  ]);
});

test("one task is not 1 tasks", async () => {
  expect(await page([record("a")])).toContain("<h2>1 task</h2>");
  expect(await page([record("a"), record("b")])).toContain("<h2>2 tasks</h2>");
});

describe("rows", () => {
  test.each<[string, TaskRecord, string]>([
    ["never polled", record("t"), "unknown t prod · weekend not yet"],
    [
      "running, with the time so far",
      answered(
        "t",
        {
          operationType: "backup",
          resourceName: "ECS-0001",
          vaultName: "vault",
          progress: 57,
          startedAt: ago(90),
        },
        { poll: { lastAt: ago(4), lastSuccessAt: ago(4) } },
      ),
      "running t prod · weekend backup ECS-0001 vault 57 % 57 % 1 min 30 s so far 4 s ago",
    ],
    ["running, by a clock that is ahead", answered("t", { startedAt: ago(-10) }), "running t prod · weekend not yet"],
    [
      "finished",
      answered(
        "t",
        {
          status: "success",
          resourceName: "ECS-0001",
          progress: 0,
          startedAt: micros(0),
          endedAt: micros(227_503_925),
        },
        {
          origin: { collector: "c", name: "shown instead", labels: {} },
          poll: { lastAt: ago(7200) },
          finished: true,
        },
      ),
      "success t prod · c shown instead 0 % 0 % 3 min 47 s 2 h 0 min ago finished",
    ],
    [
      "failed, with its code",
      answered("t", { status: "failed", error: { code: "BackupService.6500" } }),
      "failed t prod · weekend BackupService.6500 not yet",
    ],
    [
      "not application-consistent",
      answered("t", { status: "success", appConsistencyError: { code: "6040" } }),
      "success t prod · weekend 6040 not yet",
    ],
    [
      "not fresh",
      record("t", { poll: { lastAt: ago(1), failure: { reason: "timeout", message: "no whole answer within 10 s" } } }),
      "unknown t prod · weekend 1 s ago timeout: no whole answer within 10 s",
    ],
  ])("%s", async (_, task, words) => expect(rows(await page([task]))).toEqual([words]));

  test("a progress bar says its value to machines and readers of screens", async () => {
    expect(await page([answered("t", { progress: 57 })])).toContain(
      '<progress max="100" value="57" aria-label="Progress">',
    );
  });
});

test("every status is counted and has its own class", async () => {
  const text = await page([...statuses.map((status) => withStatus(status, status)), withStatus("again", "failed")]);
  for (const status of statuses) {
    expect(text).toContain(`<li class="${status}">${status === "failed" ? 2 : 1} ${status}</li>`);
    expect(text).toContain(`<span class="status ${status}">${status}</span>`);
  }
});

test("what needs attention stands first, then by project and collector", async () => {
  const text = await page([
    withStatus("done", "success"),
    withStatus("running", "running"),
    withStatus("b-failed", "failed", { project: "b" }),
    withStatus("a-failed-2", "failed", { project: "a", origin: { collector: "2", labels: {} } }),
    withStatus("a-failed-1", "failed", { project: "a", origin: { collector: "1", labels: {} } }),
    record("never-polled"),
    withStatus("made-up-for", "failed", { superseded: true }),
    withStatus("timeout", "timeout", { superseded: false }),
  ]);
  expect([...text.matchAll(/<code>([^<]*)<\/code>/g)].map(([, id]) => id)).toEqual([
    ...["a-failed-1", "a-failed-2", "b-failed", "timeout", "never-polled", "running"],
    ...["made-up-for", "done"],
  ]);
  expect(rows(text)[5]).toBe("running running prod · weekend not yet");
  expect(rows(text)[6]).toBe("failed made up for made-up-for prod · weekend not yet");
});

test("resources stand below: first what failed, then by the age of the last success", async () => {
  const name = { ...said, resourceName: "db", vaultName: "vault-dr", vaultId: "9f8e" };
  const names = { resourceName: name, vaultName: name, vaultId: name };
  const replication = { operationType: "replication", last: { ...said, status: "skipped" as const } };
  const operations = [...resource("b", "success", 300).operations, replication];
  const resources = [
    resource("a", "success", 60),
    resource("b", "success", 300, { names, operations }),
    resource("c", "timeout"),
    resource("d", "failed", 7200, { names: { vaultId: { ...said, vaultId: "9f8e" } } }),
    { ...resource("unfinished", "running"), operations: [] },
  ];
  const text = await page([], { resources });
  expect(text).toContain("<h2>5 resources</h2>");
  expect(rows(text)).toEqual([
    "timeout c backup prod not known 1 min 1 s",
    "failed d backup prod 9f8e 2 h 0 min ago 1 min 1 s",
    "skipped db b replication prod vault-dr not known",
    "success db b backup prod vault-dr 5 min 0 s ago 1 min 1 s",
    "success a backup prod 1 min 0 s ago 1 min 1 s",
  ]);
  expect(await page([], { resources: resources.slice(0, 1) })).toContain("<h2>1 resource</h2>");
  expect(await page([])).not.toContain("resource</h2>");
});

test.each([
  [503, 0, 500, 0],
  [503, 100, 400, 100],
  [503, 600, 250, 250],
  [10, 600, 10, 490],
])(
  "%i tasks and %i resources take %i and %i rows: never more than 500",
  async (tasks, servers, shown, shownServers) => {
    const records = Array.from({ length: tasks }, (_, at) => withStatus(`t${at}`, "success"));
    const resources = Array.from({ length: servers }, (_, at) => resource(`r${at}`, "success", 60));
    const text = await page(records, { resources });
    expect([rows(text).length, rows(text, 2).length]).toEqual([shown, shownServers]);
    for (const left of [tasks - shown, servers - shownServers]) {
      expect(text.includes(`<p>${left} more are in the metrics.</p>`)).toBe(left > 0);
    }
  },
);

test("everything is escaped, wherever it comes from", async () => {
  const evil = `<script>alert(1)</script>"'&`;
  const task = answered(
    evil,
    { status: "failed", operationType: evil, resourceName: evil, vaultName: evil, error: { code: evil } },
    {
      project: evil,
      origin: { collector: evil, labels: {} },
      poll: { lastAt: now, failure: { reason: "network", message: evil } },
    },
  );
  const named = record("named", { origin: { collector: "c", name: evil, labels: {} } });
  const name = { ...said, resourceName: evil, vaultName: evil };
  const names = { resourceName: name, vaultName: name };
  const server = resource(evil, "success", 1, { project: evil, names });
  const text = await page([task, named], { version: evil, telemetryPath: 'x"><script>', resources: [server] });
  expect(text).not.toMatch(/<script/i);
  expect(text).not.toContain(evil);
  const escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;";
  // Version; of the one row id, project, collector, operation, resource, vault, error, message; of the other its name;
  // name, id, project and vault of the resource.
  expect(text.split(escaped)).toHaveLength(1 + 1 + 8 + 1 + 4);
});

test("nothing is loaded from elsewhere, and no script runs", async () => {
  const text = await page([withStatus("a", "running")]);
  expect(text).not.toMatch(/\bsrc=|https?:|url\(|@import|<link|<script|<img|<iframe/i);
  expect(text.startsWith("<!doctype html>")).toBe(true);
  expect(text).toContain('<html lang="en">');
});

test.each([
  [0, "0 s"],
  [0.999999, "0 s"],
  [1, "1 s"],
  [59.9, "59 s"],
  [60, "1 min 0 s"],
  [227.503925, "3 min 47 s"],
  [3599.999, "59 min 59 s"],
  [3600, "1 h 0 min"],
  [7500, "2 h 5 min"],
  [86_399, "23 h 59 min"],
  [86_400, "1 d 0 h"],
  [262_800, "3 d 1 h"],
  [86_400_000, "1000 d 0 h"],
  [-5, "0 s"],
])("formatSpan: %d seconds are %s", (seconds, text) =>
  expect(formatSpan(micros(Math.round(seconds * 1e6)))).toBe(text),
);
