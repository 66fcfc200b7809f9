import { stringify } from "yaml";
import { labelsOf } from "./alert-table.ts";
import { type History, scrapedHistory } from "./input-series.ts";
import { type Expectation, lastMinute, type Scenario } from "./scenario.ts";
import { seriesValues } from "./series-values.ts";

const head = `# Made from the scenarios of the project's tests: what Prometheus keeps of the exporter's own metrics, once a minute.
# Run: promtool test rules tests/*.yaml
`;

/**
 * A file for `promtool test rules`.
 *
 * @param rulesFile path of the rules, seen from the file
 * @param rules their text: series of metrics that they do not name are left out
 */
export async function ruleTestFile(scenarios: readonly Scenario[], rulesFile: string, rules: string): Promise<string> {
  const named = new Set(rules.match(/\w+/g));
  const tests: object[] = [];
  for (const scenario of scenarios) {
    const history = await scrapedHistory(scenario.replicas, lastMinute(scenario), (metric) => named.has(metric));
    tests.push(ruleTest(scenario, history));
  }
  const file = { rule_files: [rulesFile], evaluation_interval: "1m", tests };
  return head + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

function ruleTest({ name, expect, annotations = [] }: Scenario, history: History): object {
  return {
    name,
    interval: "1m",
    input_series: [...history].map(([series, values]) => ({ series, values: seriesValues(values) })),
    ...(annotations.length > 0 && {
      alert_rule_test: annotations.map(({ at, firing, summary, description }) => {
        const { name: alertname, labels } = labelsOf(firing);
        const runbook = { runbook_url: `docs/runbooks.md#${alertname.toLowerCase()}` };
        return {
          eval_time: `${at}m`,
          alertname,
          exp_alerts: [{ exp_labels: labels, exp_annotations: { summary, description, ...runbook } }],
        };
      }),
    }),
    promql_expr_test: expect.map(firingTest),
  };
}

/** Counts at how many evaluations each alert fired. Half a minute more: whether a range is open at its start differs. */
function firingTest({ from, to, firing }: Expectation): object {
  const evaluations = to - from + 1;
  const alerts = firing.map((alert) => {
    const { name, labels } = labelsOf(alert);
    const text = Object.entries({ alertname: name, alertstate: "firing", ...labels }).map(([k, v]) => `${k}="${v}"`);
    return { labels: `{${text.join(", ")}}`, value: evaluations };
  });
  const range = `${(to - from) * 60 + 30}s`;
  return {
    expr: `count_over_time(ALERTS{alertstate="firing"}[${range}])`,
    eval_time: `${to}m`,
    exp_samples: alerts,
  };
}
