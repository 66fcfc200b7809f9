// How long Prometheus takes to evaluate deploy/prometheus/alerts.yaml, after a few minutes of scrapes.
// usage: npm run bench:rules -- [tasks …]
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Stage } from "./stage.mjs";
import { median } from "./statistics.mjs";

const sizes = process.argv.slice(2).map(Number);
const counts = sizes.length > 0 ? sizes : [12, 10_000];
const rules = fileURLToPath(new URL("../deploy/prometheus/alerts.yaml", import.meta.url));
const rounds = 5;

/** @returns `name` → `{ ms, alerts }` of the last evaluation; groups are all their rules together */
async function lastEvaluation(api) {
  const { data } = await (await fetch(`${api}/rules`)).json();
  const figures = ({ evaluationTime, alerts = [] }) => ({ ms: 1000 * evaluationTime, alerts: alerts.length });
  return new Map(
    data.groups.flatMap((group) => {
      const rules = group.rules.map((rule) => [
        // One alert of two severities is two rules.
        [rule.name, rule.labels?.severity].filter(Boolean).join(", "),
        figures(rule),
      ]);
      const alerts = group.rules.flatMap((rule) => rule.alerts ?? []);
      return [[`group ${group.name}`, figures({ ...group, alerts })], ...rules];
    }),
  );
}

const stage = new Stage();
try {
  const apis = [];
  for (const count of counts) apis.push(await stage.prometheusOf(count, { rules }));
  console.error("scraping for two minutes, then looking at evaluations for five");
  await sleep(120_000);
  const seen = counts.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    await sleep(60_000);
    for (const [index, api] of apis.entries()) seen[index].push(await lastEvaluation(api));
  }
  const heads = counts.flatMap((count) => [`alerts, ${count} tasks`, `ms, ${count} tasks`]);
  console.log(`| rule | ${heads.join(" | ")} |\n| --- |${" ---: |".repeat(heads.length)}`);
  const names = [...seen[0][0].keys()];
  const cells = (name) =>
    seen.flatMap((evaluations) => {
      const figures = evaluations.map((rules) => rules.get(name));
      return [figures.at(-1).alerts, median(figures.map(({ ms }) => ms)).toFixed(1)];
    });
  for (const name of names) console.log(`| ${name} | ${cells(name).join(" | ")} |`);
} finally {
  await stage.end();
}
