import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { isReservedLabel } from "../../src/config/reserved-labels.ts";
import { createApiMetrics } from "../../src/metrics/api-metrics.ts";
import { registerExporterMetrics } from "../../src/metrics/exporter-metrics.ts";
import { registerStateMetrics } from "../../src/metrics/state-metrics.ts";
import { taskFamilies } from "../../src/metrics/task-families.ts";
import { manualClock } from "../support/manual-clock.ts";
import { build } from "./support.ts";

function labelNames(): ReadonlySet<string> {
  const registry = new Registry();
  createApiMetrics(registry);
  registerStateMetrics(registry, { projects: () => [], collectors: () => [] });
  registerExporterMetrics(registry, build, manualClock());
  const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith("cbr_"));
  const ofRegistry = own.flatMap((metric) => (metric as unknown as { labelNames: readonly string[] }).labelNames);
  const ofTasks = taskFamilies.flatMap((family) => family.labelNames).filter((name) => name !== "extra labels");
  return new Set(["project", "task_id", ...ofTasks, ...ofRegistry]);
}

test("there are labels of every kind of family", () => {
  expect([...labelNames()]).toEqual(
    expect.arrayContaining([
      "resource_name",
      "error_code",
      "operation",
      "code",
      "field",
      "collector",
      "result",
      "revision",
    ]),
  );
});

test.each([...labelNames()])("%s may not be the name of an extra label", (name) => {
  expect(isReservedLabel(name)).toBe(true);
});

test.each(["team", "zone", "Project", "taskid"])("%s may", (name) => expect(isReservedLabel(name)).toBe(false));
