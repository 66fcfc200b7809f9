import { expect, test } from "vitest";
import { collectorFamilies } from "../../../src/metrics/families/collector.ts";
import { projectFamilies } from "../../../src/metrics/families/project.ts";
import { taskFamilies } from "../../../src/metrics/families/task.ts";

const families = [...taskFamilies, ...projectFamilies, ...collectorFamilies];

test.each(families)("$name: its HELP reads alike in both formats, and is a sentence", ({ help }) => {
  expect(help).not.toMatch(/["\\\n]/);
  expect(help).toMatch(/^[A-Za-z1].*\.$|\)\.$/);
});

test("no two families have the same name, and only counters end in _total", () => {
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  for (const { name, type } of families) expect(name.endsWith("_total")).toBe(type === "counter");
});
