import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createApiMetrics } from "../../src/metrics/api-metrics.ts";
import { type ReadSample, readSamples } from "./read-exposition.ts";
import { registryTexts } from "./support.ts";

async function samples(registry: Registry, name: string): Promise<readonly ReadSample[]> {
  return readSamples((await registryTexts(registry)).text).filter((sample) => sample.name === name);
}

test("observing a project again, as after a reload, goes on counting", async () => {
  const registry = new Registry();
  const { observe } = createApiMetrics(registry);
  observe("prod").attempted("ShowOpLog", "200", 0.05);
  observe("prod").failed("ShowOpLog", "network");
  observe("prod");
  const failed = await samples(registry, "cbr_api_errors_total");
  expect(failed.filter(({ value }) => value === "1")).toHaveLength(1);
  expect(await samples(registry, "cbr_api_request_duration_seconds_count")).toMatchObject([{ value: "1" }]);
});

test("a project that has left takes all its series along, and begins from 0 where it returns", async () => {
  const registry = new Registry();
  const { observe, forget } = createApiMetrics(registry);
  const all = async () => readSamples((await registryTexts(registry)).text).map(({ labels }) => labels["project"]);
  for (const name of ["prod", "prod-2"]) {
    const observer = observe(name);
    observer.attempted("ShowOpLog", "200", 0.05);
    observer.failed("ShowOpLog", "network");
    observer.invalidField("ended_at");
  }
  const before = await all();
  await forget("prod");
  expect(await all()).toEqual(before.filter((project) => project === "prod-2"));
  observe("prod");
  observe("prod-2");
  expect(await samples(registry, "cbr_api_request_duration_seconds_count")).toMatchObject([
    { labels: { project: "prod-2" }, value: "1" },
    { labels: { project: "prod" }, value: "0" },
  ]);
});
