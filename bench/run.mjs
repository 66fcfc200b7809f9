// Measures what the exporter costs, in turn with what could be cheaper, and prints one table.
// usage: npm run bench -- [part …] [--tasks=n,…] [--write]
//   part     scrapes, growth, polls, memory, start-up; all of them unless told
//   --tasks  with these numbers of tasks alone
//   --write  also puts the table of a whole run into docs/performance.md
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { endChildren } from "./child.mjs";
import { measureGrowth } from "./growth.mjs";
import { measureMemory } from "./memory.mjs";
import { pageWith, writePage } from "./page.mjs";
import { measurePolls } from "./polls.mjs";
import { measureScrapes } from "./scrapes.mjs";
import { measureStartUp } from "./start-up.mjs";
import { createRows } from "./table.mjs";

const parts = {
  scrapes: measureScrapes,
  growth: measureGrowth,
  polls: measurePolls,
  memory: measureMemory,
  "start-up": measureStartUp,
};
const began = performance.now();
const [loadBefore] = loadavg();
const seconds = () => Math.round((performance.now() - began) / 1000);
const progress = (text) => console.error(`${String(seconds()).padStart(4)} s  ${text}`);

function fail(message) {
  console.error(message);
  process.exit(2);
}

const options = { tasks: { type: "string" }, write: { type: "boolean", default: false } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const unknown = positionals.filter((part) => !Object.hasOwn(parts, part));
if (unknown.length > 0) fail(`no such part: ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
const tasks = values.tasks?.split(",").map(Number);
if (tasks?.some((count) => !(Number.isInteger(count) && count >= 100))) fail("--tasks: whole numbers from 100");
if (values.write && (tasks || positionals.length > 0)) fail("--write is for a whole run, without parts and --tasks");

// So that what was started ends with it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.once("exit", endChildren);

const rows = createRows();

for (const part of positionals.length > 0 ? positionals : Object.keys(parts)) {
  await parts[part]({ tasks, rows, progress });
}
progress("done");
console.log(rows.text());
if (values.write) writePage(pageWith(rows.text(), { seconds: seconds(), loadBefore, now: new Date() }));
