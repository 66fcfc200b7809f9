// What the queries of the dashboards cost: a real exporter, which has asked the simulator for so many tasks or resources, and a
// real Prometheus. Instant queries as they are; range queries of the overview at 61 moments of the last 3 minutes, as many as
// an hour has with a step of 60 s, for all of which there are samples. `offset 1h` becomes `offset 1m` for the same reason.
// Range queries of the protection look at a fortnight, which does not come about here.
// usage: npm run bench:dashboard -- [file …]
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Stage } from "./stage.mjs";
import { median } from "./statistics.mjs";

const subjects = [
  { file: "cbr-overview.json", things: "tasks", counts: [12, 10_000] },
  { file: "cbr-protection.json", things: "resources", counts: [500] },
].filter(({ file }) => process.argv.length === 2 || process.argv.includes(file));
const rounds = 5;
const seconds = 180;
/** Those that are told one by one, in milliseconds with the greater count. */
const dear = 100;
const stage = new Stage();

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
    .replaceAll(/\$\{shown:pipe\}|\$shown/g, shown.join("|"))
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

async function measure(api, queries) {
  const rows = new Map();
  let shown = [];
  for (const { name, expr, instant } of queries) {
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
    if (name.startsWith("$shown")) shown = result.map(({ metric }) => metric.task_id ?? metric.resource_id);
    rows.set(name, { kind: instant ? "instant" : "range", count: result.length, ms: median(times) });
  }
  return rows;
}

async function tell({ file, things, counts, apis }) {
  const dashboard = JSON.parse(readFileSync(new URL(`../deploy/grafana/${file}`, import.meta.url), "utf8"));
  const queries = queriesOf(dashboard).filter(({ instant }) => instant || things === "tasks");
  const measured = [];
  for (const api of apis) measured.push(await measure(api, queries));
  const row = (name, kind, cells) => console.log(`| ${name} | ${kind} | ${cells.join(" | ")} |`);
  console.log(`\n${file}, ${queries.length} queries\n`);
  row(
    "query",
    "kind",
    counts.flatMap((count) => [`series, ${count} ${things}`, `ms, ${count} ${things}`]),
  );
  row(
    "---",
    "---",
    counts.flatMap(() => ["---:", "---:"]),
  );
  const all = measured.map((rows) => [...rows.values()]);
  const sums = all.flatMap((rows) => [
    Math.max(...rows.map(({ count }) => count)),
    rows.reduce((sum, { ms }) => sum + ms, 0).toFixed(0),
  ]);
  row("all: most series, sum", "", sums);
  for (const [name, { kind }] of measured[0]) {
    const cells = measured.map((rows) => rows.get(name));
    if (cells.at(-1).ms >= dear)
      row(
        name,
        kind,
        cells.flatMap(({ count, ms }) => [count, ms.toFixed(0)]),
      );
  }
}

try {
  const started = await Promise.all(
    subjects.map(async (subject) => ({
      ...subject,
      apis: await Promise.all(subject.counts.map((count) => stage.prometheusOf(count, subject))),
    })),
  );
  console.error(`scraping for ${seconds + 30} s`);
  await sleep((seconds + 30) * 1000);
  for (const subject of started) await tell(subject);
} finally {
  await stage.end();
}
