// How long reading a configuration and putting it in force keep the event loop from anything else: the longest block, in
// milliseconds.
// usage: npm run bench:reload -- [tasks]        BENCH_DIST=<folder> measures another build

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const dist = resolve(process.env["BENCH_DIST"] ?? "dist");
const from = (path) => import(join(dist, path));
const { systemClock } = await from("base/clock.js");
const { loadConfig } = await from("config/load-config.js");
const { createExporter, sourcesOf } = await from("exporter.js");
const { createLoader } = await from("load-in-worker.js");
const { createMetrics } = await from("metrics/metrics.js");

const tasks = Number(process.argv[2] ?? 50_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
/** As the tasks here have no labels, none is. */
const reservedLabels = new Set();
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
const taskId = (index) => `task-${String(index).padStart(6, "0")}`;

function lists(collectors, more = 0) {
  const each = tasks / collectors;
  return Array.from({ length: collectors }, (_, at) =>
    Array.from({ length: each + (at === 0 ? more : 0) }, (_, n) => (n < each ? taskId(at * each + n) : `new-${n}`)),
  );
}

const file = join(folder, "config.yaml");

function write(collectors) {
  const project = `{ name: p, id: p, endpoint: "http://127.0.0.1:9", auth: { token: t } }`;
  writeFileSync(file, `projects: [ ${project} ]\ncollectors:\n${collectors.join("")}`);
}

const collector = (at, rest) => `  - { name: c${at}, schedule: "0 5 * * *", run_on_start: false, ${rest} }\n`;

function writeListed(...args) {
  write(lists(...args).map((ids, at) => collector(at, `tasks: [ ${ids.join(", ")} ]`)));
}

function writeInFiles(...args) {
  const collectors = lists(...args).map((ids, at) => {
    writeFileSync(join(folder, `c${at}.yaml`), ids.map((id) => `- ${id}\n`).join(""));
    return collector(at, `task_files: [ c${at}.yaml ]`);
  });
  write(collectors);
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

/** An exporter that is not asked for anything. */
function exporterOf() {
  const metrics = createMetrics({ build: { version: "0", revision: "0", nodeVersion: "0" }, clock: systemClock });
  const exporter = createExporter({
    clock: systemClock,
    random: Math.random,
    log: silent,
    env: {},
    reservedLabels,
    observe: metrics.observe,
    forget: metrics.forget,
  });
  metrics.expose(sourcesOf(exporter));
  return exporter;
}

async function measure(collectors) {
  const figures = {};
  const exporter = exporterOf();
  const loader = createLoader({ file, env: {}, reservedLabels, clock: systemClock });
  /** Reads it, in the thread as the program does, and puts it in force. */
  async function take(what) {
    let loaded;
    figures[`${what}, read`] = await longestBlock(async () => {
      loaded = await loader.load();
    });
    if (!loaded.ok) throw new Error(loaded.problems.slice(0, 3).join("\n"));
    figures[`${what}, put in force`] = await longestBlock(() => exporter.apply(loaded.config, loaded));
  }
  writeListed(collectors);
  figures["read without a thread"] = await longestBlock(() => loadConfig({ file, env: {}, reservedLabels }));
  await take("first");
  await take("unchanged");
  writeListed(collectors, 1);
  await take("one task more");
  writeInFiles(collectors);
  await take("all moved into task files");
  await loader.end();
  await exporter.drain(AbortSignal.abort());
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
rmSync(folder, { recursive: true });
process.exit();
