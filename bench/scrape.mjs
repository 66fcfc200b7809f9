// What a scrape costs against serving the same bytes as a static file, in turn within one run, at several sizes.
// usage: npm run bench -- [tasks …]
import { createServer } from "node:http";
import { Agent, request } from "undici";
import { systemClock } from "../dist/base/clock.js";
import { micros } from "../dist/base/micros.js";
import { decodeShowOpLog } from "../dist/cbr/answers/operation-log.js";
import { createMetrics } from "../dist/metrics/metrics.js";
import { manyTasks } from "../dist/simulator/tasks/many-tasks.js";
import { taskKey } from "../dist/tasks/task-record.js";
import { createTaskStore } from "../dist/tasks/task-store.js";
import { createApp } from "../dist/web/app.js";
import { createScrapeLimits } from "../dist/web/limits.js";
import { listen } from "../dist/web/server.js";

const sizes = process.argv.slice(2).map(Number);
const agent = new Agent({ connections: 1 });
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function scrape(url, headers) {
  const start = performance.now();
  const { body } = await request(url, { dispatcher: agent, headers });
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return { ms: performance.now() - start, bytes };
}

function answer(store, task, beganMs) {
  const at = micros(Date.now() * 1000);
  const body = task.body({ beganMs, elapsedMs: Date.now() - beganMs, projectId: "p" });
  const { log } = decodeShowOpLog({ operation_log: body }, task.id, at);
  store.apply({ type: "answered", key: taskKey("bench", task.id), log, at, runAt: at, nextTick: at });
}

async function measure(count, rounds) {
  const store = createTaskStore();
  const metrics = createMetrics({ build: { version: "0", revision: "0", nodeVersion: "0" }, clock: systemClock });
  const exposition = metrics.expose({ store, projects: () => [], collectors: () => [], logins: () => [] });
  const tasks = manyTasks(count);
  const beganMs = Date.now() - 60_000;
  const origin = { collector: "bench", labels: {} };
  const dueAt = micros(0);
  const members = tasks.map(({ id }) => ({ project: "bench", taskId: id, origin, dueAt }));
  store.setSources(new Map([["bench", { members, rank: 0 }]]));
  for (const task of tasks) answer(store, task, beganMs);

  const options = { store, exposition, clock: systemClock, version: "0", routePrefix: "/", telemetryPath: "/metrics" };
  const limits = createScrapeLimits({ most: 40, clock: systemClock, log: console });
  const app = createApp({ ...options, limits, isReady: () => true, onError: console.error });
  const listener = await listen(app, { host: "127.0.0.1", port: 0 });
  const url = `http://${listener.address}/metrics`;
  for (const encoding of ["identity", "gzip"]) {
    const { chunks } = await exposition.body("text", encoding);
    const file = Buffer.concat(chunks);
    const fixed = createServer((_, response) => response.setHeader("content-length", file.length).end(file));
    await new Promise((resolve) => fixed.listen(0, "127.0.0.1", resolve));
    const fixedUrl = `http://127.0.0.1:${fixed.address().port}/`;
    const headers = { "accept-encoding": encoding };
    const [same, changed, base] = [[], [], []];
    const moving = tasks.find(({ id }) => !store.get(taskKey("bench", id)).finished);
    for (let round = 0; round < rounds; round += 1) {
      base.push((await scrape(fixedUrl, headers)).ms);
      same.push((await scrape(url, headers)).ms);
      answer(store, moving, beganMs);
      changed.push((await scrape(url, headers)).ms);
    }
    const [b, s, c] = [median(base), median(same), median(changed)];
    console.log(
      `${count} tasks, ${encoding}, ${file.length} bytes: static ${b.toFixed(2)} ms, ` +
        `unchanged ${s.toFixed(2)} ms (${(s / b).toFixed(2)} times), one task changed ${c.toFixed(2)} ms (${(c / b).toFixed(2)} times)`,
    );
    fixed.closeAllConnections();
    fixed.close();
  }
  await listener.close(0);
}

for (const count of sizes.length > 0 ? sizes : [100, 1_000, 10_000]) await measure(count, 40);
await agent.close();
