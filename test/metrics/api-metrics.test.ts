import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createApiMetrics } from "../../src/metrics/api-metrics.ts";
import { registryText } from "../../src/metrics/registry-text.ts";
import { failureReasons } from "../../src/tasks/failure-reason.ts";
import { type ReadSample, readSamples } from "./read-exposition.ts";

async function samples(registry: Registry, name: string): Promise<readonly ReadSample[]> {
  return readSamples((await registryText(registry)).text).filter((sample) => sample.name === name);
}

test("every reason and the histogram are there at 0 from the start, requests and fields only once counted", async () => {
  const registry = new Registry();
  createApiMetrics(registry).observe("prod");
  expect(await samples(registry, "cbr_api_errors_total")).toEqual(
    failureReasons.map((reason) => ({
      name: "cbr_api_errors_total",
      labels: { project: "prod", operation: "ShowOpLog", reason },
      value: "0",
    })),
  );
  expect(await samples(registry, "cbr_api_request_duration_seconds_count")).toMatchObject([{ value: "0" }]);
  expect(await samples(registry, "cbr_api_requests_total")).toEqual([]);
  expect(await samples(registry, "cbr_api_invalid_fields_total")).toEqual([]);
});

test("attempts, failures and fields are counted by project", async () => {
  const registry = new Registry();
  const { observe } = createApiMetrics(registry);
  const [prod, other] = [observe("prod"), observe("other")];
  prod.attempted("ShowOpLog", "200", 0.05);
  prod.attempted("ShowOpLog", "200", 20);
  prod.attempted("ShowOpLog", "none", 60);
  prod.failed("ShowOpLog", "timeout");
  other.invalidField("ended_at");
  expect(await samples(registry, "cbr_api_requests_total")).toMatchObject([
    { labels: { project: "prod", operation: "ShowOpLog", code: "200" }, value: "2" },
    { labels: { project: "prod", operation: "ShowOpLog", code: "none" }, value: "1" },
  ]);
  const failed = await samples(registry, "cbr_api_errors_total");
  expect(failed.filter(({ value }) => value !== "0")).toMatchObject([
    { labels: { project: "prod", reason: "timeout" } },
  ]);
  const bounds = (await samples(registry, "cbr_api_request_duration_seconds_bucket")).filter(
    ({ labels }) => labels["project"] === "prod",
  );
  expect(bounds.map(({ labels, value }) => [labels["le"], value])).toEqual([
    ...["0.01", "0.025"].map((le) => [le, "0"]),
    ...["0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0"].map((le) => [le, "1"]),
    ["30.0", "2"],
    ["+Inf", "3"],
  ]);
  expect(await samples(registry, "cbr_api_invalid_fields_total")).toMatchObject([
    { labels: { project: "other", field: "ended_at" }, value: "1" },
  ]);
});

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
  const all = async () => readSamples((await registryText(registry)).text).map(({ labels }) => labels["project"]);
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
