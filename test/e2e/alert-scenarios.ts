import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { labelsOf } from "../deploy/alerts/alert-table.ts";
import { type InputSeries, recordHistory } from "../deploy/alerts/history.ts";
import { type Mutant, mutantsOf, withMutants } from "../deploy/alerts/mutants.ts";
import { mutationCase, promtoolFile, scenarioCase } from "../deploy/alerts/promtool-case.ts";
import { metricsOf, readGroups, rulesFile } from "../deploy/alerts/rule-file.ts";
import type { Scenario } from "../deploy/alerts/scenario.ts";
import { tool } from "./tools.ts";

const run = promisify(execFile);
const groups = readGroups();
const wanted = metricsOf(groups);
/** Several live side by side, some of them for days. */
const patienceMs = 600_000;

/** What promtool says. @throws {Error} that says it, when it finds something wrong */
export async function promtool(...args: readonly string[]): Promise<string> {
  type Output = { readonly stdout: string; readonly stderr: string };
  const { stdout, stderr } = await run(tool("promtool"), args, { maxBuffer: 64 << 20 }).catch((error: Output) => {
    throw new Error(error.stdout + error.stderr);
  });
  return stdout + stderr;
}

/**
 * Tests that the rules do in each scenario what it states, and that they do not once they are broken.
 *
 * @param names of alerts and records of which the scenarios notice whatever is broken in them
 */
export function testScenarios(scenarios: readonly Scenario[], names: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "cbr-alert-rules-"));
  const histories = new Map<Scenario, Promise<readonly InputSeries[]>>();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function historyOf(scenario: Scenario): Promise<readonly InputSeries[]> {
    const history = histories.get(scenario) ?? recordHistory(scenario, wanted);
    histories.set(scenario, history);
    return history;
  }

  test.concurrent.each(scenarios)(
    "$name",
    async (scenario) => {
      const file = join(mkdtempSync(join(folder, "case-")), "case.json");
      writeFileSync(file, promtoolFile(rulesFile, [scenarioCase(scenario, await historyOf(scenario))], scenario.step));
      expect(await promtool("test", "rules", file)).toContain("SUCCESS");
    },
    patienceMs,
  );

  describe("the scenarios notice every broken rule", () => {
    test.concurrent.each(names)(
      "%s",
      async (name) => {
        const mutants = mutantsOf(name, groups);
        const alerts = new Set(mutants.flatMap((mutant) => [...mutant.alerts.values()]));
        const unnoticed = new Set(mutants);
        // Those that are about the alerts first: they notice most.
        for (const some of [true, false].flatMap((about) =>
          inPortions(scenarios.filter((each) => isAbout(each, alerts) === about)),
        )) {
          // A rule that cannot be evaluated ends its case, so that the others are tried without it.
          for (let failed: readonly string[] = [""]; failed.length > 0 && unnoticed.size > 1; ) {
            const said = await verdict([...unnoticed], some);
            failed = [...said.matchAll(/rule: ([\w:]+_\d+), /g)].map(([, copy = ""]) => copy);
            const wrong = [...said.matchAll(/alertname=\\?"(\w+_\d+)\\?"/g)].map(([, copy = ""]) => copy);
            const noticed = new Set(failed.length > 0 ? failed : wrong);
            for (const mutant of unnoticed) {
              const names = [...mutant.copies.values()].map(({ alert, record }) => alert ?? record ?? "");
              if (names.some((copy) => noticed.has(copy))) unnoticed.delete(mutant);
            }
          }
        }
        expect([...unnoticed].map(({ change }) => change)).toEqual([undefined]);
      },
      patienceMs,
    );
  });

  /** What promtool says of mutants. */
  async function verdict(mutants: readonly Mutant[], some: readonly Scenario[]): Promise<string> {
    const copy = mkdtempSync(join(folder, "broken-"));
    const broken = withMutants(mutants, groups);
    writeFileSync(join(copy, "rules.json"), JSON.stringify({ groups: broken }));
    const looksAt = metricsOf(broken);
    const alerts = mutants.flatMap((mutant) => [...mutant.alerts]);
    const cases = await Promise.all(
      some.map(async (scenario) => {
        const history = await historyOf(scenario);
        const seen = history.filter(({ series }) => looksAt.has(series.replace(/{.*/, "")));
        return mutationCase(scenario, seen, alerts);
      }),
    );
    writeFileSync(join(copy, "cases.json"), promtoolFile("rules.json", cases, some[0]?.step));
    return promtool("test", "rules", join(copy, "cases.json")).catch((error: Error) => error.message);
  }
}

/** The rules about tasks, about inventories, or all others; the number of the watchdog is no threshold. */
export function rulesOn(what: "tasks" | "inventory" | "cloud"): readonly string[] {
  const names = groups
    .filter(({ name }) => (/tasks|inventory/.exec(name)?.[0] ?? "cloud") === what)
    .flatMap(({ rules }) => rules.map(({ alert, record }) => alert ?? record ?? ""));
  return [...new Set(names)].filter((name) => name !== "CBRWatchdog");
}

/**
 * For one file of cases each: of one step, short ones first, and few at a time as long as there is much left to notice.
 */
function inPortions(scenarios: readonly Scenario[]): readonly (readonly Scenario[])[] {
  const length = ({ until, step = 1 }: Scenario): number => until / step;
  const sorted = scenarios.toSorted((a, b) => (a.step ?? 1) - (b.step ?? 1) || length(a) - length(b));
  const portions: Scenario[][] = [];
  for (const scenario of sorted) {
    const last = portions.at(-1);
    const isFull = last === undefined || last.length >= portions.length / 2 || last[0]?.step !== scenario.step;
    if (isFull) portions.push([scenario]);
    else last.push(scenario);
  }
  return portions;
}

function isAbout({ fires = {}, not = [] }: Scenario, alerts: ReadonlySet<string>): boolean {
  return not.some((name) => alerts.has(name)) || Object.keys(fires).some((firing) => alerts.has(labelsOf(firing).name));
}
