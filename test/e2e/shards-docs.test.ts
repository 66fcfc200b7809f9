import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { ends, runs, task } from "../deploy/alerts/cloud-tasks.ts";
import { type InputSeries, recordHistory } from "../deploy/alerts/history.ts";
import { collector } from "../deploy/alerts/scenarios/changes.ts";
import { drawingPanels, readDashboard, targetsOf } from "../deploy/grafana/dashboard-json.ts";
import { promqlOf } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { discoverConfig } from "../support/configs.ts";
import { interpolate } from "./dashboard/interpolate.ts";
import { objectionsTo } from "./promtool-query.ts";

const [finishes = "", held = "", missing = ""] = promqlOf(readFileSync(`${projectRoot}docs/shards.md`, "utf8"));

/** The query behind a panel, for all that there is. */
function panelQuery(file: string, title: string, refId = "A"): string {
  const panel = drawingPanels(readDashboard(file)).find((each) => each.title === title);
  const [query] = (panel ? targetsOf(panel) : []).filter((target) => target.refId === refId);
  const all = { all: ".*" };
  const text = interpolate(String((query as { expr?: string } | undefined)?.expr), {
    project: all,
    operation_type: all,
    collector: all,
  });
  // Promtool has no future to look into.
  return text.replaceAll(" offset -12h", "");
}

const tasks = [
  ...["a", "b", "c", "d", "e"].map((id) => task(ends("success", -1, 20), id)),
  ...["f", "g"].map((id) => task(ends("failed", -1, 20), id)),
  ...["h", "i", "j"].map((id) => task(runs(-1), id)),
];

const minutes = 60;

/** Of two shards, called by their index; the replica `0b` starts anew once all has happened. */
async function seriesOf(exporters: readonly string[]): Promise<readonly InputSeries[]> {
  const series = await recordHistory(
    {
      name: "queries about shards",
      setup: {
        exporters,
        shards: (instance) => ({ index: Number.parseInt(instance, 10), count: 2 }),
        tasks,
        config: collector({ tasks: [], discover: discoverConfig() }),
      },
      happens: exporters.includes("0b") ? { 30: ({ start }) => start("0b") } : {},
      until: minutes,
    },
    { has: () => true },
  );
  return series.filter(({ series: text }) => !/^(?:nodejs|process)_/.test(text));
}

const by = (labels: (status: string) => string, counts: Readonly<Record<string, number>>) =>
  new Map(Object.entries(counts).map(([status, count]) => [labels(status), count]));
const statuses = { success: 5, failed: 2, running: 3, skipped: 0, timeout: 0, waiting: 0, unknown: 0 };
const finished = { success: 5, failed: 2, skipped: 0, timeout: 0 };
const ofStatus = (status: string) => `{status="${status}"}`;
const ofCollector = new Map([['{project="prod",collector="nightly"}', 10]]);

describe.each([
  ["an exporter each", ["0", "1"]],
  ["two exporters each", ["0", "0b", "1", "1b"]],
])("of two shards with %s", (_, exporters) => {
  let series: readonly InputSeries[];
  beforeAll(async () => {
    series = await seriesOf(exporters);
  });
  const objections = (query: string, results: ReadonlyMap<string, number>) =>
    objectionsTo(`round(${query})`, results, series, minutes);

  test("every task is held once", () => {
    expect(
      objections(
        held,
        by((status) => `{project="prod",status="${status}"}`, statuses),
      ),
    ).toBe("");
    expect(objections(panelQuery("cbr-protection.json", "Tasks now by status"), by(ofStatus, statuses))).toBe("");
  });

  test("every finish is counted once", () => {
    const query = panelQuery("cbr-protection.json", "Finishes a day by status");
    expect(objections(query, by(ofStatus, finished))).toBe("");
    // Also of nights before exporters told their shards.
    const before = series.filter(
      ({ series: text }) => /instance="1"/.test(text) && !text.startsWith("cbr_exporter_shards"),
    );
    expect(objectionsTo(`sum(round(${query})) > bool 0`, new Map([["{}", 1]]), before, minutes)).toBe("");
  });

  test("the dashboards' tables of collectors have all tasks", () => {
    expect(objections(panelQuery("cbr-overview.json", "Collectors"), ofCollector)).toBe("");
    expect(objections(panelQuery("cbr-protection.json", "Collectors that find tasks"), ofCollector)).toBe("");
  });

  test("none is missing; the number of those that are there tells when one is", () => {
    expect(objections(missing, new Map())).toBe("");
    const lost = series.filter(({ series: text }) => !/instance="1b?"/.test(text));
    expect(objectionsTo(missing, new Map([['{job="cbr"}', 1]]), lost, minutes)).toBe("");
  });
});

test("where each shard has one exporter, finishes are a sum", async () => {
  const series = await seriesOf(["0", "1"]);
  const backups = finishes.replace("cbr_tasks_finished_total", 'cbr_tasks_finished_total{operation_type="backup"}');
  const expected = by((status) => `{project="prod",operation_type="backup",status="${status}"}`, finished);
  expect(objectionsTo(`round(${backups})`, expected, series, minutes)).toBe("");
});
