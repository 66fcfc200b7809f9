import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { manyTasks } from "../../src/simulator/tasks/many-tasks.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { contentTypes } from "../../src/web/negotiate.ts";
import { addressOf, type Program, startProgram } from "../program.ts";
import { result, scrapeWarnings, startPrometheus } from "./prometheus.ts";
import { tool } from "./tools.ts";

const run = promisify(execFile);
/** More than a big block of finished tasks has room for, so that blocks of all kinds are there. */
const tasks = 2_000;
const big = { encoding: "buffer", maxBuffer: 256 * 2 ** 20 } as const;

const folder = mkdtempSync(join(tmpdir(), "cbr-gzip-"));
const file = join(folder, "scrape.gz");
let exporter: Program | undefined;
let simulator: Simulator;
let url = "";
let text = "";
/** The file as it was served, to whoever says that he takes gzip. */
const server = createServer((request, response) => {
  response.setHeader("content-type", contentTypes.text);
  if (/gzip/.test(request.headers["accept-encoding"] ?? "")) {
    response.setHeader("content-encoding", "gzip").end(readFileSync(file));
  } else response.statusCode = 406;
  response.end();
});

/** The body as it came. */
function download(from: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(from, { headers: { "accept-encoding": "gzip" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
    }).on("error", reject);
  });
}

beforeAll(async () => {
  simulator = await startSimulator({ latencyMs: [0, 0], tasks: manyTasks(tasks) });
  const config = join(folder, "config.yaml");
  writeFileSync(
    config,
    `projects:
  - { name: prod, id: ${vendorProjectId}, endpoint: "${simulator.url}", auth: { token: demo-token }, rate_limit: 1000, concurrency: 16 }
collectors:
  - name: many
    schedule: "0 0 1 1 *"
    tasks:
${manyTasks(tasks)
  .map(({ id }) => `      - ${id}\n`)
  .join("")}`,
  );
  exporter = startProgram([`--config.file=${config}`, "--web.listen-address=127.0.0.1:0"]);
  const metrics = `${await addressOf(exporter)}/metrics`;
  // One scrape before most is known, and one after: what is joined anew is joined to what was there.
  await download(metrics);
  await exporter.seen(/msg="Run finished"/);
  const scrape = await download(metrics);
  writeFileSync(file, scrape);
  text = gunzipSync(scrape).toString();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}, 60_000);

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  exporter?.process.kill();
  await exporter?.exited;
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

test("zlib: it is a whole scrape", () => {
  expect(text.match(/^cbr_task_found\{.*\} 1$/gm)).toHaveLength(tasks);
  expect(text).toMatch(/^# TYPE process_cpu_seconds_total counter$/m);
  expect(text.endsWith("\n")).toBe(true);
});

test("curl", async () => {
  const { stdout } = await run(tool("curl"), ["--silent", "--show-error", "--fail", "--compressed", url], big);
  expect(stdout.toString() === text).toBe(true);
});

test("gzip(1), which also tests what it reads", async () => {
  await run("gzip", ["--test", file]);
  const { stdout } = await run("gzip", ["--decompress", "--stdout", file], big);
  expect(stdout.toString() === text).toBe(true);
});

// A decompressobj ends with its member: of several it would read the first alone.
const python = `
import gzip, sys, zlib
packed = open(sys.argv[1], "rb").read()
one = zlib.decompressobj(wbits=31)
text = one.decompress(packed) + one.flush()
assert one.eof and not one.unused_data, len(one.unused_data)
assert text == gzip.decompress(packed)
sys.stdout.buffer.write(text)
`;

test("Python, with both its ways", async () => {
  const { stdout } = await run(tool("python3"), ["-c", python, file], big);
  expect(stdout.toString() === text).toBe(true);
});

test("a browser", async () => {
  const browser = await chromium.launch({
    executablePath: tool("chromium"),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    const shown = await page.evaluate("fetch(location.href).then((answer) => answer.text())");
    expect(shown === text).toBe(true);
  } finally {
    await browser.close();
  }
});

test("Prometheus, which is Go's compress/gzip", async () => {
  const prometheus = await startPrometheus(url.replace(/^http:\/\/|\/metrics$/g, ""));
  try {
    const [found] = await result(prometheus, "count(cbr_task_found)");
    expect(found?.value[1]).toBe(String(tasks));
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    const [samples] = await result(prometheus, "scrape_samples_scraped");
    expect(samples?.value[1]).toBe(String(lines));
    expect(scrapeWarnings(prometheus)).toEqual([]);
  } finally {
    await prometheus.stop();
  }
});
