import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { metricsDocument } from "../../docs/metrics-table.ts";
import { projectRoot } from "../../program.ts";
import { type AlertName, alertNames, alertTable, labelsOf } from "./alert-table.ts";
import { mutationsOf } from "./mutations.ts";
import { readGroups } from "./rule-file.ts";
import { scenarios } from "./scenarios/all.ts";
import { texts } from "./texts.ts";

const groups = readGroups();
const rules = groups.flatMap((group) => group.rules);
const rulesOf = (name: string) => rules.filter(({ alert }) => alert === name);
const textsOf = ({ expr, annotations = {} }: (typeof rules)[number]) => [expr, ...Object.values(annotations)].join(" ");

test("the alerts are the promised ones", () => {
  expect(new Set(rules.flatMap(({ alert }) => alert ?? []))).toEqual(new Set(alertNames));
});

test("no group and no rule stands twice", () => {
  expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
  expect(new Set(rules.map(({ alert, record, expr }) => `${alert ?? record} ${expr}`)).size).toBe(rules.length);
});

test("every metric exists, or is recorded, and no rule looks at its own past", () => {
  const families = metricsDocument();
  const recorded = rules.flatMap(({ record }) => record ?? []);
  for (const rule of rules) {
    const used = [...textsOf(rule).matchAll(/\bcbr:[\w:]+/g)].map(([name]) => name);
    expect(recorded).toEqual(expect.arrayContaining(used));
    if (rule.record !== undefined) expect(used).not.toContain(rule.record);
    for (const [, name = ""] of textsOf(rule).matchAll(/\b(cbr_[a-z_]+?)(?:_count)?(?=[{[)\s])/g)) {
      expect(families).toContain(`\`${name}\``);
    }
  }
});

test("an expression can be read: five lines at most; it compares with the exporter's clock, not with Prometheus's", () => {
  for (const { expr } of rules) {
    expect(expr.trim().split("\n").length, expr).toBeLessThanOrEqual(5);
    expect(expr).not.toMatch(/\btime\(\)/);
  }
});

test("an annotation asks two things at most", () => {
  for (const text of rules.flatMap(({ annotations = {} }) => Object.values(annotations))) {
    expect(text.match(/\bquery\b/g)?.length ?? 0, text).toBeLessThanOrEqual(2);
  }
});

describe.each(alertNames)("%s", (name) => {
  test("has its severity, and no other label of its own", () => {
    const severities = rulesOf(name).map(({ labels }) => labels);
    expect(severities).toContainEqual({ severity: alertTable[name].severity });
    for (const labels of severities) expect(Object.keys(labels ?? {})).toEqual(["severity"]);
  });

  test("has a summary, a description that says what to do first, and a section of the runbook", () => {
    for (const { annotations } of rulesOf(name)) {
      const { summary, description, runbook_url: url = "", ...more } = annotations ?? {};
      expect(summary).toMatch(/\w/);
      expect(description).toMatch(name === "CBRWatchdog" ? /Nothing is to be done/ : /First: /);
      expect(more).toEqual({});
      const [page = "", section] = url.split("#");
      expect(existsSync(projectRoot + page), page).toBe(true);
      const titles = [...readFileSync(projectRoot + page, "utf8").matchAll(/^## (\S+)$/gm)].map(([, title]) => title);
      expect(titles).toContain(name);
      expect(section).toBe(name.toLowerCase());
    }
  });
});

const isTold = (name: AlertName) => (firing: string) => labelsOf(firing).name === name;

test.each(alertNames.filter((name) => name !== "CBRWatchdog"))(
  "%s has a scenario in which it fires, one in which it does not, and its text told in full",
  (name) => {
    expect(scenarios.some(({ fires = {} }) => Object.keys(fires).some(isTold(name)))).toBe(true);
    const silent = scenarios.filter(({ fires = {} }) => !Object.keys(fires).some(isTold(name)));
    expect(silent.some(({ not = [] }) => not.includes(name))).toBe(true);
    expect(Object.values(texts).some(({ firing }) => isTold(name)(firing))).toBe(true);
  },
);

test("scenarios and rows have names of their own, and texts belong to scenarios", () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  expect(scenarios.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(texts)));
  const rows = scenarios.flatMap(({ row }) => row ?? []);
  expect(new Set(rows).size).toBe(rows.length);
});

test("each expression is broken at each of its numbers, matchers and aggregations", () => {
  const rule = {
    alert: "A",
    expr: 'max by (a, b) (last_over_time(m1_total{x="4",y!~"z"}[9m])) > 2 * 3600 # 7 of them\nunless on (a) n == 0',
    for: "15m",
  };
  const changes = mutationsOf(rule, "9m").map(({ change }) => change.replace(/ \([^()]*\(.*$/s, ""));
  expect(changes).toEqual([
    "2 → 1",
    "2 → 4",
    "3600 → 1800",
    "3600 → 7200",
    "0 → 1",
    'x="4" → x!="4"',
    'y!~"z" → y=~"z"',
    "max by (a, b) → nothing",
    "max by (a, b) → min by (a, b)",
    "for: 15m → 450000ms",
    "for: 15m → 30m",
  ]);
});
