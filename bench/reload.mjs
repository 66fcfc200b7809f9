// How long putting a configuration in force keeps the event loop from anything else: the longest block, in milliseconds.
// usage: npm run bench:reload -- [tasks]        BENCH_DIST=<folder> measures another build

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const dist = resolve(process.env["BENCH_DIST"] ?? "dist");
const from = (path) => import(join(dist, path));
const { systemClock } = await from("base/clock.js");
const { loadConfig } = await from("config/load-config.js");
const { createExporter } = await from("exporter.js");
const { createMetrics } = await from("metrics/metrics.js");

const tasks = Number(process.argv[2] ?? 50_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
/** As the tasks here have no labels, none is. */
const reservedLabels = new Set();
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
const taskId = (index) => `task-${String(index).padStart(6, "0")}`;

/** A cloud whose tasks all run. */
let requests = 0;
const cloud = createServer((request, response) => {
  requests += 1;
  const id = request.url.split("/").at(-1);
  response.end(JSON.stringify({ operation_log: { id, status: "running" } }));
});
await new Promise((done) => cloud.listen(0, "127.0.0.1", done));

function lists(collectors, more = 0) {
  const each = tasks / collectors;
  return Array.from({ length: collectors }, (_, at) =>
    Array.from({ length: each + (at === 0 ? more : 0) }, (_, n) => (n < each ? taskId(at * each + n) : `new-${n}`)),
  );
}

async function configOf(collectors) {
  const file = join(folder, "config.yaml");
  const project = `{ name: p, id: p, endpoint: "http://127.0.0.1:${cloud.address().port}", rate_limit: 20, auth: { token: t } }`;
  writeFileSync(file, `projects: [ ${project} ]\ncollectors:\n${collectors.join("")}`);
  const loaded = await loadConfig({ file, env: {}, reservedLabels });
  if (!loaded.ok) throw new Error(loaded.problems.slice(0, 3).join("\n"));
  return loaded;
}

const listed = (...args) =>
  configOf(
    lists(...args).map((ids, at) => `  - { name: c${at}, schedule: "0 5 * * *", tasks: [ ${ids.join(", ")} ] }\n`),
  );

function inFiles(collectors) {
  const names = lists(collectors).map((ids, at) => {
    writeFileSync(join(folder, `c${at}.yaml`), ids.map((id) => `- ${id}\n`).join(""));
    return `  - { name: c${at}, schedule: "0 5 * * *", task_files: [ c${at}.yaml ] }\n`;
  });
  return configOf(names);
}

/** The longest time between two turns of the event loop while something is done, and for a while after. */
async function longestBlock(work, settleMs = 500) {
  const reading = () => ({ wall: performance.now(), cpu: process.cpuUsage().user / 1000 });
  let longest = { wall: 0, cpu: 0 };
  let last = reading();
  let looking = true;
  const look = () => {
    const now = reading();
    const block = { wall: now.wall - last.wall, cpu: now.cpu - last.cpu };
    if (block.wall > longest.wall) longest = block;
    last = now;
    if (looking) setImmediate(look);
  };
  setImmediate(look);
  await new Promise((done) => setTimeout(done, 50));
  globalThis.gc?.();
  [longest, last] = [{ wall: 0, cpu: 0 }, reading()];
  await work();
  await new Promise((done) => setTimeout(done, settleMs));
  looking = false;
  return longest;
}

/** An exporter whose ticks are given by hand, scraped as a real one is. */
function exporterOf() {
  const metrics = createMetrics({ build: { version: "0", revision: "0", nodeVersion: "0" }, clock: systemClock });
  const ticks = [];
  const day = 86_400e6;
  const exporter = createExporter({
    clock: systemClock,
    random: Math.random,
    log: silent,
    env: {},
    reservedLabels,
    observe: metrics.observe,
    forget: metrics.forget,
    schedule: () => ({
      start: (onTick) => ticks.push(onTick),
      next: () => systemClock.now() + day,
      previous: () => systemClock.now(),
      stop() {},
    }),
  });
  metrics.expose({
    store: exporter.store,
    projects: () => exporter.projects(),
    collectors: () => exporter.collectors().map((collector) => collector.state()),
  });
  return { exporter, ticks, end: () => exporter.drain(AbortSignal.abort()) };
}

async function measure(collectors) {
  const { exporter, end } = exporterOf();
  const [first, same, more] = [await listed(collectors), await listed(collectors), await listed(collectors, 1)];
  const apply = (loaded) => longestBlock(() => exporter.apply(loaded.config, loaded));
  const figures = { first: await apply(first), unchanged: await apply(same), "one task more": await apply(more) };
  await end();

  const files = exporterOf();
  const loaded = await inFiles(collectors);
  const quiet = { ...loaded.config, collectors: loaded.config.collectors.map((c) => ({ ...c, runOnStart: false })) };
  await files.exporter.apply(quiet, loaded);
  // The first look reads all files; it is over once its run asks for something.
  files.ticks[1](systemClock.now(), false);
  for (requests = 0; requests === 0; ) await new Promise((done) => setTimeout(done, 50));
  writeFileSync(
    join(folder, "c0.yaml"),
    lists(collectors, 1)[0]
      .map((id) => `- ${id}\n`)
      .join(""),
  );
  figures["one task file changed"] = await longestBlock(async () => {
    files.ticks[0](systemClock.now(), false);
    const deadline = performance.now() + 20_000;
    while (files.exporter.store.size <= tasks && performance.now() < deadline) {
      await new Promise((done) => setTimeout(done, 5));
    }
    if (files.exporter.store.size <= tasks) throw new Error("the task file was not taken over");
  });
  await files.end();
  return figures;
}

for (const collectors of (process.env["BENCH_COLLECTORS"] ?? "10,1000").split(",").map(Number)) {
  const measured = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await measure(collectors));
  for (const what of Object.keys(measured[0])) {
    // The processor's time tells the cost where others keep the machine busy.
    const times = measured.map(({ [what]: { wall, cpu } }) => `${wall.toFixed(0)} ms (${cpu.toFixed(0)} of processor)`);
    console.log(`${tasks} tasks over ${collectors} collectors, ${what}: ${times.join(", ")}`);
  }
}
cloud.close();
cloud.closeAllConnections();
rmSync(folder, { recursive: true });
process.exit();
