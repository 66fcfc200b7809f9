import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { ends, runs, task } from "../deploy/alerts/cloud-tasks.ts";
import { type InputSeries, recordHistory } from "../deploy/alerts/history.ts";
import type { Scenario } from "../deploy/alerts/scenario.ts";
import { impatient } from "../deploy/alerts/scenarios/changes.ts";
import { promqlOf } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { objectionsTo } from "./promtool-query.ts";

const readme = promqlOf(readFileSync(`${projectRoot}README.md`, "utf8"));
const runbooks = promqlOf(readFileSync(`${projectRoot}docs/runbooks.md`, "utf8"));
const [failed, byStatus, progress, slowest, notFresh] = readme;
const [age, left, vaults, reasons] = runbooks;

const minutes = 60;
/** Polls come half a minute before scrapes. */
const poll = minutes - 0.5;

/** Two replicas that are well, and one that lost the cloud in minute 5: it still believes what it saw until then. */
const scenario: Scenario = {
  name: "queries of the docs",
  setup: {
    exporters: ["a", "b", "cut-off"],
    remote: ["cut-off"],
    tasks: [
      task(ends("success", -60, 20), "done"),
      task(ends("failed", -30, 30, { errorCode: "BackupService.5015" }), "failed"),
      task(runs(-540, { progress: 10 }), "slow"),
      task(runs(58, { progress: 1 }), "just-begun"),
      task(runs(-10, { progress: 0 }), "no-progress"),
      task(runs(0), "never-well"),
    ],
    config: impatient,
    faults: { "never-well": { kind: "server-error" } },
  },
  happens: { 5: ({ cutOff }) => cutOff("cut-off") },
  until: minutes,
};

let input_series: readonly InputSeries[];
beforeAll(async () => {
  input_series = await recordHistory(scenario, { has: () => true });
});

/** Results by their labels, without `project`. */
type Results = Readonly<Record<string, number>>;

/** What promtool says against these results of a query, at the end; `""` when they are right. */
function objections(query: string | undefined, results: Results): string {
  const samples = Object.entries(results).map(([labels, value]) => [`{project="prod",${labels}}`, value] as const);
  // Rounded: that 0.1 is no binary fraction is not the point.
  return objectionsTo(`round(${query})`, new Map(samples), input_series, minutes);
}

const seconds = (at: number): number => at * 60;

test.each<[string, string | undefined, Results]>([
  [
    "README, failed tasks: each one once",
    failed,
    {
      'task_id="failed",status="failed",operation_type="backup",resource_name="server of failed",vault_name="vault-dr"': 1,
    },
  ],
  [
    "README, tasks by status: each task once, as it really is",
    byStatus,
    {
      'status="success"': 1,
      'status="failed"': 1,
      'status="running"': 3,
      'status="unknown"': 1,
      'status="skipped"': 0,
      'status="timeout"': 0,
      'status="waiting"': 0,
    },
  ],
  [
    "README, progress of what runs: not of what ended while one replica was cut off",
    progress,
    { 'task_id="slow"': 10, 'task_id="just-begun"': 1, 'task_id="no-progress"': 0 },
  ],
  ["README, the slowest: each task once", slowest, { 'task_id="done"': seconds(80), 'task_id="failed"': seconds(60) }],
  [
    "README, not fresh: what is fresh for one replica is fresh",
    notFresh,
    { 'task_id="never-well",reason="server_error"': 1, 'task_id="never-well",reason="network"': 1 },
  ],
  [
    "runbooks, how old the facts are: a task never polled well is there",
    age,
    {
      'task_id="done"': seconds(39.5),
      'task_id="failed"': seconds(29.5),
      'task_id="slow"': seconds(0.5),
      'task_id="just-begun"': seconds(0.5),
      'task_id="no-progress"': seconds(0.5),
      'task_id="never-well"': Number.POSITIVE_INFINITY,
    },
  ],
  [
    "runbooks, the time left: right for a slow task, and from the start",
    left,
    {
      'task_id="slow"': seconds(poll + 540) * 9,
      // It is asked a fifth of a second later.
      'task_id="just-begun"': Math.round((seconds(poll - 58) + 0.2) * 99),
      'task_id="no-progress"': Number.POSITIVE_INFINITY,
    },
  ],
  [
    "runbooks, all tasks of a project: which vault, and which error",
    vaults,
    { 'vault_name="vault-dr",error_code="BackupService.5015"': 1 },
  ],
  [
    "runbooks, all tasks of a project: where the polls fail, by reason",
    reasons,
    { 'reason="server_error"': 1, 'reason="network"': 6 },
  ],
])("%s", (_, query, results) => {
  expect(objections(query, results)).toBe("");
});

test("there is no query beside these", () => {
  expect([readme.length, runbooks.length]).toEqual([5, 4]);
});
