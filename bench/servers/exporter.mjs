// The exporter as `src/serve.ts` wires it, in one process, but that nothing is polled: its tasks change when they are told to.
// argv: tasks, live tasks
import { systemClock } from "../../dist/base/clock.js";
import { micros } from "../../dist/base/micros.js";
import { createExporter, sourcesOf } from "../../dist/exporter.js";
import { createMetrics } from "../../dist/metrics/metrics.js";
import { taskKey } from "../../dist/tasks/task-record.js";
import { createApp } from "../../dist/web/app.js";
import { createScrapeLimits } from "../../dist/web/limits.js";
import { listen } from "../../dist/web/server.js";
import { answerCalls } from "../answer-calls.mjs";
import { answerOf, benchTasks } from "../tasks.mjs";

const [tasks, live] = process.argv.slice(2).map(Number);
const clock = systemClock;
const log = { debug() {}, info() {}, warn: console.error, error: console.error };

const metrics = createMetrics({ build: { version: "0", revision: "0", nodeVersion: process.version }, clock });
const exporter = createExporter({
  clock,
  random: Math.random,
  log,
  env: {},
  reservedLabels: new Set(),
  observe: metrics.observe,
  forget: metrics.forget,
});
const { store } = exporter;
const exposition = metrics.expose(sourcesOf(exporter));
const app = createApp({
  exposition,
  store,
  resources: () => [],
  clock,
  version: "0",
  routePrefix: "/",
  telemetryPath: "/metrics",
  isReady: () => true,
  shownConfig: () => "",
  limits: createScrapeLimits({ maxRequests: 40, clock, log }),
  onError: console.error,
});

const began = performance.now();
const watched = benchTasks({ tasks, live });
const liveTasks = watched.filter(({ live: isLive }) => isLive);
const origin = { collector: "bench", labels: {} };
const members = watched.map(({ id }) => ({ project: "bench", taskId: id, origin, dueAt: micros(0) }));
store.setSources(new Map([["bench", { members, rank: 0 }]]));
for (const task of watched) poll(task, 0);

/** As if it had been polled. */
function poll(task, elapsedMs) {
  const at = clock.now();
  const key = taskKey("bench", task.id);
  store.apply({ type: "answered", key, log: answerOf(task, elapsedMs), at, runAt: at, nextTick: at });
}

/** So that each change brings another percent, however soon it comes. */
let changes = 0;
const { address } = await listen(app, { host: "127.0.0.1", port: 0 });

answerCalls({
  url: () => `http://${address}/metrics`,
  /** Polls all live tasks again. @returns milliseconds that the changes took, without making up what the cloud says */
  change() {
    changes += 1;
    const elapsedMs = performance.now() - began + changes * 1000;
    const answers = liveTasks.map((task) => ({ key: taskKey("bench", task.id), log: answerOf(task, elapsedMs) }));
    const at = clock.now();
    const start = performance.now();
    for (const { key, log: answer } of answers) {
      store.apply({ type: "answered", key, log: answer, at, runAt: at, nextTick: at });
    }
    return performance.now() - start;
  },
});
