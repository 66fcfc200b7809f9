// What the queries of the dashboards cost: a real exporter, which has asked the simulator for so many tasks, and a real
// Prometheus. Instant queries as they are; range queries at 61 moments of the last 3 minutes, as many as an hour has with
// a step of 60 s, for all of which there are samples. `offset 1h` becomes `offset 1m` for the same reason.
// usage: npm run bench:dashboard -- [tasks …]
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { manyTasks } from "../dist/simulator/many-tasks.js";

const sizes = process.argv.slice(2).map(Number);
const rounds = 5;
const seconds = 180;
const folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
const children = [];
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const grafana = new URL("../deploy/grafana/", import.meta.url);
const dashboards = readdirSync(grafana)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, grafana), "utf8")));

/** Starts a program and waits until its output says where it listens. */
function start(command, args, pattern) {
  const child = spawn(command, args);
  children.push(child);
  return new Promise((resolve, reject) => {
    let output = "";
    const look = (chunk) => {
      output += chunk;
      const match = pattern.exec(output);
      if (match) resolve(match[1]);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("error", (error) => reject(new Error(`${command}: ${error.message}; apt-get install prometheus`)));
    child.on("exit", () => reject(new Error(`${command} ended: ${output}`)));
  });
}

/** An exporter that has asked for all tasks, and a Prometheus that scrapes it. @returns the address of its API */
async function startAll(count) {
  const cloud = await start(process.execPath, ["dist/simulator/main.js", `--tasks=${count}`], /(http:\/\/[\d.:]+)/);
  const config = join(folder, `${count}.yaml`);
  const ids = manyTasks(count).map(({ id }) => `      - ${id}\n`);
  writeFileSync(
    config,
    `projects:
  - name: bench
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: ${cloud}
    auth: { token: demo-token }
    rate_limit: 1000
    concurrency: 16
collectors:
  - name: many
    schedule: "0 */2 * * * *"
    tasks:
${ids.join("")}`,
  );
  const exporter = ["dist/main.js", `--config.file=${config}`, "--web.listen-address=127.0.0.1:0"];
  const address = await start(process.execPath, exporter, /msg="Listening on" address=(\S+)/);
  const scrapes = join(folder, `${count}-prometheus.yaml`);
  writeFileSync(
    scrapes,
    `global: { scrape_interval: 15s }
scrape_configs:
  - job_name: cbr
    static_configs: [{ targets: ["${address}"] }]
`,
  );
  const storage = [`--config.file=${scrapes}`, `--storage.tsdb.path=${join(folder, String(count))}`];
  const prometheus = ["prometheus", [...storage, "--web.listen-address=127.0.0.1:0"]];
  return `http://${await start(...prometheus, /msg="Listening on" address=(\S+)/)}/api/v1`;
}

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
  const apis = await Promise.all(counts.map(startAll));
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
  for (const child of children) child.removeAllListeners("exit").kill();
  await Promise.all(children.map((child) => new Promise((resolve) => child.once("close", resolve))));
  rmSync(folder, { recursive: true, force: true });
}
