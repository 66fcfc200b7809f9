// prom-client with gauges of the same names and label sets as another server's text, filled once; what is live is set anew.
// argv: where the text is got from
import { createServer } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Gauge, Registry } from "prom-client";
import { answerCalls } from "../answer-calls.mjs";

const [from] = process.argv.slice(2);
const compress = promisify(gzip);
const text = await (await fetch(from, { headers: { accept: "text/plain" } })).text();
const registry = new Registry();
const gauges = new Map();
const helps = new Map();
const liveIds = new Set();
/** Of tasks: [id, gauge, labels, value]. */
const series = [];

const unescaped = (value) => value.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char));

for (const line of text.split("\n")) {
  const help = /^# HELP (\S+) (.*)/.exec(line);
  if (help) helps.set(help[1], help[2]);
  const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!sample) continue;
  const [, name, labelText = "", value] = sample;
  const pairs = [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  const labels = Object.fromEntries(pairs.map(([, label, escaped]) => [label, unescaped(escaped)]));
  if (!gauges.has(name)) {
    const labelNames = Object.keys(labels);
    gauges.set(name, new Gauge({ name, help: helps.get(name) ?? name, labelNames, registers: [registry] }));
  }
  const gauge = gauges.get(name);
  gauge.set(labels, Number(value));
  const { task_id: id, status } = labels;
  if (id === undefined) continue;
  series.push([id, gauge, labels, Number(value)]);
  if (name === "cbr_task_status" && status === "running" && value === "1") liveIds.add(id);
}
const live = series.filter(([id]) => liveIds.has(id));

const server = createServer(async (request, response) => {
  const encoding = request.headers["accept-encoding"];
  const plain = await registry.metrics();
  const body = encoding === "gzip" ? await compress(plain) : Buffer.from(plain);
  const headers = { "content-type": registry.contentType, "content-encoding": encoding };
  response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
});
server.keepAliveTimeout = 0;
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

answerCalls({
  url: () => `http://127.0.0.1:${server.address().port}/`,
  change() {
    for (const [, gauge, labels, value] of live) gauge.set(labels, value + 1);
  },
});
