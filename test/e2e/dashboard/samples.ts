import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Prometheus, startPrometheus } from "../prometheus.ts";
import { tool } from "../tools.ts";

/**
 * @param days samples in OpenMetrics, of a day each: promtool reads a text once for every two hours of it
 * @returns a Prometheus that has these
 */
export async function startPrometheusWith(days: readonly string[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "cbr-samples-"));
  mkdirSync(join(folder, "data"));
  for (const day of days) {
    const file = join(folder, "day.txt");
    writeFileSync(file, `${day}# EOF\n`);
    const args = ["tsdb", "create-blocks-from", "openmetrics", file, join(folder, "data")];
    const { status, stdout, stderr } = spawnSync(tool("promtool"), args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`promtool: ${stdout}${stderr}`);
  }
  const prometheus = await startPrometheus({ targets: [], folder });
  return {
    ...prometheus,
    async stop() {
      await prometheus.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
