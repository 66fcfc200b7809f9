import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { fenced } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { tool } from "./tools.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cbr-make-alerts-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function promtool(...args: readonly string[]): string {
  return execFileSync(tool("promtool"), args, { encoding: "utf8" });
}

test("promtool reads the rules, has nothing to say about them, and passes the cases beside them", () => {
  const deploy = `${projectRoot}deploy/prometheus`;
  expect(promtool("check", "rules", "--lint=all", "--lint-fatal", `${deploy}/alerts.yaml`)).toContain("SUCCESS");
  expect(promtool("test", "rules", `${deploy}/alerts.test.yaml`)).toContain("SUCCESS");
});

interface Alert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

interface Cases {
  readonly tests: readonly {
    readonly input_series: { readonly series: string; readonly values: string }[];
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: Alert[] }[];
  }[];
}

/** The cases beside the rules, with a second cluster in which all happens at the same time under the same names. */
function inTwoClusters(toldApart: boolean): string {
  const cases = parse(readFileSync(`${projectRoot}deploy/prometheus/alerts.test.yaml`, "utf8")) as Cases;
  for (const { input_series: series, alert_rule_test: moments } of cases.tests) {
    series.push(...series.map((one) => ({ ...one, series: one.series.replace("{", '{cluster="two", ') })));
    for (const firing of new Set(moments.map(({ exp_alerts }) => exp_alerts))) {
      firing.push(...firing.filter(({ exp_labels }) => toldApart && exp_labels["project"]).map(inSecond));
    }
  }
  return JSON.stringify(cases);
}

function inSecond({ exp_labels, exp_annotations }: Alert): Alert {
  const texts = Object.entries(exp_annotations).map(([name, text]) => [
    name,
    text.replace("project prod", "project prod, cluster two"),
  ]);
  return { exp_labels: { ...exp_labels, cluster: "two" }, exp_annotations: Object.fromEntries(texts) };
}

test.each([
  ["with --labels=cluster, two clusters with the same names are told apart", ["--labels=cluster"]],
  ["without it, they are one alert, and no error", []],
])("%s", (_, flags) => {
  const args = ["run", "--silent", "alerts", "--", `--output=${folder}/alerts.yaml`, ...flags];
  execFileSync("npm", args, { cwd: projectRoot });
  writeFileSync(join(folder, "two.yaml"), inTwoClusters(flags.length > 0));
  expect(promtool("test", "rules", join(folder, "two.yaml"))).toContain("SUCCESS");
});

test("the command of the docs makes rules that promtool takes, with what its flags say", () => {
  const command = fenced(readFileSync(`${projectRoot}docs/alerting.md`, "utf8"), "sh").find((block) =>
    block.includes("--labels=cluster"),
  );
  const file = join(folder, "alerts.yaml");
  execFileSync("sh", ["-ec", command?.replace("my-alerts.yaml", file) ?? "false"], { cwd: projectRoot });
  expect(promtool("check", "rules", "--lint=all", "--lint-fatal", file)).toContain("SUCCESS");
  const text = readFileSync(file, "utf8");
  expect(text).toContain("by (cluster, project, task_id)");
  expect(text).toContain(
    'runbook_url: "https://git.example.com/cbr-exporter/blob/main/docs/runbooks.md#cbrtaskfailed"',
  );
  expect(text).toContain(
    'dashboard_url: "https://grafana.example.com/d/cbr-overview?var-project={{ $labels.project }}',
  );
  expect(text).toContain("> 48 * 3600");
});
