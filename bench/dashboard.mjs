// What the queries of the dashboards cost: a real exporter, which has asked the simulator for so many tasks, and a real
// Prometheus. Instant queries as they are; range queries at 61 moments of the last 3 minutes, as many as an hour has with
// a step of 60 s, for all of which there are samples. `offset 1h` becomes `offset 1m` for the same reason.
// usage: npm run bench:dashboard -- [tasks …]
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Stage } from "./stage.mjs";

const sizes = process.argv.slice(2).map(Number);
const rounds = 5;
const seconds = 180;
const stage = new Stage();
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const grafana = new URL("../deploy/grafana/", import.meta.url);
const dashboards = readdirSync(grafana)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, grafana), "utf8")));

async function ask(api, path, parameters) {
  const body = new URLSearchParams(parameters);
  const began = performance.now();
  const answer = await (await fetch(`${api}/${path}`, { method: "POST", body })).json();
  const ms = performance.now() - began;
  if (answer.status !== "success") throw new Error(`${parameters.query}: ${answer.error}`);
  return { ms, result: answer.data.result };
}

/** Puts "All" into a query, as Grafana does, and the ids that the hidden variable found. */
function interpolate(expression, shown) {
  return expression
    .replaceAll(/\$\{shown:pipe\}/g, shown.join("|"))
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__interval", "1m")
    .replaceAll("$__range", "180s")
    .replaceAll("offset 1h", "offset 1m")
    .replaceAll(/\$\w+/g, ".*");
}

/** Those that reach all tasks; the lists of the other variables are label values, which Prometheus has at hand. */
function queriesOf({ panels, annotations, templating }) {
  const targets = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr, instant }) => ({ name: `${title}, ${refId}`, expr, instant: instant === true })),
  );
  const marks = annotations.list.map(({ name, expr }) => ({ name: `${name} (annotation)`, expr, instant: false }));
  const results = templating.list.flatMap(({ name, query }) => {
    const [, expr] = /^query_result\((.*)\)$/.exec(query.query ?? "") ?? [];
    return expr ? [{ name: `$${name} (variable)`, expr, instant: true }] : [];
  });
  return [...results, ...targets, ...marks];
}

async function measure(api) {
  const rows = new Map();
  let shown = [];
  for (const { name, expr, instant } of dashboards.flatMap(queriesOf)) {
    const query = interpolate(expr, shown);
    const times = [];
    let result = [];
    for (let round = 0; round < rounds; round += 1) {
      const end = Math.floor(Date.now() / 1000);
      const range = { start: end - seconds, end, step: seconds / 60 };
      const answer = instant ? await ask(api, "query", { query }) : await ask(api, "query_range", { query, ...range });
      times.push(answer.ms);
      result = answer.result;
    }
    if (name.startsWith("$shown")) shown = result.map(({ metric }) => metric.task_id);
    rows.set(name, { kind: instant ? "instant" : "range", count: result.length, ms: median(times) });
  }
  return rows;
}

try {
  const counts = sizes.length > 0 ? sizes : [12, 10_000];
  const apis = await Promise.all(counts.map((count) => stage.prometheusOf(count)));
  console.error(`scraping for ${seconds + 30} s`);
  await sleep((seconds + 30) * 1000);
  const measured = [];
  for (const api of apis) measured.push(await measure(api));
  const heads = counts.flatMap((count) => [`series, ${count} tasks`, `ms, ${count} tasks`]);
  console.log(`| query | kind | ${heads.join(" | ")} |`);
  console.log(`| --- | --- |${" ---: |".repeat(heads.length)}`);
  for (const [name, { kind }] of measured[0]) {
    const cells = measured.flatMap((rows) => [rows.get(name).count, rows.get(name).ms.toFixed(0)]);
    console.log(`| ${name} | ${kind} | ${cells.join(" | ")} |`);
  }
} finally {
  await stage.end();
}
