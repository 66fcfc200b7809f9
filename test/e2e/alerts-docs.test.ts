import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { fenced } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { rulesFile } from "./alerts-rules.ts";
import { tool } from "./tools.ts";

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: { readonly runbook_url: string };
}

const docs = readFileSync(`${projectRoot}docs/alerting.md`, "utf8");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cbr-alerting-docs-"));
  symlinkSync(`${projectRoot}deploy`, join(folder, "deploy"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the block of the docs that contains the text, where `deploy` is. @returns what it prints */
function run(text: string): string {
  const block = fenced(docs, "sh").find((each) => each.includes(text)) ?? "false";
  return execFileSync("sh", ["-ec", block], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function alertsOf(file: string): readonly Rule[] {
  const { groups } = parse(readFileSync(file, "utf8")) as { groups: readonly { readonly rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert));
}

test("the table has every alert, with its severity, the worst where it has two", () => {
  const table = [...docs.matchAll(/^\| `(CBR\w+)` \| (\w+) \|/gm)].map(([, alert, severity]) => [alert, severity]);
  const severities = new Map([...alertsOf(rulesFile)].reverse().map(({ alert, labels }) => [alert, labels?.severity]));
  expect(table.sort()).toEqual([...severities].sort());
});

test("promtool and amtool take the files that the docs have checked; the route is the one they name", () => {
  for (const name of ["promtool", "amtool"] as const) tool(name);
  const said = run("amtool check-config");
  expect(said.match(/SUCCESS/g)).toHaveLength(3);
  expect(said.trim().split("\n").at(-1)).toBe("dr-site-pager");
});

test.each(["docs", "compose"])("promtool takes Prometheus's configuration of %s", (which) => {
  const text =
    which === "docs"
      ? (fenced(docs, "yaml").find((block) => block.includes("rule_files")) ?? "")
      : readFileSync(`${projectRoot}deploy/compose/prometheus.yml`, "utf8");
  expect(text).toMatch(/alerts\.yaml$/m);
  writeFileSync(join(folder, "prometheus.yml"), text.replace(/^( +- ).*alerts\.yaml$/m, `$1${rulesFile}`));
  const said = execFileSync(tool("promtool"), ["check", "config", join(folder, "prometheus.yml")], {
    encoding: "utf8",
  });
  expect(said).toMatch(/SUCCESS: 1 rule files found/);
  expect(said).toMatch(/SUCCESS: \d+ rules found/);
});

test("every runbook_url leads to a heading", () => {
  const headings = [...readFileSync(`${projectRoot}docs/runbooks.md`, "utf8").matchAll(/^## (\w+)$/gm)];
  const anchors = headings.map(([, heading = ""]) => `docs/runbooks.md#${heading.toLowerCase()}`);
  for (const { annotations } of alertsOf(rulesFile)) expect(anchors).toContain(annotations?.runbook_url);
});

test("every scrape configuration that is shown keeps the exporter's labels", () => {
  const readme = readFileSync(`${projectRoot}README.md`, "utf8");
  const shown = [docs, readme].flatMap((text) => text.match(/job_name: .*\n.*/g) ?? []);
  expect(shown.length).toBeGreaterThan(1);
  for (const block of shown) expect(block).toContain("honor_labels: true");
});
