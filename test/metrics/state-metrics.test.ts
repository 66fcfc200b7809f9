import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import type { CollectorState } from "../../src/collect/collector.ts";
import type { ProjectSummary } from "../../src/collect/project-health.ts";
import { registryText } from "../../src/metrics/registry-text.ts";
import { registerStateMetrics } from "../../src/metrics/state-metrics.ts";
import { noon } from "./support.ts";

/** The samples without HELP and TYPE. */
async function lines(registry: Registry): Promise<readonly string[]> {
  return (await registryText(registry)).text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

const runs = { success: 0, partial: 0, failed: 0, skipped: 0 };

test("states of the moment: what is not known is absent, every result is there at 0", async () => {
  const registry = new Registry();
  const unknown = { up: undefined, lastRequestAt: undefined, skewMs: undefined, method: "token", expiresAt: undefined };
  let projects: readonly ProjectSummary[] = [{ ...unknown, project: "p" }];
  let collectors: readonly CollectorState[] = [
    { project: "p", collector: "c", runs, nextRunAt: noon, interval: micros(30e6) },
  ];
  registerStateMetrics(registry, { projects: () => projects, collectors: () => collectors });
  const labels = 'project="p",collector="c"';
  expect(await lines(registry)).toEqual([
    `cbr_collector_runs_total{${labels},result="success"} 0`,
    `cbr_collector_runs_total{${labels},result="partial"} 0`,
    `cbr_collector_runs_total{${labels},result="failed"} 0`,
    `cbr_collector_runs_total{${labels},result="skipped"} 0`,
    `cbr_collector_next_run_timestamp_seconds{${labels}} 1795521600`,
    `cbr_collector_interval_seconds{${labels}} 30`,
  ]);

  projects = [
    { ...unknown, project: "p", up: false, lastRequestAt: micros(noon + 1), skewMs: -2_500 },
    { ...unknown, project: "q", up: true, lastRequestAt: noon, method: "token_file", expiresAt: noon },
  ];
  collectors = [
    {
      project: "p",
      collector: "c",
      runs: { ...runs, success: 2, skipped: 1 },
      lastRunAt: micros(noon + 2_500_000),
      lastSuccessAt: noon,
      lastRunSeconds: 1.5,
      nextRunAt: micros(noon + 30e6),
      interval: micros(86_400e6),
      tasks: 7,
      taskFilesOk: true,
    },
  ];
  expect(await lines(registry)).toEqual([
    'cbr_up{project="p"} 0',
    'cbr_up{project="q"} 1',
    'cbr_api_last_request_timestamp_seconds{project="p"} 1795521600.000001',
    'cbr_api_last_request_timestamp_seconds{project="q"} 1795521600',
    'cbr_api_clock_skew_seconds{project="p"} -2.5',
    'cbr_auth_token_expiry_timestamp_seconds{project="q",method="token_file"} 1795521600',
    `cbr_collector_runs_total{${labels},result="success"} 2`,
    `cbr_collector_runs_total{${labels},result="partial"} 0`,
    `cbr_collector_runs_total{${labels},result="failed"} 0`,
    `cbr_collector_runs_total{${labels},result="skipped"} 1`,
    `cbr_collector_last_run_timestamp_seconds{${labels}} 1795521602.5`,
    `cbr_collector_last_success_timestamp_seconds{${labels}} 1795521600`,
    `cbr_collector_next_run_timestamp_seconds{${labels}} 1795521630`,
    `cbr_collector_interval_seconds{${labels}} 86400`,
    `cbr_collector_last_run_duration_seconds{${labels}} 1.5`,
    `cbr_collector_tasks{${labels}} 7`,
    `cbr_collector_task_files_last_read_successful{${labels}} 1`,
  ]);

  projects = [];
  collectors = [];
  expect(await lines(registry)).toEqual([]);
});
