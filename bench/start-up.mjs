import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { memoryOf } from "./whole-exporter.mjs";

const rounds = 15;

/** From the start of the process until it says that it is ready, over bare node that listens. */
export async function measureStartUp({ rows, progress }) {
  progress("start-up");
  const folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
  const config = join(folder, "config.yaml");
  writeFileSync(
    config,
    `projects: [ { name: p, id: p, endpoint: "http://127.0.0.1:9", auth: { token: t } } ]
collectors: [ { name: c, schedule: "0 5 * * *", run_on_start: false, tasks: [ a, b, c ] } ]
`,
  );
  const exporter = (port) => ["dist/main.js", `--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`];
  const bareCode = (port) => `require("http").createServer((_, answer) => answer.end()).listen(${port}, "127.0.0.1")`;
  const bare = (port) => ["-e", bareCode(port)];
  const taken = { exporter: [], bare: [] };
  try {
    // The first of each reads its files from the disk.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, argsOf] of Object.entries({ exporter, bare })) {
        const figures = await measureStart(argsOf);
        if (round > 0) taken[name].push(figures);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const all = (side, what) => taken[side].map((figures) => figures[what]);
  const bareName = "node";
  const sides = (what) => ({ ours: all("exporter", what), bare: all("bare", what), bareName });
  rows.add({ what: "from start to ready", unit: "ms", ...sides("ms") });
  rows.add({ what: "resident memory then", unit: "MB", ...sides("rss") });
}

async function measureStart(argsOf) {
  const port = await freePort();
  const start = performance.now();
  const child = spawn(process.execPath, argsOf(port), { stdio: "ignore" });
  while (!(await isReady(port))) await sleep(1);
  const ms = performance.now() - start;
  const rss = memoryOf(child.pid, "VmRSS") / 1e6;
  child.kill("SIGKILL");
  await once(child, "exit");
  return { ms, rss };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isReady(port) {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/-/ready", agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
