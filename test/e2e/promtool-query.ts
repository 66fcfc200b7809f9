import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputSeries } from "../deploy/alerts/history.ts";
import type { Minute } from "../deploy/alerts/scenario.ts";
import { tool } from "./tools.ts";

/**
 * What promtool says against a query's results.
 *
 * @param results by their labels, such as `{project="prod"}`
 * @returns `""` when they are right
 */
export function objectionsTo(
  query: string,
  results: ReadonlyMap<string, number>,
  input_series: readonly InputSeries[],
  at: Minute,
): string {
  const folder = mkdtempSync(join(tmpdir(), "cbr-query-"));
  const exp_samples = [...results].map(([labels, value]) => ({ labels, value }));
  const promql_expr_test = [{ expr: query, eval_time: `${at}m`, exp_samples }];
  const file = { evaluation_interval: "1m", tests: [{ interval: "1m", input_series, promql_expr_test }] };
  try {
    // JSON has no infinity, YAML has.
    writeFileSync(join(folder, "test.yaml"), JSON.stringify(file).replaceAll('"value":null', '"value":.inf'));
    const { status, stdout, stderr } = spawnSync(tool("promtool"), ["test", "rules", join(folder, "test.yaml")], {
      encoding: "utf8",
    });
    return status === 0 ? "" : stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
