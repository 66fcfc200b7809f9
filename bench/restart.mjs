// How long a start with stored facts takes until the first scrape is answered, the longest block of the event loop on the
// way, what the cloud is asked, and what a task takes on the disk; the same without storage beside it.
// usage: npm run bench:restart -- [tasks]

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const dist = resolve(process.env["BENCH_DIST"] ?? "dist");
const from = (path) => import(join(dist, path));
const { systemClock } = await from("base/clock.js");
const { createSecret } = await from("base/secret.js");
const { serve } = await from("serve.js");

/** The parent stores, and starts children that measure: each in a process of its own, as a real start is. */
const [tasks = 10_000, cloudPort, childStorage] = process.argv
  .slice(2)
  .map((arg) => (/^\d+$/.test(arg) ? Number(arg) : arg));
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const ids = Array.from({ length: tasks }, (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`);

/** A cloud whose tasks have all ended. */
let requests = 0;
const cloud = createServer((request, response) => {
  requests += 1;
  const id = request.url.split("/").at(-1);
  const operation_log = {
    id,
    status: "success",
    operation_type: "backup",
    created_at: "2026-01-01T00:00:00Z",
    started_at: "2026-01-01T00:00:05Z",
    updated_at: "2026-01-01T00:10:00Z",
    ended_at: "2026-01-01T00:10:00Z",
    provider_id: "0daac4c5-6707-4851-97ba-169e36266b66",
    policy_id: "0daac4c5-6707-4851-97ba-169e36266b66",
    checkpoint_id: id,
    vault_id: "0daac4c5-6707-4851-97ba-169e36266b66",
    vault_name: "vault-production",
    extra_info: {
      common: { progress: 100, request_id: `req-${id}` },
      backup: { backup_id: id, backup_name: `autobk_${id}` },
      resource: { id, name: `ecs-${id}`, type: "OS::Nova::Server" },
    },
  };
  response.end(JSON.stringify({ operation_log }));
});
if (cloudPort === undefined) await new Promise((done) => cloud.listen(0, "127.0.0.1", done));

const config = {
  projects: [
    {
      name: "p",
      id: "p",
      endpoint: `http://127.0.0.1:${cloudPort ?? cloud.address().port}`,
      auth: { method: "token", token: createSecret("t") },
      rateLimit: 100_000,
      concurrency: 16,
      timeoutMs: 60_000,
      retries: 0,
    },
  ],
  collectors: [
    {
      name: "c",
      project: "p",
      schedule: "0 5 * * *",
      timezone: "UTC",
      runOnStart: true,
      tasks: ids.map((id) => ({ id, labels: {} })),
      taskFiles: [],
      labels: {},
    },
  ],
};

function start(storagePath) {
  return serve({
    settings: {
      listen: [{ host: "127.0.0.1", port: 0 }],
      routePrefix: "/",
      telemetryPath: "/metrics",
      maxRequests: 40,
      lifecycle: false,
      ...(storagePath && { storagePath }),
    },
    config,
    shown: "",
    load: () => Promise.reject(new Error("nothing is loaded anew")),
    build: { version: "0", revision: "0", nodeVersion: process.version },
    clock: systemClock,
    random: Math.random,
    log: silent,
    env: {},
  });
}

async function scrape(running) {
  const answer = await fetch(`http://${running.listeners[0].address}/metrics`);
  return answer.text();
}

/** @returns what was measured while it worked, in milliseconds */
async function measured(work) {
  let longest = 0;
  let last = performance.now();
  let looking = true;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (looking) setImmediate(look);
  };
  const began = performance.now();
  setImmediate(look);
  const result = await work();
  const ms = performance.now() - began;
  look();
  looking = false;
  return { result, ms, longest };
}

/** A start that is measured. */
async function child() {
  const started = await measured(() => start(childStorage));
  const scraped = await measured(() => scrape(started.result));
  const series = scraped.result.match(/^cbr_task_/gm)?.length ?? 0;
  console.log(
    `${childStorage ? "with" : "without"} storage: ready in ${started.ms.toFixed(0)} ms (longest block ${started.longest.toFixed(0)} ms),`,
    `first scrape in ${scraped.ms.toFixed(0)} ms (longest block ${scraped.longest.toFixed(0)} ms), ${series} series of tasks`,
  );
  await started.result.stop();
}

async function parent() {
  const folder = mkdtempSync(join(tmpdir(), "cbr-bench-"));
  const storage = join(folder, "storage");
  const first = await start(storage);
  for (;;) {
    const text = await scrape(first);
    const finished = text.match(/^cbr_task_ended_timestamp_seconds\{/gm)?.length ?? 0;
    if (finished === tasks) break;
    await new Promise((done) => setTimeout(done, 1000));
  }
  await first.stop();
  for (const path of [storage, ""]) {
    requests = 0;
    const measuring = spawn(process.execPath, [import.meta.filename, tasks, cloud.address().port, path], {
      stdio: "inherit",
    });
    await new Promise((done) => measuring.on("close", done));
    if (path) console.log(`${requests} requests`);
  }
  const files = readdirSync(join(storage, "facts")).map((name) => statSync(join(storage, "facts", name)).size);
  console.log(`${Math.round(files.reduce((sum, size) => sum + size, 0) / tasks)} bytes a task on the disk`);
  cloud.close();
  rmSync(folder, { recursive: true });
}

if (cloudPort === undefined) await parent();
else await child();
