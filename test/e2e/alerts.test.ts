import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { demoIds } from "../../src/simulator/tasks/demo-plan.ts";
import { fenced } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { type AlertsLab, openAlertsLab } from "./alerts-lab.ts";
import { quickRules, rulesFile } from "./alerts-rules.ts";
import type { Notification } from "./webhook.ts";

let lab: AlertsLab;

beforeEach(async () => {
  lab = await openAlertsLab();
});

afterEach(async () => {
  await lab?.close();
});

/** Shows a whole notification to who asks for it: `SHOW_NOTIFICATIONS=1 npm run test:e2e`. */
function show({ body }: Notification): void {
  if (process.env["SHOW_NOTIFICATIONS"]) process.stdout.write(`${JSON.stringify(body, undefined, 2)}\n`);
}

/** Waits until that alert was notified. */
async function told(alertname: string, status: "firing" | "resolved"): Promise<void> {
  await expect
    .poll(() => lab.webhook.told(alertname, status), {
      timeout: 60_000,
      interval: 250,
      message: `${alertname} ${status}`,
    })
    .not.toEqual([]);
}

test("who is on call hears of a project that never logged in, of a failed and of a timed-out task, and that these are over", async () => {
  const exporter = await lab.exporter();
  await lab.prometheus({ rules: [quickRules(25)], targets: [exporter.target] });
  for (const status of ["firing", "resolved"] as const) {
    await told("CBRTaskFailed", status);
    await told("CBRTaskTimedOut", status);
  }
  await told("CBRApiDown", "firing");
  await told("CBRWatchdog", "firing");
  lab.webhook.received.forEach(show);

  expect(lab.webhook.told("CBRApiDown", "firing")[0]).toMatchObject({
    labels: { project: "dr", severity: "critical" },
    annotations: {
      summary: "CBR's API does not answer for project dr",
      description: expect.stringMatching(
        /^Requests of project dr have .* Polls fail: since 20\S+ .* UTC unauthorized \(1 task\)\. .* First: run cbr-exporter --config\.check-cloud/,
      ),
      runbook_url: "docs/runbooks.md#cbrapidown",
    },
  });

  for (const status of ["firing", "resolved"] as const) {
    expect(lab.webhook.told("CBRTaskFailed", status)).toMatchObject([
      {
        labels: { project: "prod", task_id: demoIds.failingReplication, severity: "critical" },
        annotations: {
          summary: 'CBR task failed: files "old" \\nas (project prod)',
          description: expect.stringMatching(
            /^Task b1a6c0de-0007-\S+ of project prod, ended 20\S+ .* UTC, error code BackupService\.5015, operation replication, resource files "old" \\nas, vault vault-dr, progress 71%\. First: \S.*\.$/,
          ),
          runbook_url: "docs/runbooks.md#cbrtaskfailed",
        },
      },
    ]);
    expect(lab.webhook.told("CBRTaskTimedOut", status)).toMatchObject([
      {
        labels: { project: "prod", task_id: demoIds.copy, severity: "critical" },
        annotations: {
          summary: "CBR task timed out: copy of the home folders (project prod)",
          description: expect.stringMatching(
            /^Task b1a6c0de-0008-\S+ of project prod, ended 20\S+ .* UTC, operation copy, resource 공유-홈, vault vault-copies, progress 48%\. First: \S.*\.$/,
          ),
          runbook_url: "docs/runbooks.md#cbrtasktimedout",
        },
      },
    ]);
  }
  expect(new Set(lab.webhook.received.map(({ path }) => path))).toEqual(new Set(["/pager/cbr", "/heartbeat/cbr"]));

  const [shown = ""] = fenced(readFileSync(`${projectRoot}docs/alerting.md`, "utf8"), "json");
  const bodies = lab.webhook.received.map(({ body }) => timeless(JSON.stringify(body)));
  expect(bodies).toContainEqual(partly(timeless(shown)));
});

/** A text of JSON without the times in it. */
function timeless(json: string): unknown {
  return JSON.parse(json.replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z| \+0000 UTC)/g, "TIME"));
}

/** Matches what has at least this. */
function partly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(partly);
  if (typeof value !== "object" || value === null) return value;
  return expect.objectContaining(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, partly(each)])));
}

test("Prometheus and the exporter restart: the alert fires on, nobody hears that it is over, and it stays one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cbr-alerts-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const first = await lab.exporter();
  const before = await lab.prometheus({ rules: [rulesFile], targets: [first.target], folder });
  await told("CBRTaskFailed", "firing");

  await first.stop();
  await expect.poll(() => before.query("up == 0"), { timeout: 20_000 }).toHaveLength(1);
  await before.stop();
  const after = await lab.prometheus({ rules: [rulesFile], targets: [first.target], folder });
  const failed = [{ labels: { project: "prod", task_id: demoIds.failingReplication } }];
  await expect.poll(() => after.firing("CBRTaskFailed"), { timeout: 20_000 }).toMatchObject(failed);
  expect(await after.query(`cbr_task_status{task_id="${demoIds.failingReplication}"}`)).toEqual([]);

  const second = await lab.exporter();
  expect(second.target).not.toBe(first.target);
  after.retarget([second.target]);
  const known = `cbr_task_status{instance="${second.target}", status="failed"} == 1`;
  await expect.poll(() => after.query(known), { timeout: 30_000 }).toHaveLength(1);
  const evaluated = await after.evaluations("cbr-tasks");
  await expect.poll(() => after.evaluations("cbr-tasks"), { timeout: 20_000 }).toBeGreaterThan(evaluated + 3);

  expect(await after.firing("CBRTaskFailed")).toMatchObject(failed);
  expect(lab.webhook.told("CBRTaskFailed", "firing")).toHaveLength(1);
  expect(lab.webhook.told("CBRTaskFailed", "resolved")).toEqual([]);
  expect(lab.webhook.told("CBRTaskTimedOut", "resolved")).toEqual([]);
});
