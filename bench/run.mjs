// Measures what the exporter costs, in turn with what could be cheaper, and prints one table.
// usage: npm run bench -- [part …] [--tasks=n,…] [--write]
//   part     scrapes, growth, polls, memory, start-up; all of them unless told
//   --tasks  of these numbers of tasks alone
//   --write  also puts the table into docs/performance.md; of a whole run alone
import { parseArgs } from "node:util";
import { endChildren } from "./child.mjs";
import { measureScrapes } from "./scrapes.mjs";
import { createRows } from "./table.mjs";

const parts = { scrapes: measureScrapes };
const options = { tasks: { type: "string" }, write: { type: "boolean", default: false } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const chosen = positionals.length > 0 ? positionals : Object.keys(parts);
const unknown = chosen.filter((part) => !(part in parts));
if (unknown.length > 0)
  throw new Error(`no such part: ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);

const tasks = values.tasks?.split(",").map(Number);
const rows = createRows();
const began = performance.now();
const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
const progress = (text) => console.error(`${seconds().padStart(4)} s  ${text}`);
try {
  for (const part of chosen) await parts[part]({ tasks, rows, progress });
} finally {
  endChildren();
}
progress("done");
console.log(rows.text());
