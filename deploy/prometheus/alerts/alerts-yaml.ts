import { api } from "./api.ts";
import { collectors } from "./collectors.ts";
import { endedTasks } from "./ended-tasks.ts";
import { exporter } from "./exporter.ts";
import { inventory } from "./inventory.ts";
import { scopeOf } from "./promql.ts";
import type { Alert, Group, Rule } from "./rule.ts";
import type { Settings } from "./settings.ts";
import { unfinishedTasks } from "./unfinished-tasks.ts";

/** All groups of rules, in the order of the file. */
export function groupsOf(settings: Settings): readonly Group[] {
  const context = { scope: scopeOf(settings.labels), settings };
  return [endedTasks, unfinishedTasks, api, collectors, inventory, exporter].map((group) => group(context));
}

const head = `# Alerts on CBR's tasks, backups and vaults, on the cloud's API and on the exporter. How to load and change them:
# docs/alerting.md. What to do when one fires: docs/runbooks.md. Written by \`npm run alerts\` from
# deploy/prometheus/alerts/; a case to try them with: promtool test rules alerts.test.yaml
groups:
`;

/** @returns the text of a rule file */
export function alertsYaml(settings: Settings): string {
  const groups = groupsOf(settings).map(({ name, interval, rules }) => {
    const every = interval === undefined ? "" : `    interval: ${interval}\n`;
    const texts = rules.map((rule, index) => ruleText(rule, isTwin(rules[index - 1], rule), settings));
    return `  - name: ${name}\n${every}    rules:\n${texts.join("\n")}`;
  });
  return head + groups.join("\n");
}

/** Whether a rule is the one before with another severity: then it says the same. */
function isTwin(before: Rule | undefined, rule: Rule): boolean {
  return before !== undefined && "alert" in before && "alert" in rule && before.alert === rule.alert;
}

function ruleText(rule: Rule, twin: boolean, settings: Settings): string {
  const expr = `        expr: |\n${rule.expr.replaceAll(/^/gm, "          ")}\n`;
  if ("record" in rule) return `${comment(rule.comment)}      - record: ${rule.record}\n${expr}`;
  const { alert, for: pending, severity } = rule;
  return `      - alert: ${alert}
${expr}${pending === undefined ? "" : `        for: ${pending}\n`}        labels: { severity: ${severity} }
        annotations: ${twin ? `*${alert}\n` : `&${alert}\n${annotations(rule, settings)}`}`;
}

function annotations({ alert, summary, description, about = [] }: Alert, { runbooks, dashboard }: Settings): string {
  const choice = about.map((label) => `var-${label.replace("_id", "")}={{ $labels.${label} }}`).join("&");
  const address = dashboard !== undefined && choice !== "" ? `${dashboard}?${choice}` : dashboard;
  const texts = {
    summary,
    description: description.join(" ").replaceAll(" {{-", "{{"),
    runbook_url: `${runbooks}#${alert.toLowerCase()}`,
    ...(address !== undefined && { dashboard_url: address }),
  };
  return Object.entries(texts)
    .map(([name, text]) => `          ${name}: ${quoted(text)}\n`)
    .join("");
}

/** In the quotes that Biome would choose. */
function quoted(text: string): string {
  return /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`;
}

/** A comment above a rule, in lines of at most 120 characters. */
function comment(text: string): string {
  const lines = text.match(/.{1,112}(?:\s|$)/g) ?? [];
  return lines.map((line) => `      # ${line.trimEnd()}\n`).join("");
}
