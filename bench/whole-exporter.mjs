import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "./child.mjs";
import { benchTasks, projectId } from "./tasks.mjs";

const probe = join(import.meta.dirname, "probe.mjs");

/**
 * The whole program, which polls a simulator as fast as it may: each task once, the live ones again and again. Two
 * collectors have half of them each, so that one polls while the other, whose tasks took longer than a second, waits for
 * the next one.
 *
 * @returns the simulator; the exporter, which answers the calls of `probe.mjs`; where it listens; `end`
 */
export async function startWholeExporter({ tasks, live }) {
  const simulator = startChild("servers/simulator.mjs", { args: [tasks, live] });
  const cloud = await simulator.call("url");
  const folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
  const config = join(folder, "config.yaml");
  const ids = benchTasks({ tasks, live }).map(({ id }) => `      - ${id}\n`);
  const middle = Math.ceil(ids.length / 2);
  writeFileSync(
    config,
    `projects:
  - name: bench
    id: ${projectId}
    endpoint: ${cloud}
    auth: { token: demo-token }
    rate_limit: 1000
    concurrency: 16
collectors:
  - name: first
    schedule: "* * * * * *"
    tasks:\n${ids.slice(0, middle).join("")}
  - name: second
    schedule: "* * * * * *"
    tasks:\n${ids.slice(middle).join("")}`,
  );
  const exporter = startChild("../dist/main.js", {
    args: [`--config.file=${config}`, "--web.listen-address=127.0.0.1:0"],
    execArgv: ["--expose-gc", "--import", probe],
    silent: true,
  });
  const address = await lineOf(exporter.child, /msg="Listening on" address=(\S+)/);
  rmSync(folder, { recursive: true });
  return {
    simulator,
    exporter,
    url: `http://${address}/metrics`,
    end: () => Promise.all([exporter.end(), simulator.end()]),
  };
}

/** @returns what the pattern finds in what a process writes */
function lineOf({ stdout, stderr }, pattern) {
  stdout.resume();
  return new Promise((resolve, reject) => {
    let output = "";
    // Read to its end, so that the process never waits for its log.
    stderr.on("data", (chunk) => {
      if (output.length < 10_000) output += chunk;
      const found = pattern.exec(output);
      if (found) resolve(found[1]);
    });
    stderr.on("end", () => reject(new Error(`the exporter ended: ${output}`)));
  });
}

/** Seconds of processor that a process has used, all threads together. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const clockTicks = 100;
  return (Number(fields[11]) + Number(fields[12])) / clockTicks;
}

/** @param what `VmRSS`: what a process has in memory now; `VmHWM`: the most it ever had. @returns bytes */
export function memoryOf(pid, what) {
  const [, kibibytes] = new RegExp(`^${what}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kibibytes) * 1024;
}
