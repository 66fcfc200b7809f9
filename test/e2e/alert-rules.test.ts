import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { type Mutation, mutations } from "../deploy/alerts/mutations.ts";
import { ruleTestFile } from "../deploy/alerts/rule-test-file.ts";
import { lastMinute, type Scenario } from "../deploy/alerts/scenario.ts";
import { scenarioFiles } from "../deploy/alerts/scenarios/all.ts";
import { projectRoot } from "../program.ts";
import { tool } from "./tools.ts";

const folder = `${projectRoot}deploy/prometheus`;
const rules = readFileSync(`${folder}/alerts.yaml`, "utf8");
const run = promisify(execFile);

/** What promtool says. @throws what it says, when it fails */
async function promtool(...args: readonly string[]): Promise<string> {
  type Output = { readonly stdout: string; readonly stderr: string };
  const { stdout, stderr } = await run(tool("promtool"), args, { maxBuffer: 64 << 20 }).catch((error: Output) => {
    throw new Error(error.stdout + error.stderr);
  });
  return stdout + stderr;
}

test("promtool reads the rules, and has nothing to say about them", async () => {
  const said = await promtool("check", "rules", "--lint=all", "--lint-fatal", `${folder}/alerts.yaml`);
  expect(said).toContain("SUCCESS: 19 rules found");
});

test.concurrent.each(Object.keys(scenarioFiles))(
  "promtool passes the cases of deploy/prometheus/tests/%s",
  async (file) => {
    expect(await promtool("test", "rules", `${folder}/tests/${file}`)).toContain("SUCCESS");
  },
);

describe("the cases notice", () => {
  // Its own cases of a few hours are enough to notice that an alert is broken, and quick to run.
  const shows = (alert: string) => (scenario: Scenario) =>
    scenario.name.startsWith(`${alert}:`) && lastMinute(scenario) <= 300;
  const broken = mutations(rules);
  const said = new Map<Mutation, string>();

  beforeAll(async () => {
    const waiting = [...broken];
    const judge = async (): Promise<void> => {
      for (let mutation = waiting.pop(); mutation; mutation = waiting.pop())
        said.set(mutation, await verdict(mutation));
    };
    await Promise.all(Array.from({ length: Math.max(1, availableParallelism() - 1) }, judge));
  }, 600_000);

  async function verdict({ alert, file, rules: changed }: Mutation): Promise<string> {
    const copy = mkdtempSync(join(tmpdir(), "cbr-rules-"));
    const cases = await ruleTestFile((scenarioFiles[file] ?? []).filter(shows(alert)), "alerts.yaml", rules);
    writeFileSync(join(copy, "alerts.yaml"), changed);
    writeFileSync(join(copy, file), cases);
    await promtool("check", "rules", join(copy, "alerts.yaml"));
    return promtool("test", "rules", join(copy, file)).catch((error: Error) => error.message);
  }

  test.each(broken)("$alert with a broken $kind", (mutation) => {
    expect(said.get(mutation)).toContain("FAILED:");
  });
});
