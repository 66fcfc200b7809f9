import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { projectRoot } from "../../program.ts";
import { ruleTestFile } from "./rule-test-file.ts";
import { scenarioFiles } from "./scenarios/all.ts";

const folder = `${projectRoot}deploy/prometheus/`;
const rules = readFileSync(`${folder}alerts.yaml`, "utf8");

test.each(Object.entries(scenarioFiles))(
  "deploy/prometheus/tests/%s is what the scenarios make",
  async (file, scenarios) => {
    const text = await ruleTestFile(scenarios, "../alerts.yaml", rules);
    await expect(text).toMatchFileSnapshot(`${folder}tests/${file}`);
  },
  // Hours of an exporter's life in each.
  120_000,
);
