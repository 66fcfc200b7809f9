import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { InputSeries } from "../deploy/alerts/history.ts";
import { promqlOf } from "../docs/snippets.ts";
import { type ReadSample, readSamples } from "../metrics/read-exposition.ts";
import { addressOf, type Program, projectRoot, startProgram } from "../program.ts";
import { objectionsTo } from "./promtool-query.ts";

const queries = promqlOf(readFileSync(`${projectRoot}docs/inventory.md`, "utf8"));
const [missing = "", fullWhen = "", unprotected = ""] = queries;

let demo: Program;
let samples: readonly ReadSample[];

beforeAll(async () => {
  demo = startProgram(["--demo", "--web.listen-address=127.0.0.1:0"]);
  const base = await addressOf(demo);
  samples = await vi.waitFor(
    async () => {
      const shown = readSamples(await (await fetch(`${base}/metrics`)).text());
      // The list that is read last.
      expect(namesIn(shown)).toContain("cbr_unprotected_resources");
      return shown;
    },
    { timeout: 60_000, interval: 500 },
  );
});

afterAll(async () => {
  demo?.process.kill();
  await demo?.exited;
});

const namesIn = (shown: readonly ReadSample[]): readonly string[] => shown.map(({ name }) => name);

/** The one sample of a metric with this label. */
function sample(metric: string, label: string, text: string | undefined): ReadSample {
  const found = samples.filter(({ name, labels }) => name === metric && labels[label] === text);
  expect(found, `${metric} of ${text}`).toHaveLength(1);
  return found[0] as ReadSample;
}

/** What the demo shows, as it was for ten minutes. */
function shown(): readonly InputSeries[] {
  return samples.map(({ name, labels, value }) => {
    const own = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return { series: `${name}{${['instance="a"', ...own].join()}}`, values: `${value}x10` };
  });
}

test("which servers have no restore point from last night: in the demo one", () => {
  const { resource_id: id } = sample("cbr_resource_info", "resource_name", "server-0006").labels;
  const { value } = sample("cbr_resource_restore_point_due_timestamp_seconds", "resource_id", id);
  const results = new Map([[`{project="demo",resource_id="${id}"}`, Number(value)]]);
  expect(objectionsTo(missing, results, shown(), 10)).toBe("");
});

test("what is in no vault: in the demo one", () => {
  const labels = `{project="demo",resource_name="spare-0001",resource_type="OS::Nova::Server"}`;
  expect(objectionsTo(unprotected, new Map([[labels, 1]]), shown(), 10)).toBe("");
});

test("which vault is full by when: in the demo none grows", () => {
  expect(namesIn(samples)).toContain("cbr_vault_used_bytes");
  expect(objectionsTo(fullWhen, new Map(), shown(), 10)).toBe("");
});

test("which vault is full by when: one that grows, once however many replicas, and not one that shrinks or stays", () => {
  const days = 4 * 24 * 60;
  const used = { grows: `1000+1x${days}`, shrinks: `9000-1x${days}`, stays: `9000x${days}` };
  const replicas = ["a", "b"].flatMap((instance) =>
    Object.entries(used).flatMap(([vault, values]) => {
      const labels = `{instance="${instance}",project="prod",vault_id="${vault}"}`;
      return [
        { series: `cbr_vault_used_bytes${labels}`, values },
        { series: `cbr_vault_size_bytes${labels}`, values: `10000x${days}` },
      ];
    }),
  );
  const left = (10_000 - (1000 + days)) * 60;
  const results = new Map([['{project="prod",vault_id="grows"}', left]]);
  expect(objectionsTo(`round(${fullWhen})`, results, replicas, days)).toBe("");
});

test("there is no query beside these", () => {
  expect(queries).toHaveLength(3);
});
