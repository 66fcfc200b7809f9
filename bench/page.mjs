import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";

const page = join(import.meta.dirname, "..", "docs", "performance.md");
const [begin, end] = ["<!-- npm run bench -- --write -->", "<!-- end -->"];

/**
 * @param loadBefore the machine's load when the run began: a figure of a busy machine is worth less
 * @returns docs/performance.md with another table between its two marks
 */
export function pageWith(table, { seconds, loadBefore, now }) {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`${page} lacks its marks: ${begin} and ${end}`);
  const run = `${(seconds / 60).toFixed(1)} minutes; others kept ${loadBefore.toFixed(1)} processors busy before`;
  const when = `${now.toISOString().slice(0, 10)}, ${machine()}; ${run}.`;
  return `${text.slice(0, from)}\n\n${when}\n\n${table}\n\n${text.slice(to)}`;
}

export function writePage(text) {
  writeFileSync(page, text);
}

function machine() {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const go = versionOf("go", ["env", "GOVERSION"]);
  const programs = [`Node ${process.version}`, ...(go ? [`Go ${go.replace(/^go/, "")}`] : [])];
  return `${processors.length} × ${processors[0].model}, ${memory}, ${type()} ${release().replace(/-.*/, "")}, ${programs.join(", ")}`;
}

/** @returns undefined where there is no such program */
function versionOf(program, args) {
  try {
    return execFileSync(program, args, { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
