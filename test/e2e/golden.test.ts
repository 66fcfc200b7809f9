import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { contentTypes } from "../../src/web/negotiate.ts";
import { projectRoot } from "../program.ts";
import { result, scrapeWarnings, startPrometheus } from "./prometheus.ts";
import { promtoolCheck } from "./tools.ts";

function fixture(name: string): string {
  return readFileSync(`${projectRoot}test/fixtures/${name}`, "utf8");
}

test.each(["vendor-example.prom", "eventful-day.prom"])("promtool accepts the golden scrape %s", (name) => {
  expect(promtoolCheck(fixture(name))).toBe("");
});

test.each([
  ["text", "vendor-example.prom"],
  ["openmetrics", "vendor-example.openmetrics"],
] as const)("a real Prometheus takes the vendor's example as %s", async (format, name) => {
  const server = createServer((_, response) => {
    response.setHeader("content-type", contentTypes[format]).end(fixture(name));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const prometheus = await startPrometheus(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    expect(await result(prometheus, "cbr_task_duration_seconds == 227.503925")).toHaveLength(1);
    expect(await result(prometheus, 'cbr_task_status{status="success"} == 1')).toHaveLength(1);
    expect(await result(prometheus, 'up{job="cbr"} == 1')).toHaveLength(1);
    expect(scrapeWarnings(prometheus)).toEqual([]);
  } finally {
    await prometheus.stop();
    server.closeAllConnections();
    server.close();
  }
});
