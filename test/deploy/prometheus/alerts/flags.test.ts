import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { alertsYaml } from "../../../../deploy/prometheus/alerts/alerts-yaml.ts";
import { settingsOf, usage } from "../../../../deploy/prometheus/alerts/flags.ts";
import { defaultSettings, defaultThresholds } from "../../../../deploy/prometheus/alerts/settings.ts";

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function rulesWith(...args: readonly string[]): readonly Rule[] {
  const { groups } = parse(alertsYaml(settingsOf(args).settings)) as { groups: readonly { rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

const plain = rulesWith();

test("without flags, alerts are the default ones, and go into the repository's file", () => {
  expect(settingsOf([])).toEqual({ help: false, output: "deploy/prometheus/alerts.yaml", settings: defaultSettings });
});

test("--output names another file", () => {
  expect(settingsOf(["--output=mine.yaml"]).output).toBe("mine.yaml");
});

describe("--labels", () => {
  const rules = rulesWith("--labels=cluster,region");

  test("stand wherever alerts aggregate or match, and whoever reads a text sees them", () => {
    for (const [index, { expr, alert, annotations }] of rules.entries()) {
      expect(expr.replaceAll("cluster, region, ", "")).toBe(plain[index]?.expr);
      for (const [, names = ""] of expr.matchAll(/\b(?:by|on) \(([^)]+)\)/g)) expect(names).toMatch(/^cluster, region/);
      const texts = Object.values(annotations ?? {}).join("\n");
      for (const [query] of texts.matchAll(/`[^`]*=%q[^`]*`/g)) expect(query, alert).toContain("cluster=%q,region=%q,");
    }
  });

  test.each([
    ["a-b", "a-b: not a name of a label"],
    ["cluster,", ": not a name of a label"],
    ["project", "project: alerts have a label of that name"],
  ])("%s is refused", (labels, message) => {
    expect(() => settingsOf([`--labels=${labels}`])).toThrow(`--labels: ${message}`);
  });
});

test("--runbook-url stands before each section, and changes nothing else", () => {
  const base = "https://git.example.com/docs/runbooks.md";
  expect(rulesWith(`--runbook-url=${base}`)).toEqual(
    plain.map(({ annotations, ...rule }) => ({
      ...rule,
      ...(annotations && { annotations: { ...annotations, runbook_url: `${base}#${rule.alert?.toLowerCase()}` } }),
    })),
  );
});

test("--dashboard-url gives each alert a link, to its project and task where it has them", () => {
  const links = new Map(
    rulesWith("--dashboard-url=https://grafana.example.com/d/cbr-overview").flatMap(({ alert, annotations }) =>
      alert ? [[alert, annotations?.["dashboard_url"]]] : [],
    ),
  );
  const chosen = "https://grafana.example.com/d/cbr-overview?var-project={{ $labels.project }}";
  expect(links.get("CBRTaskFailed")).toBe(`${chosen}&var-task={{ $labels.task_id }}`);
  expect(links.get("CBRCollectorBehind")).toBe(`${chosen}&var-collector={{ $labels.collector }}`);
  expect(links.get("CBRApiDown")).toBe(chosen);
  expect(links.get("CBRExporterDown")).toBe("https://grafana.example.com/d/cbr-overview");
  expect(plain.every(({ annotations = {} }) => !("dashboard_url" in annotations))).toBe(true);
});

test.each(["--runbook-url", "--dashboard-url"])("%s takes an address alone", (flag) => {
  expect(() => settingsOf([`${flag}=a b`])).toThrow(`${flag}: a b: not an address`);
});

describe("--threshold", () => {
  test.each([
    ["ended=48h", "48 * 3600", ["cbr:task_end_age_seconds", "cbr:resource_failed_age_seconds"]],
    ["CBRTaskStatusUnknown=90m", "90 * 60", ["CBRTaskStatusUnknown"]],
    ["CBRTaskStalled=2h", "2 * 3600", ["CBRTaskStalled"]],
    ["CBRTaskRunningTooLong=2d", "48 * 3600", ["CBRTaskRunningTooLong"]],
    ["CBRTaskWaitingTooLong=1h30m", "90 * 60", ["CBRTaskWaitingTooLong"]],
    ["CBRTaskPollStale=20m", "20 * 60", ["CBRTaskPollStale"]],
    ["CBRApiDown=20m", "cbr:up:by_shard[20m]", ["cbr:up:recently"]],
    ["CBRApiErrors=0.9", "> 0.9", ["CBRApiErrors"]],
    ["CBRCredentialsExpiring=1d", "24 * 3600", ["CBRCredentialsExpiring"]],
    ["CBRClockSkew=90s", "90", ["CBRClockSkew"]],
    ["CBRCollectorBehind=1h", "1 * 3600", ["CBRCollectorBehind"]],
    ["CBRInventoryStale=1h", "1 * 3600", ["cbr:inventory_fresh", "CBRInventoryStale"]],
    ["CBRVaultFillingUp=14d", "336 * 3600", ["CBRVaultFillingUp"]],
    ["CBRVaultUnavailable=1h", "[1h]", ["CBRVaultUnavailable"]],
    ["CBRPolicyDisabled=12h", "offset 12h", ["CBRPolicyDisabled"]],
    ["CBRExporterRestarting=5", "> 5", ["CBRExporterRestarting"]],
  ])("%s changes the expressions that show %s, of %j", (threshold, shows, names) => {
    const changed = rulesWith(`--threshold.${threshold}`).filter(({ expr }, index) => expr !== plain[index]?.expr);
    expect(changed.map(({ alert, record }) => alert ?? record)).toEqual(names);
    for (const { expr } of changed) expect(expr).toContain(shows);
  });

  test.each([
    ["CBRApiThrottled", "2h"],
    // What was well is remembered for 9 minutes of them.
    ["CBRReplicaCutOff", "111m"],
    ["CBRCollectorEmpty", "2h"],
    ["CBRTaskFilesBroken", "2h"],
  ])("%s changes how long that alert waits", (name, waits) => {
    const changed = rulesWith(`--threshold.${name}=2h`).filter((rule, index) => rule.for !== plain[index]?.for);
    expect(changed).toMatchObject([{ alert: name, for: waits }]);
  });

  test("all of them are told by --help, with their defaults", () => {
    for (const [name, value] of Object.entries(defaultThresholds)) {
      expect(usage).toMatch(new RegExp(`^ +${name} +${value}$`, "m"));
    }
  });

  test.each([
    ["CBRTaskStalled=soon", "soon: not a duration such as 90m or 1h30m"],
    ["CBRTaskStalled=500ms", "500ms: not a duration such as 90m or 1h30m"],
    ["CBRApiErrors=half", "half: not a number"],
  ])("%s is refused", (threshold, message) => {
    expect(() => settingsOf([`--threshold.${threshold}`])).toThrow(
      `--threshold.${threshold.split("=")[0]}: ${message}`,
    );
  });

  test("one that is not there is refused", () => {
    expect(() => settingsOf(["--threshold.CBRNothing=1h"])).toThrow(
      /--threshold\.CBRNothing.*; --help lists the options$/,
    );
  });
});
