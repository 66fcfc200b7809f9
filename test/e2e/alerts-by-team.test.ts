import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type AlertName, alertTable } from "../deploy/alerts/alert-table.ts";
import { fenced } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { alertmanagerFile, replaced } from "./alertmanager-config.ts";
import { rulesFile } from "./alerts-rules.ts";
import { tool } from "./tools.ts";

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly expr: string }[] }[];
}

const docs = readFileSync(`${projectRoot}docs/alerting.md`, "utf8");
const run = promisify(execFile);
let folder: string;
let rules: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cbr-by-team-"));
  symlinkSync(`${projectRoot}deploy`, join(folder, "deploy"));
  const command = fenced(docs, "sh").find((block) => block.includes("alerts-by-team.awk")) ?? "false";
  execFileSync("sh", ["-ec", command], { cwd: folder });
  rules = readFileSync(join(folder, "alerts-by-team.yaml"), "utf8");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What promtool says of the cases, with these rules. */
async function verdict(changed: string): Promise<string> {
  const copy = mkdtempSync(join(folder, "cases-"));
  writeFileSync(join(copy, "alerts.yaml"), changed);
  copyFileSync(`${projectRoot}test/e2e/alerts-by-team-cases.yaml`, join(copy, "cases.yaml"));
  return promtool("test", "rules", join(copy, "cases.yaml"));
}

async function promtool(...args: readonly string[]): Promise<string> {
  type Output = { readonly stdout: string; readonly stderr: string };
  const { stdout, stderr } = await run(tool("promtool"), args).catch((error: Output) => error);
  return stdout + stderr;
}

test("the command of the docs gives rules that promtool takes, and every alert on a task carries the label", async () => {
  expect(await promtool("check", "rules", "--lint=all", "--lint-fatal", join(folder, "alerts-by-team.yaml"))).toContain(
    "SUCCESS",
  );
  const alerts = (text: string) =>
    (parse(text) as RuleFile).groups.flatMap((group) => group.rules.filter(({ alert }) => alert));
  const isOnTask = (name = "") => (alertTable[name as AlertName].labels as readonly string[]).includes("task_id");
  const onTasks = alerts(readFileSync(rulesFile, "utf8")).filter(({ alert }) => isOnTask(alert));
  const carrying = alerts(rules).filter(({ expr }) => expr.includes("group_left (team)"));
  expect(carrying.map(({ alert }) => alert)).toEqual(onTasks.map(({ alert }) => alert));
  expect(carrying.length).toBeGreaterThan(0);
});

test("the docs show what the command writes", () => {
  const shown = fenced(docs, "yaml").filter((block) => block.includes("cbr_task_config_info"));
  expect(shown).toHaveLength(2);
  for (const block of shown) expect(rules).toContain(block.replace(/^(?=.)/gm, "      "));
});

test("with the label and without, two replicas, a restart and a change of teams: one alert a task", async () => {
  expect(await verdict(rules)).toContain("SUCCESS");
});

test("where no label is configured, the alerts are those of alerts.yaml, in its cases too", async () => {
  const copy = mkdtempSync(join(folder, "all-"));
  writeFileSync(join(copy, "alerts.yaml"), rules);
  copyFileSync(`${projectRoot}deploy/prometheus/alerts.test.yaml`, join(copy, "alerts.test.yaml"));
  expect(await promtool("test", "rules", join(copy, "alerts.test.yaml"))).toContain("SUCCESS");
});

describe("the cases notice rules", () => {
  test.each([
    [
      "without a choice among replicas",
      /topk by \(project, task_id\) \(1, cbr_task_config_info\)/,
      "cbr_task_config_info",
    ],
    ["without a memory", /or on \(project, task_id\)\n +topk .*/, ""],
    ["with a memory of any team", /timestamp\(cbr_task_config_info\)/, "cbr_task_config_info"],
    ["with a short memory", /\[10m:15s\]/, "[5m:15s]"],
    ["that carry the pod too", /\bteam\)/g, "team, pod)"],
    ["that forget the label", /group_left \(team\)/g, "group_left ()"],
  ])("%s", async (_, pattern, by) => {
    expect(await verdict(replaced(rules, pattern, by))).toContain("FAILED");
  });
});

test("the route of the docs takes a team's alerts", () => {
  const [route = "", receiver = ""] = fenced(docs, "yaml").filter((block) => /payments/.test(block));
  const text = readFileSync(alertmanagerFile, "utf8");
  const file = join(folder, "alertmanager.yaml");
  writeFileSync(file, replaced(text, /^ {2}routes:\n/m, `  routes:\n${route.replace(/^(?=.)/gm, "    ")}`) + receiver);
  const routed = (...labels: readonly string[]): string =>
    execFileSync(tool("amtool"), ["config", "routes", "test", `--config.file=${file}`, ...labels], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  expect(routed("severity=critical", "project=prod", "team=payments")).toBe("payments");
  expect(routed("severity=critical", "project=prod", "team=storage")).toBe("pager");
  expect(routed("severity=critical", "project=prod")).toBe("pager");
});
