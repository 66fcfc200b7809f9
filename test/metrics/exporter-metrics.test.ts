import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { onlyShard } from "../../src/base/shard.ts";
import { registerExporterMetrics } from "../../src/metrics/exporter-metrics.ts";
import { manualClock } from "../support/manual-clock.ts";
import { build, noon, ownFamilies, registryTexts, sampleLines } from "./support.ts";

test("the build, and when the configuration was loaded, which before is not 1970 but absent", async () => {
  const registry = new Registry();
  const { configApplied, configRejected, clockSetBack } = registerExporterMetrics(registry, build, manualClock(noon), {
    index: 1,
    count: 4,
  });
  const own = async (): Promise<readonly string[]> => sampleLines(ownFamilies((await registryTexts(registry)).text));
  const info = 'cbr_exporter_build_info{version="1.2.3",revision="abc123",node_version="v20.19.0"} 1';
  const shards = 'cbr_exporter_shards{shard="1"} 4';
  const time = "cbr_exporter_time_seconds 1795521600";
  expect(await own()).toEqual([info, shards, time, "cbr_exporter_config_last_reload_successful 0"]);
  configApplied(noon);
  expect(await own()).toEqual([
    info,
    shards,
    time,
    "cbr_exporter_config_last_reload_successful 1",
    "cbr_exporter_config_last_reload_success_timestamp_seconds 1795521600",
  ]);
  // A clock that is set back leaves no time that lies ahead.
  clockSetBack(micros(noon - 3600e6));
  expect((await own()).at(-1)).toBe("cbr_exporter_config_last_reload_success_timestamp_seconds 1795518000");
  clockSetBack(noon);
  expect((await own()).at(-1)).toBe("cbr_exporter_config_last_reload_success_timestamp_seconds 1795518000");
  configRejected();
  clockSetBack(micros(noon - 7200e6));
  expect((await own()).slice(3)).toEqual([
    "cbr_exporter_config_last_reload_successful 0",
    "cbr_exporter_config_last_reload_success_timestamp_seconds 1795514400",
  ]);
});

test("prom-client's defaults of the process are there", async () => {
  const registry = new Registry();
  registerExporterMetrics(registry, build, manualClock(), onlyShard);
  const { text } = await registryTexts(registry);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).toMatch(/^nodejs_version_info\{/m);
});
