import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { metricsDocument } from "../../docs/metrics-table.ts";
import { projectRoot } from "../../program.ts";
import { alertNames, alertTable, labelsOf } from "./alert-table.ts";
import { mutations } from "./mutations.ts";
import { scenarioFiles } from "./scenarios/all.ts";

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const text = readFileSync(`${projectRoot}deploy/prometheus/alerts.yaml`, "utf8");
const { groups } = parse(text) as { groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const scenarios = Object.values(scenarioFiles).flat();

test("the alerts are the promised ones", () => {
  expect(alerts.map(({ alert }) => alert).sort()).toEqual([...alertNames].sort());
});

test("no group and no rule stands twice", () => {
  expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
  expect(new Set(rules.map(({ alert, record }) => alert ?? record)).size).toBe(rules.length);
});

test("every metric exists, or is recorded before it is used", () => {
  const families = metricsDocument();
  const recorded = new Set<string>();
  for (const { expr, record, annotations = {} } of rules) {
    for (const [name] of [expr, ...Object.values(annotations)].join(" ").matchAll(/\bproject_[\w:]+:[\w:]+/g)) {
      expect(record === name || recorded.has(name), name).toBe(true);
    }
    for (const [name] of [expr, ...Object.values(annotations)].join(" ").matchAll(/(?<![:\w])cbr_\w+(?![:\w])/g)) {
      expect(families).toContain(`\`${name}\``);
    }
    if (record !== undefined) recorded.add(record);
  }
});

describe.each(alertNames)("%s", (name) => {
  const alert = alerts.find((rule) => rule.alert === name);
  const own =
    new RegExp(`^ +- alert: ${name}$.*?(?=^ +- (?:alert|record|name): )`, "ms").exec(`${text}  - name: end`)?.[0] ?? "";

  test("has its severity, and no other label of its own", () => {
    expect(alert?.labels).toEqual({ severity: alertTable[name].severity });
  });

  test("has a summary, a description, and a section of the runbook", () => {
    const { summary, description, runbook_url: url = "", ...more } = alert?.annotations ?? {};
    expect(summary).toMatch(/\w/);
    expect(description).toMatch(/\w/);
    expect(more).toEqual({});
    const [page = "", section] = url.split("#");
    expect(existsSync(projectRoot + page), page).toBe(true);
    const sections = [...readFileSync(projectRoot + page, "utf8").matchAll(/^## (\S+)$/gm)].map(
      ([, title = ""]) => title,
    );
    expect(sections.map((title) => title.toLowerCase())).toContain(section);
    expect(section).toBe(name.toLowerCase());
  });

  test("names each of its thresholds in a comment", () => {
    expect(own).toMatch(/# threshold\b/);
    const numbers = own.split("annotations:")[0]?.match(/(?<![\w[])\d{3,}(?!\w)/g) ?? [];
    expect(new Set(numbers).size, "no threshold stands twice").toBe(numbers.length);
    for (const number of numbers) expect(own).toContain(`${number} # threshold`);
  });

  test("has a case in which it fires, one in which it does not, and its text told in full", () => {
    const firesIn = scenarios.filter(({ expect: periods }) =>
      periods.some(({ firing }) => firing.some((each) => labelsOf(each).name === name)),
    );
    const own = scenarios.filter((scenario) => scenario.name.startsWith(`${name}:`));
    expect(firesIn.length).toBeGreaterThan(0);
    expect(own.some((scenario) => !firesIn.includes(scenario))).toBe(true);
    const told = scenarios.flatMap(({ annotations = [] }) => annotations.map(({ firing }) => labelsOf(firing).name));
    expect(told).toContain(name);
  });
});

test("there are cases enough, each with a name of its own, each without a gap but for the minutes of a change", () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(40);
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  for (const { name, expect: periods } of scenarios.filter(({ annotations }) => !annotations)) {
    let last = -1;
    for (const { from, to } of periods) {
      expect(from - last, name).toBeLessThanOrEqual(10);
      last = to;
    }
  }
});

test("each alert is broken in three ways", () => {
  const broken = mutations(text);
  expect(broken).toHaveLength(3 * alertNames.length);
  expect(new Set(broken.map((mutation) => mutation.rules)).size).toBe(broken.length);
  expect(broken.every((mutation) => mutation.rules !== text)).toBe(true);
  expect(() => mutations(text.replaceAll("86400", "86401"))).toThrow("its rule has no 86400");
});
