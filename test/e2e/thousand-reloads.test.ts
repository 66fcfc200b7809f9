import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { addressOf, type Program, startProgram } from "../program.ts";
import { endedTask, runningTask } from "../support/cloud.ts";

const warmUp = 300;
const reloads = 1_000;
const scrapesPerSecond = 50;
/**
 * By how much over the 700 reloads that are compared; a leak of 4 KiB a reload makes 2.7 MiB. What threads that have ended
 * leave free is still resident: over 4 000 reloads it grows to 80 MiB at most.
 */
const mayGrow = { heapMiB: 2, rssMiB: 128, descriptors: 4, threads: 0, timers: 4, connections: 2, resources: 8 };

const steady = Array.from({ length: 40 }, (_, n) => `steady-${n}`);
const running = Array.from({ length: 6 }, (_, n) => `running-${n}`);

/** Waits in the program for the wish, SIGUSR2, to tell what is held once all that nobody needs is gone. */
const probe = `
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
if (isMainThread) process.on("SIGUSR2", () => {
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const path = process.env.PROBE_FILE;
  writeFileSync(path + ".new", JSON.stringify({ heap: heapUsed + external, rss, resources: process.getActiveResourcesInfo() }));
  renameSync(path + ".new", path);
});
`;

interface Part {
  readonly limits?: string;
  readonly labels?: string;
  readonly schedule?: string;
  readonly more?: readonly string[];
  readonly other?: string;
}

/** Two projects: one that logs in with IAM, whose steady tasks have ended, and one that comes, goes and is made anew. */
function configText(url: string, part: Part = {}): string {
  const { limits = "rate_limit: 50", labels = "team: storage", schedule = "* * * * * *", more = [], other = "" } = part;
  const login = `password: { domain_name: demo, user_name: exporter, password: demo-password }`;
  return `projects:
  - { name: prod, id: ${vendorProjectId}, endpoint: "${url}", iam_endpoint: "${url}", ${limits}, auth: { ${login} } }
${other === "none" ? "" : `  - { name: other, id: other, endpoint: "${url}", auth: { token: other-token }, retries: 0${other} }\n`}collectors:
  - { name: steady, project: prod, schedule: "${schedule}", labels: { ${labels} }, tasks: [ ${[...steady, ...running].join(", ")} ] }
  - { name: moving, project: prod, schedule: "* * * * * *", tasks: [ ${more.join(", ")} ] }
  - { name: found, project: prod, schedule: "*/2 * * * * *", discover: {} }
${other === "none" ? "" : `  - { name: others, project: other, schedule: "* * * * * *", tasks: [ running-0, running-1 ] }\n`}`;
}

const parts: readonly (Part | "bad")[] = [
  {},
  { more: ["ended-1", "running-9"] },
  { labels: "team: db, tier: gold" },
  { schedule: "*/2 * * * * *", more: ["ended-1"] },
  { limits: "rate_limit: 80, timeout: 7s, concurrency: 2" },
  "bad",
  { other: ", tls_config: { insecure_skip_verify: true }" },
  { other: "none", more: ["ended-2"] },
];

/** Scrapes at the pace of a clock, however long an answer takes. */
function startScraping(url: string, judge: (text: string) => void) {
  const agent = new Agent({ keepAlive: true });
  const seen = { scrapes: 0, slowestMs: 0, failed: [] as string[] };
  const under = new Set<Promise<void>>();
  const scrape = async (): Promise<void> => {
    const start = performance.now();
    try {
      judge(await textOf(url, agent));
    } catch (error) {
      seen.failed.push(String(error));
    }
    seen.scrapes += 1;
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - start);
  };
  const timer = setInterval(() => {
    const one = scrape().finally(() => under.delete(one));
    under.add(one);
  }, 1000 / scrapesPerSecond);
  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
      agent.destroy();
    },
  };
}

function textOf(url: string, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ...(agent && { agent }) }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}: ${text}`)),
      );
    }).on("error", reject);
  });
}

/** All that is known of the steady tasks, but for what the configuration says of them. */
function factsIn(text: string): string {
  return text
    .split("\n")
    .filter((line) => /^cbr_task_(?!config_info).*task_id="steady-/.test(line))
    .join("\n");
}

interface Held {
  readonly heap: number;
  readonly rss: number;
  readonly resources: readonly string[];
}

async function heldBy({ process: { pid = 0 } }: Program, file: string) {
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  await expect.poll(() => existsSync(file), { timeout: 60_000 }).toBe(true);
  const { heap, rss, resources } = JSON.parse(readFileSync(file, "utf8")) as Held;
  const count = (name: string): number => resources.filter((each) => each === name).length;
  return {
    heapMiB: heap / 2 ** 20,
    rssMiB: rss / 2 ** 20,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    timers: count("Timeout"),
    connections: count("TCPSocketWrap"),
    ports: count("MessagePort"),
    resources: resources.length,
  };
}

/** The least of each over a while, as runs come and go; without the thread that loads. */
async function leastHeldBy(program: Program, file: string) {
  await expect.poll(async () => (await heldBy(program, file)).ports, { timeout: 60_000, interval: 200 }).toBe(0);
  let least = await heldBy(program, file);
  for (let sample = 0; sample < 20; sample += 1) {
    const held = await heldBy(program, file);
    least = mapped(least, (value, what) => Math.min(value, held[what]));
  }
  return mapped(least, (value) => Math.round(value * 10) / 10);
}

type Figures = Awaited<ReturnType<typeof heldBy>>;

function mapped(figures: Figures, change: (value: number, what: keyof Figures) => number): Figures {
  const entries = Object.entries(figures) as [keyof Figures, number][];
  return Object.fromEntries(entries.map(([what, value]) => [what, change(value, what)])) as Figures;
}

test("1 000 reloads under 50 scrapes a second: none fails, no fact is lost, nothing grows", async ({ annotate }) => {
  const simulator = await startSimulator({
    // Runs are under way when a reload comes, and IAM renews all the time.
    latencyMs: [5, 40],
    tokenSeconds: 6,
    projects: [{ id: "other", name: "other", token: "other-token" }],
    tasks: [...steady, "ended-1", "ended-2"].map(endedTask).concat([...running, "running-9"].map(runningTask)),
  });
  onTestFinished(() => simulator.close());
  simulator.setFault("running-1", { kind: "latency", ms: 700 });
  const folder = mkdtempSync(join(tmpdir(), "cbr-reloads-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "config.yaml");
  const put = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  put(configText(simulator.url));
  writeFileSync(join(folder, "probe.mjs"), probe);
  const probeFile = join(folder, "held.json");
  const program = startProgram(
    [`--config.file=${file}`, "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle", "--web.max-requests=0"],
    { env: { NODE_OPTIONS: `--import=${join(folder, "probe.mjs")}`, PROBE_FILE: probeFile } },
  );
  onTestFinished(async () => {
    program.process.kill("SIGKILL");
    await program.exited;
  });
  const base = await addressOf(program);
  const known = async () => factsIn(await textOf(`${base}/metrics`));
  await expect
    .poll(async () => (await known()).match(/^cbr_task_duration_seconds/gm), { timeout: 60_000, interval: 100 })
    .toHaveLength(steady.length);
  const facts = await known();

  async function reload(number: number): Promise<void> {
    const part = parts[number % parts.length] ?? {};
    const text = configText(simulator.url, part === "bad" ? { more: ["twice", "twice"] } : part);
    put(text);
    if (number % 100 === 50) simulator.setFault("*", { kind: "throttle", retryAfter: 2, times: 1 });
    // Some are asked for by the signal: the one by HTTP then comes behind it.
    if (number % 10 === 0) program.process.kill("SIGHUP");
    const response = await fetch(`${base}/-/reload`, { method: "POST" });
    const body = await response.text();
    expect([response.status, body]).toEqual(
      part === "bad"
        ? [500, expect.stringMatching(/tasks\[1\]: the same task is listed already/)]
        : [200, "Reloaded\n"],
    );
  }

  async function reloadAll(from: number, to: number) {
    const scraping = startScraping(`${base}/metrics`, (text) => {
      if (factsIn(text) !== facts) throw new Error(`facts differ:\n${factsIn(text)}`);
    });
    try {
      for (let number = from; number < to; number += 1) await reload(number);
    } finally {
      await scraping.stop();
    }
    expect(scraping.seen.failed).toEqual([]);
    return scraping.seen;
  }

  const early = await reloadAll(0, warmUp);
  await reload(0);
  const before = await leastHeldBy(program, probeFile);
  const late = await reloadAll(warmUp, reloads);
  await reload(0);
  const after = await leastHeldBy(program, probeFile);

  const slowest = Math.max(early.slowestMs, late.slowestMs).toFixed(0);
  await annotate(`before: ${JSON.stringify(before)}\nafter: ${JSON.stringify(after)}`);
  await annotate(`${early.scrapes + late.scrapes} scrapes, the slowest ${slowest} ms`);
  for (const [what, grows] of Object.entries(mayGrow) as [keyof Figures, number][]) {
    expect(after[what] - before[what], what).toBeLessThanOrEqual(grows);
  }
  // Whatever is done to the others, a task that has ended is asked for once.
  expect(steady.map((id) => simulator.requests(id))).toEqual(steady.map(() => 1));
  const end = await textOf(`${base}/metrics`);
  expect(end).toMatch(/^cbr_api_requests_total\{.*code="429".*\} [1-9]/m);
  expect(simulator.requestsOf("KeystoneCreateToken")).toBeGreaterThan(2);
}, 600_000);
