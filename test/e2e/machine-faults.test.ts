import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { readSamples } from "../metrics/read-exposition.ts";
import { addressOf, type Program, type ProgramOptions, projectRoot, startProgram, watch } from "../program.ts";
import { endedTask, runningTask } from "../support/cloud.ts";
import { tool } from "./tools.ts";

const patienceMs = 300_000;
const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const clean of cleanups.reverse()) await clean();
});

/** Waits until a check passes: some things are looked at twice a minute, and the machine may be busy. */
const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: patienceMs / 2, interval: 200 });

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cbr-faults-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a scrape says; of several samples, by the values of their labels. */
function readScrape(text: string) {
  const samples = readSamples(text);
  const all = (name: string, label = ""): readonly number[] =>
    samples
      .filter((sample) => sample.name === name && (label === "" || Object.values(sample.labels).includes(label)))
      .map(({ value }) => Number(value));
  return {
    all,
    sum: (...of: Parameters<typeof all>) => all(...of).reduce((total, value) => total + value, 0),
    now: all("cbr_exporter_time_seconds")[0] ?? Number.NaN,
  };
}

type Scrape = ReturnType<typeof readScrape>;

/** Running tasks a to j, each with a collector of its own, which polls it every other second. */
async function startCloud(project = "") {
  const ids = [..."abcdefghij"];
  const simulator = await startSimulator({ latencyMs: [0, 0], tasks: ids.map(runningTask) });
  cleanups.push(() => simulator.close());
  const folder = tempFolder();
  writeFileSync(
    join(folder, "config.yaml"),
    `projects:
  - { name: prod, id: ${vendorProjectId}, endpoint: "${simulator.url}", rate_limit: 100, auth: { token: demo-token }${project} }
collectors:
${ids.map((id) => `  - { name: ${id}, schedule: "*/2 * * * * *", tasks: [ ${id} ] }\n`).join("")}`,
  );
  const args = [`--config.file=${folder}/config.yaml`, "--web.listen-address=127.0.0.1:0"];
  async function start(options: ProgramOptions = {}, ...flags: readonly string[]) {
    const program = startProgram([...args, ...flags], options);
    return { program, ...(await follow(program, await addressOf(program))) };
  }
  return { simulator, folder, args, start };
}

/** Scrapes the program, once all tasks have been polled. */
async function follow({ process: child }: Program, base: string) {
  cleanups.push(() => child.kill("SIGKILL"));
  const scrape = async () => readScrape(await (await fetch(`${base}/metrics`)).text());
  await eventually(async () => expect((await scrape()).sum("cbr_task_poll_success")).toBe(10));
  return { base, scrape };
}

/** All tasks have been polled well within a few seconds, and no time lies where it should not. */
function expectFresh(scrape: Scrape): void {
  const ages = scrape.all("cbr_task_poll_last_success_timestamp_seconds").map((at) => scrape.now - at);
  expect(ages).toHaveLength(10);
  expect(Math.max(...ages)).toBeLessThan(10);
  expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
  const waits = scrape.all("cbr_collector_next_run_timestamp_seconds").map((at) => at - scrape.now);
  expect(Math.min(...waits)).toBeGreaterThan(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2);
  expect(scrape.sum("cbr_task_poll_success")).toBe(10);
  expect(scrape.sum("cbr_up")).toBe(1);
}

/** Blocks the event loop for 6 s when it is asked to by a signal that the program does not use. */
const blocking = `process.on("SIGUSR2", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6_000));`;

test.concurrent.each<[string, (child: Program["process"]) => unknown]>([
  [
    "suspended for two minutes",
    async (child) => {
      child.kill("SIGSTOP");
      await sleep(120_000);
      child.kill("SIGCONT");
    },
  ],
  ["its event loop blocked for 6 s", (child) => child.kill("SIGUSR2")],
])(
  "%s: no flood of runs, and nothing failed that came meanwhile",
  async (_, stop) => {
    const { simulator, start } = await startCloud(", timeout: 2s");
    const { program, scrape } = await start({
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(blocking)}` },
    });
    // One is under way, whose answer comes while nobody can read it.
    simulator.setFault("a", { kind: "latency", ms: 1_000 });
    const asked = simulator.requests("a");
    await eventually(() => expect(simulator.requests("a")).toBeGreaterThan(asked));
    const runs = async () => (await scrape()).sum("cbr_collector_runs_total", "a");
    const before = await runs();
    await eventually(() => expect(simulator.requests("a")).toBeGreaterThan(asked + 1));
    await stop(program.process);
    const since = performance.now();
    const after = await runs();
    expect(after - before).toBeLessThanOrEqual((performance.now() - since) / 2_000 + 3);
    await eventually(async () => expectFresh(await scrape()));
    expect((await scrape()).sum("cbr_api_errors_total", "timeout")).toBe(0);
    program.process.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    expect(program.stderr()).not.toMatch(/Polls failed|level=error/);
  },
  patienceMs,
);

test.concurrent(
  "the clock is set forward by hours, then back, then right: polls go on",
  async () => {
    const { folder, start } = await startCloud();
    tool("faketime");
    const file = join(folder, "shift");
    const setClock = (shift: string): void => {
      writeFileSync(`${file}.new`, shift);
      renameSync(`${file}.new`, file);
    };
    setClock("+0");
    const { program, scrape } = await start({
      env: {
        LD_PRELOAD: "/usr/$LIB/faketime/libfaketimeMT.so.1",
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_CACHE_DURATION: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    // The step forward may be seen together with the one back.
    for (const [hours, timesBack] of [[7], [-5, 1], [0, 1]] as const) {
      setClock(`${hours < 0 ? "" : "+"}${hours}h`);
      await eventually(async () => {
        const said = await scrape();
        expect(program.stderr().match(/This machine's clock was set back/g)?.length).toBe(timesBack);
        expect(Math.abs(said.now - Date.now() / 1000 - 3600 * hours)).toBeLessThan(600);
        expectFresh(said);
        for (const name of [
          "cbr_task_status_since_timestamp_seconds",
          "cbr_collector_last_success_timestamp_seconds",
        ]) {
          expect(Math.max(...said.all(name))).toBeLessThanOrEqual(said.now);
        }
      });
    }
    expect((await scrape()).sum("cbr_api_errors_total")).toBe(0);
    program.process.kill("SIGTERM");
    expect(await program.exited).toBe(0);
  },
  patienceMs,
);

test.concurrent(
  "a full disk for the log: it goes on, and its lines come again once there is room",
  async () => {
    const disk = tempFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
    cleanups.push(() => execFileSync("umount", ["-l", disk]));
    const { args } = await startCloud();
    const file = join(disk, "log");
    const command = [
      "-c",
      'log=$1; shift; exec "$@" 2>>"$log"',
      "sh",
      file,
      process.execPath,
      `${projectRoot}dist/main.js`,
    ];
    const program = watch(spawn("sh", [...command, ...args]));
    const log = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
    const address = await eventually(() => {
      const [, found] = /msg="Listening on" address=(\S+)/.exec(log()) ?? [];
      expect(found).toBeDefined();
      return found;
    });
    const { scrape } = await follow(program, `http://${address}`);
    expect(() => writeFileSync(join(disk, "filler"), Buffer.alloc(1 << 20))).toThrow(/ENOSPC/);
    // What is left of its last page fills, too.
    let last = { size: -1, runs: 0 };
    await eventually(async () => {
      const now = { size: log().length, runs: (await scrape()).sum("cbr_collector_runs_total") };
      if (now.size !== last.size) last = now;
      expect(now.runs - last.runs).toBeGreaterThan(30);
    });
    expectFresh(await scrape());
    rmSync(join(disk, "filler"));
    await eventually(() => expect(log().slice(last.size)).toMatch(/\ntime=\S+ level=info .*\n$/));
    program.process.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    expect(log()).toMatch(/msg=Stopped\n$/);
  },
  patienceMs,
);

/** Opens connections and keeps them, over and over, until it is ended. */
function holdConnections(address: string, count: number) {
  const { hostname, port } = new URL(address);
  const sockets = new Set<Socket>();
  let lost = 0;
  let isEnded = false;
  function open(): void {
    if (isEnded) return;
    const socket = connect(Number(port), hostname);
    // Or its end would not be seen.
    sockets.add(socket.on("error", () => {}).resume());
    socket.once("close", () => {
      sockets.delete(socket);
      lost += 1;
      setTimeout(open, 50);
    });
  }
  for (let each = 0; each < count; each += 1) open();
  const end = (): void => {
    isEnded = true;
    for (const socket of sockets) socket.destroy();
  };
  cleanups.push(end);
  return { lost: () => lost, end };
}

/** Scrapes by a connection of its own, which stays open. */
async function openConnection(base: string): Promise<() => Promise<Scrape>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  cleanups.push(() => agent.destroy());
  const scrape = () =>
    new Promise<Scrape>((resolve, reject) => {
      get(`${base}/metrics`, { agent }, async (response) => {
        let text = "";
        for await (const part of response.setEncoding("utf8")) text += part;
        resolve(readScrape(text));
      }).on("error", reject);
    });
  await scrape();
  return scrape;
}

test.concurrent(
  "no file descriptor left: what needs one fails and is told, and works again afterwards",
  async () => {
    const { simulator, folder, start } = await startCloud(", retries: 0");
    const storage = join(folder, "storage");
    const stored = "cbr_exporter_storage_last_write_successful";
    const { program, scrape, base } = await start({}, `--storage.path=${storage}`);
    simulator.setTask(endedTask("b"));
    await eventually(async () => expect((await scrape()).all("cbr_task_ended_timestamp_seconds")).toHaveLength(1));
    await eventually(async () => expect((await scrape()).sum(stored)).toBe(1));
    const scrapeKept = await openConnection(base);
    const { pid } = program.process;
    const setLimit = (most: number | string): void =>
      void execFileSync("prlimit", ["--pid", String(pid), `--nofile=${most}:`]);
    const [, usual = ""] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8")) ?? [];
    const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    let limit = 0;
    for (let free = 0; free < 5; limit += 1) if (!open.has(limit)) free += 1;
    setLimit(limit);
    const held = holdConnections(base, 40);
    await eventually(() => expect(held.lost()).toBeGreaterThan(100));
    expect((await scrapeKept()).all("cbr_task_poll_success")).toHaveLength(10);
    held.end();

    // None at all, so that the connections to the cloud, which end now, have no successors.
    setLimit(3);
    simulator.setFault("*", { kind: "cut" });
    const failedRuns = async () => (await scrapeKept()).sum("cbr_collector_runs_total", "failed");
    await eventually(async () => expect(await failedRuns()).toBeGreaterThanOrEqual(20));
    simulator.setFault("*", undefined);
    const before = await failedRuns();
    await eventually(async () => {
      const said = await scrapeKept();
      expect([said.sum("cbr_task_poll_error_info", "network"), said.sum("cbr_up"), said.sum(stored)]).toEqual([
        9, 0, 0,
      ]);
      expect(await failedRuns()).toBeGreaterThanOrEqual(before + 20);
    });
    setLimit(usual);
    await eventually(async () => {
      const said = await scrape();
      expect([said.sum("cbr_task_poll_success"), said.sum("cbr_up"), said.sum(stored)]).toEqual([10, 1, 1]);
    });
    program.process.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    expect(readdirSync(storage).toSorted()).toEqual(["facts", "facts.json"]);

    const asked = simulator.requests("b");
    const again = await start({}, `--storage.path=${storage}`);
    expect((await again.scrape()).all("cbr_task_ended_timestamp_seconds")).toHaveLength(1);
    expect(simulator.requests("b")).toBe(asked);
  },
  patienceMs,
);
