import { labelsOf } from "./alert-table.ts";
import type { InputSeries } from "./history.ts";
import { readGroups } from "./rule-file.ts";
import { type AlertText, type Minute, type Scenario, type Span, spansOf } from "./scenario.ts";
import { texts } from "./texts.ts";

/** A case of `promtool test rules`. */
export interface PromtoolCase {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly InputSeries[];
  readonly alert_rule_test?: readonly object[];
  readonly promql_expr_test: readonly object[];
}

/** As they stand in the file; promtool would take any. */
const group_eval_order = readGroups().map(({ name }) => name);

/**
 * A file of cases: JSON, which is YAML.
 *
 * @param rulesFile path of the rules, seen from the file
 * @param step of all its scenarios
 */
export function promtoolFile(rulesFile: string, tests: readonly PromtoolCase[], step: Minute = 1): string {
  return JSON.stringify({ rule_files: [rulesFile], evaluation_interval: `${step}m`, group_eval_order, tests });
}

/**
 * What a scenario states, as a case: each alert fires at each evaluation of its spans, and at as many in all, so that no
 * other minute is left; and what is not stated never fires, but for the watchdog, which always does.
 */
export function scenarioCase(scenario: Scenario, input_series: readonly InputSeries[]): PromtoolCase {
  const { name, fires = {}, step = 1 } = scenario;
  const said = texts[name];
  const watchdog = { CBRWatchdog: [0, scenario.until] as const };
  const tests = statedTests(scenario, Object.entries({ ...fires, ...watchdog }));
  return {
    name,
    interval: `${step}m`,
    input_series,
    alert_rule_test: said ? [textTest(said)] : [],
    promql_expr_test: tests,
  };
}

/**
 * What a scenario states of alerts, as a case about copies of them.
 *
 * @param copies their names, each with its alert
 */
export function mutationCase(
  scenario: Scenario,
  input_series: readonly InputSeries[],
  copies: readonly (readonly [string, string])[],
): PromtoolCase {
  const { name, fires = {}, step = 1 } = scenario;
  const statedOf = (alert: string): Stated =>
    Object.entries(fires).filter(([firing]) => labelsOf(firing).name === alert);
  return {
    name,
    interval: `${step}m`,
    input_series,
    promql_expr_test: copies.flatMap(([copy, alert]) => statedTests(scenario, statedOf(alert), copy)),
  };
}

type Stated = readonly (readonly [string, NonNullable<Scenario["fires"]>[string]])[];

/** @param mutant the name under which the alert fires; default: its own, and all others are looked at too */
function statedTests({ until, step = 1 }: Scenario, stated: Stated, mutant?: string): readonly object[] {
  const times = ([from, to]: Span): number => (to - from) / step + 1;
  const alerts = stated.map(([firing, spans]) => ({ matchers: matchersOf(firing, mutant), spans: spansOf(spans) }));
  const inAll = alerts.map(({ matchers, spans }) => ({
    matchers,
    count: spans.reduce((sum, span) => sum + times(span), 0),
  }));
  return [
    counted([0, until], mutant === undefined ? "" : `alertname="${mutant}"`, inAll),
    ...alerts.flatMap(({ matchers, spans }) =>
      spans.map((span) => counted(span, matchers, [{ matchers, count: times(span) }])),
    ),
  ];
}

interface Count {
  readonly matchers: string;
  readonly count: number;
}

/** At how many evaluations each alert fired. Half a minute more: whether a range is open at its start differs. */
function counted([from, to]: Span, matchers: string, counts: readonly Count[]): object {
  return {
    expr: `count_over_time(ALERTS{alertstate="firing",${matchers}}[${(to - from) * 60 + 30}s])`,
    eval_time: `${to}m`,
    exp_samples: counts.map((each) => ({ labels: `{alertstate="firing",${each.matchers}}`, value: each.count })),
  };
}

function matchersOf(firing: string, mutant?: string): string {
  const { name, labels } = labelsOf(firing);
  return Object.entries({ alertname: mutant ?? name, ...labels })
    .map(([label, value]) => `${label}="${value}"`)
    .join(",");
}

function textTest({ at, firing, summary, description }: AlertText): object {
  const { name, labels } = labelsOf(firing);
  const runbook_url = `docs/runbooks.md#${name.toLowerCase()}`;
  return {
    eval_time: `${at}m`,
    alertname: name,
    exp_alerts: [{ exp_labels: labels, exp_annotations: { summary, description, runbook_url } }],
  };
}
