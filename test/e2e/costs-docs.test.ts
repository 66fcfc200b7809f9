import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { fromMillis, later } from "../../src/base/micros.ts";
import type { CollectorConfig } from "../../src/config/config.ts";
import { projectRoot } from "../program.ts";
import { collectorConfig, discoverConfig, inventoryConfig, projectConfig } from "../support/configs.ts";
import { openLiveExporter, startLiveCloud } from "../support/live-exporter.ts";
import { newYear } from "../support/manual-clock.ts";

const hour = 3_600_000;
const day = 24 * hour;
const afternoon = later(newYear, fromMillis(15 * hour));

/** What a day of a collector costs, from one afternoon to the next: nothing runs then. */
async function costOf(servers: number, schedule: string, does: Partial<CollectorConfig>) {
  const fleet = { resources: servers, perVault: 25, days: 8 };
  const cloud = await startLiveCloud({ tasks: [], fleet }, afternoon);
  onTestFinished(() => cloud.simulator.close());
  const exporter = await openLiveExporter({ cloud });
  await exporter.reload({
    projects: [
      projectConfig({ endpoint: cloud.simulator.url, rateLimit: Number.POSITIVE_INFINITY, timeoutMs: 60_000 }),
    ],
    collectors: [collectorConfig({ name: "nightly", schedule, ...does })],
  });
  /** Those for what is in no vault are told by themselves. */
  const requests = async () => {
    const lines = (await exporter.scrape()).split("\n").filter((line) => line.startsWith("cbr_api_requests_total{"));
    const sum = (of: (line: string) => boolean) =>
      lines.filter(of).reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
    const isOutside = (line: string): boolean => line.includes("ListProtectable");
    return { usual: sum((line) => !isOutside(line)), outside: sum(isOutside) };
  };
  const first = await requests();
  await exporter.clock.advance(day);
  const lines = (await exporter.scrape()).split("\n");
  const series = lines.filter((line) => /^cbr_(resource_(?!unprotected)|tasks?_|vault_|policy_)/.test(line));
  const { usual, outside } = await requests();
  return { first: first.usual, daily: usual - first.usual, outside: outside - first.outside, series: series.length };
}

/** Puts a table between two marks of a page. */
function withTable(page: string, head: string, rows: readonly (readonly (string | number)[])[]): string {
  const [before = "", rest = ""] = readFileSync(page, "utf8").split("<!-- requests -->\n");
  const [, after = ""] = rest.split("<!-- /requests -->\n");
  const lines = rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
  return `${before}<!-- requests -->\n\n${head}${lines}\n<!-- /requests -->\n${after}`;
}

test("docs/discovery.md says what a day costs, as it is measured (vitest -u writes it)", async () => {
  const rows: (string | number)[][] = [];
  const finds = (keepMs: number) => ({ discover: discoverConfig({ keepMs, maxTasks: 50_000 }) });
  const aggregates = new Map<number, number>();
  for (const servers of [50, 500]) aggregates.set(servers, (await costOf(servers, "0 * * * *", finds(0))).series);
  for (const [servers, schedule, every] of [
    [50, "*/5 * * * *", "5 min"],
    [500, "*/5 * * * *", "5 min"],
    [500, "*/15 * * * *", "15 min"],
    [500, "0 * * * *", "hour"],
  ] as const) {
    const { first, daily, series } = await costOf(servers, schedule, finds(day));
    rows.push([servers, every, first, daily, series, aggregates.get(servers) ?? 0]);
  }
  const head = `| servers | a run every | first listing | requests a day | series | with \`keep: 0s\` |
| ---: | --- | ---: | ---: | ---: | ---: |
`;
  const page = `${projectRoot}docs/discovery.md`;
  await expect(withTable(page, head, rows)).toMatchFileSnapshot(page);
}, 600_000);

test("docs/inventory.md says what a day costs, as it is measured (vitest -u writes it)", async () => {
  const rows: (string | number)[][] = [];
  for (const [servers, schedule, every] of [
    [50, "*/15 * * * *", "15 min"],
    [500, "*/15 * * * *", "15 min"],
    [500, "0 * * * *", "hour"],
  ] as const) {
    const inventory = inventoryConfig({ unprotected: ["server"] });
    const { first, daily, outside, series } = await costOf(servers, schedule, { inventory });
    rows.push([servers, servers / 25, every, first, daily, series, outside]);
  }
  const head = `| servers | vaults | a run every | first run | requests a day | series | more with \`unprotected: [server]\` |
| ---: | ---: | --- | ---: | ---: | ---: | ---: |
`;
  const page = `${projectRoot}docs/inventory.md`;
  await expect(withTable(page, head, rows)).toMatchFileSnapshot(page);
}, 600_000);
