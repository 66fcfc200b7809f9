import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import { projectRoot } from "../program.ts";
import { collectorConfig, discoverConfig, projectConfig } from "../support/configs.ts";
import { openLiveExporter, startLiveCloud } from "../support/live-exporter.ts";
import { newYear } from "../support/manual-clock.ts";

const hour = 3_600_000;
const day = 24 * hour;
const afternoon = later(newYear, fromMillis(15 * hour));
const page = `${projectRoot}docs/discovery.md`;

/** What a day costs, from one afternoon to the next: nothing runs then. */
async function costOf(servers: number, schedule: string, keepMs: number) {
  const cloud = await startLiveCloud({ tasks: [], fleet: { resources: servers, days: 8 } }, afternoon);
  onTestFinished(() => cloud.simulator.close());
  const exporter = await openLiveExporter({ cloud });
  await exporter.reload({
    projects: [
      projectConfig({ endpoint: cloud.simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 60_000 }),
    ],
    collectors: [
      collectorConfig({ name: "nightly", schedule, discover: discoverConfig({ keepMs, maxTasks: 50_000 }) }),
    ],
  });
  const requests = async (): Promise<number> => {
    const lines = (await exporter.scrape()).split("\n");
    const sent = lines.filter((line) => /^cbr_api_requests_total\{.*operation="(ListOpLogs|ShowOpLog)"/.test(line));
    return sent.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  };
  const first = await requests();
  await exporter.clock.advance(day);
  const series = (await exporter.scrape()).split("\n").filter((line) => /^cbr_(resource_|tasks?_)/.test(line));
  return { first, daily: (await requests()) - first, series: series.length };
}

test("docs/discovery.md says what a day costs, as it is measured (vitest -u writes it)", async () => {
  const rows: string[] = [];
  const aggregates = new Map<number, number>();
  for (const servers of [50, 500]) aggregates.set(servers, (await costOf(servers, "0 * * * *", 0)).series);
  for (const [servers, schedule, every] of [
    [50, "*/5 * * * *", "5 min"],
    [500, "*/5 * * * *", "5 min"],
    [500, "*/15 * * * *", "15 min"],
    [500, "0 * * * *", "hour"],
  ] as const) {
    const usual = await costOf(servers, schedule, day);
    const figures = [servers, every, usual.first, usual.daily, usual.series, aggregates.get(servers)];
    rows.push(`| ${figures.join(" | ")} |\n`);
  }
  const head = `| servers | a run every | first listing | requests a day | series | with \`keep: 0s\` |
| ---: | --- | ---: | ---: | ---: | ---: |
`;
  const [before = "", rest = ""] = readFileSync(page, "utf8").split("<!-- requests -->\n");
  const [, after = ""] = rest.split("<!-- /requests -->\n");
  const table = `<!-- requests -->\n\n${head}${rows.join("")}\n<!-- /requests -->\n`;
  await expect(before + table + after).toMatchFileSnapshot(page);
}, 600_000);
