import { expect, test } from "vitest";
import { micros } from "../../../src/base/micros.ts";
import type { CollectorState } from "../../../src/collect/collector.ts";
import { collectorFamilies, collectorLabels } from "../../../src/metrics/families/collector.ts";
import { recordsText } from "../../../src/metrics/family-text.ts";
import { readFamilies } from "../read-exposition.ts";
import { noon, sampleLines } from "../support.ts";

const runs = { success: 0, partial: 0, failed: 0, skipped: 0 };
const fresh: CollectorState = { project: "p", collector: "c", runs, nextRunAt: noon, interval: micros(30e6) };
const labels = 'project="p",collector="c"';
const textOf = (state: CollectorState) => recordsText([state], collectorFamilies, collectorLabels, "text");

test("before its first run: every result is there at 0, what is not known is absent, its family is not", () => {
  const text = textOf(fresh);
  expect(sampleLines(text)).toEqual([
    `cbr_collector_runs_total{${labels},result="success"} 0`,
    `cbr_collector_runs_total{${labels},result="partial"} 0`,
    `cbr_collector_runs_total{${labels},result="failed"} 0`,
    `cbr_collector_runs_total{${labels},result="skipped"} 0`,
    `cbr_collector_next_run_timestamp_seconds{${labels}} 1795521600`,
    `cbr_collector_interval_seconds{${labels}} 30`,
  ]);
  expect([...readFamilies(text).values()].map(({ name, type }) => [name, type])).toEqual([
    ["cbr_collector_runs_total", "counter"],
    ["cbr_collector_last_run_timestamp_seconds", "gauge"],
    ["cbr_collector_last_success_timestamp_seconds", "gauge"],
    ["cbr_collector_next_run_timestamp_seconds", "gauge"],
    ["cbr_collector_interval_seconds", "gauge"],
    ["cbr_collector_last_run_duration_seconds", "gauge"],
    ["cbr_collector_tasks", "gauge"],
    ["cbr_collector_task_files_last_read_successful", "gauge"],
  ]);
});

test("after runs", () => {
  const state: CollectorState = {
    ...fresh,
    runs: { ...runs, success: 2, skipped: 1 },
    lastRunAt: micros(noon + 2_500_000),
    lastSuccessAt: noon,
    lastRunSeconds: 1.5,
    interval: micros(86_400e6),
    tasks: 7,
    taskFilesOk: true,
  };
  expect(sampleLines(textOf(state))).toEqual([
    `cbr_collector_runs_total{${labels},result="success"} 2`,
    `cbr_collector_runs_total{${labels},result="partial"} 0`,
    `cbr_collector_runs_total{${labels},result="failed"} 0`,
    `cbr_collector_runs_total{${labels},result="skipped"} 1`,
    `cbr_collector_last_run_timestamp_seconds{${labels}} 1795521602.5`,
    `cbr_collector_last_success_timestamp_seconds{${labels}} 1795521600`,
    `cbr_collector_next_run_timestamp_seconds{${labels}} 1795521600`,
    `cbr_collector_interval_seconds{${labels}} 86400`,
    `cbr_collector_last_run_duration_seconds{${labels}} 1.5`,
    `cbr_collector_tasks{${labels}} 7`,
    `cbr_collector_task_files_last_read_successful{${labels}} 1`,
  ]);
  expect(textOf({ ...state, taskFilesOk: false })).toContain(
    `cbr_collector_task_files_last_read_successful{${labels}} 0\n`,
  );
});
