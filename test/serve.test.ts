import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import type { Config } from "../src/config/config.ts";
import { mostTaskSeries } from "../src/metrics/families/task.ts";
import { drainMs, lingerMs, type ServeOptions } from "../src/serve.ts";
import type { Simulator } from "../src/simulator/simulator.ts";
import { vendorExample } from "../src/simulator/tasks/sim-task.ts";
import { BindError } from "../src/web/server.ts";
import { readSamples } from "./metrics/read-exposition.ts";
import { ownFamilies } from "./metrics/support.ts";
import { start as startSimulator } from "./simulator/start.ts";
import { runningTask } from "./support/cloud.ts";
import { collectorConfig, discoverConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { eventually } from "./support/eventually.ts";
import { manualClock } from "./support/manual-clock.ts";
import { recordedLog } from "./support/recorded-log.ts";
import { loopback, type Served, settings, startServed } from "./support/served.ts";

function configFor(simulator: Simulator, ids: readonly string[], schedule = "* * * * * *"): Config {
  return {
    projects: [projectConfig({ endpoint: simulator.url, timeoutMs: 20_000, rateLimit: Number.POSITIVE_INFINITY })],
    collectors: [collectorConfig({ schedule, tasks: taskConfigs(...ids) })],
  };
}

/** One on a clock that is moved by hand, which ends with the test. */
async function start(options: Partial<ServeOptions> & Pick<ServeOptions, "config">) {
  const clock = manualClock(systemClock.now());
  const served = await startServed({ ...options, clock });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= served.running.stop();
    return stopped;
  };
  onTestFinished(async () => {
    const ended = stop();
    await clock.advance(drainMs + lingerMs);
    await ended;
  });
  return { ...served, running: { ...served.running, stop }, clock };
}

function listeningOn({ lines }: Served["log"]): readonly unknown[] {
  return lines.filter(({ msg }) => msg === "Listening on").map(({ fields }) => fields["address"]);
}

test.each([
  [0, 0],
  [1000, 2000 * mostTaskSeries],
])("a collector that finds its tasks says how many series that can be: keep %i ms, %i", async (keepMs, most) => {
  const simulator = await startSimulator({
    tasks: [],
    fleet: { resources: 3, days: 2, startMs: Date.UTC(2026, 0, 21, 12) },
  });
  onTestFinished(() => simulator.close());
  const { projects, collectors } = configFor(simulator, []);
  const finding = { discover: discoverConfig({ keepMs }), schedule: "0 * * * *" };
  const { log, url } = await start({
    config: { projects, collectors: collectors.map((each) => ({ ...each, ...finding })) },
  });
  const told = log.lines.filter(({ msg }) => msg.startsWith("Tasks will be found"));
  expect(told).toMatchObject([
    { level: "info", fields: { collector: "weekend", finished_task_series_at_most: most, resources_at_most: 50_000 } },
  ]);
  // The page has the resources then.
  await eventually(async () => expect(await (await fetch(`${url}/`)).text()).toContain("<h2>3 resources</h2>"));
});

test("from a configuration to a scrape: the vendor's example, polled once and for all", async () => {
  const simulator = await startSimulator();
  const { running, log, url, scrape, clock } = await start({ config: configFor(simulator, [vendorExample.id]) });
  expect(listeningOn(log)).toEqual(running.listeners.map(({ address }) => address));
  expect(log.lines.find(({ msg }) => msg === "Configuration loaded")).toMatchObject({
    level: "info",
    fields: { projects: 1, collectors: 1, tasks: 1 },
  });
  const labels = `project="prod",task_id="${vendorExample.id}"`;
  const showsTask = async () => expect(await scrape()).toContain(`\ncbr_task_duration_seconds{${labels}} 227.503925\n`);
  await eventually(showsTask);
  const samples = readSamples(ownFamilies(await scrape()));
  expect(samples.find(({ name }) => name === "cbr_exporter_config_last_reload_successful")?.value).toBe("1");
  expect((await fetch(`${url}/-/ready`)).status).toBe(200);
  expect(await (await fetch(url)).text()).toContain(vendorExample.id);
  const stopped = running.stop();
  await clock.advance(lingerMs);
  await stopped;
  expect(simulator.requests()).toBe(1);
  await expect(fetch(url)).rejects.toThrow();
});

test("several addresses, a prefix and another path: one line for each listener", async () => {
  const simulator = await startSimulator();
  const listen = [loopback, { host: "::1", port: 0 }];
  const { running, log } = await start({
    config: configFor(simulator, []),
    settings: { ...settings, listen, routePrefix: "/cbr/", telemetryPath: "/m" },
  });
  expect(listeningOn(log)).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^\[::1\]:\d+$/),
  ]);
  for (const { address } of running.listeners) expect((await fetch(`http://${address}/cbr/m`)).status).toBe(200);
});

test("a port that is taken: nothing stays open, nothing is polled", async () => {
  const simulator = await startSimulator();
  const taken = { host: "127.0.0.1", port: simulator.port };
  const log = recordedLog();
  const config = configFor(simulator, [vendorExample.id]);
  const failed = startServed({ settings: { ...settings, listen: [loopback, taken] }, config, log });
  await expect(failed).rejects.toThrow(BindError);
  const [address] = listeningOn(log);
  await expect(fetch(`http://${address}/metrics`)).rejects.toThrow();
  expect(simulator.requests()).toBe(0);
  expect(log.messages()).not.toContain("Configuration loaded");
});

test("stop, while a request hangs: not ready but answering, no new poll, over at the deadline, not later", async () => {
  const simulator = await startSimulator({ tasks: [runningTask("well"), runningTask("hangs")] });
  simulator.setFault("hangs", { kind: "hang" });
  const config = configFor(simulator, ["well"]);
  const hanging = collectorConfig({ name: "hanging", tasks: taskConfigs("hangs") });
  const collectors = [...config.collectors, hanging];
  const { running, url, scrape, clock } = await start({ config: { ...config, collectors } });
  await eventually(() => {
    expect([simulator.requests("hangs"), simulator.requests("well")]).toEqual([1, 1]);
  });
  let ended = false;
  const stopped = running.stop().then(() => {
    ended = true;
  });
  // Past ticks of the collector that is well.
  await clock.advance(drainMs - 1);
  const ready = await fetch(`${url}/-/ready`);
  expect([ready.status, await ready.text()]).toEqual([503, "Not ready\n"]);
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
  expect(await scrape()).toContain('cbr_task_status{project="prod",task_id="hangs",status="unknown"} 1\n');
  expect(ended).toBe(false);

  await clock.advance(1);
  await stopped;
  expect(simulator.requests()).toBe(2);
  await expect(fetch(url)).rejects.toThrow();
});

test("stop lets a request in flight end, and keeps what it brought for the last scrape", async () => {
  const simulator = await startSimulator({ tasks: [runningTask("slow")] });
  simulator.setFault("slow", { kind: "latency", ms: 150 });
  const { running, log, url, scrape, clock } = await start({ config: configFor(simulator, ["slow"]) });
  await eventually(() => expect(simulator.requests("slow")).toBe(1));
  const stopped = running.stop();
  expect((await fetch(`${url}/-/ready`)).status).toBe(503);
  const finished = () => log.lines.find(({ msg }) => msg === "Run finished")?.fields;
  await eventually(() => expect(finished()).toMatchObject({ result: "success", answered: 1 }));
  expect(await scrape()).toContain('cbr_task_status{project="prod",task_id="slow",status="running"} 1\n');
  // The deadline was not needed, and waits no more.
  await clock.advance(lingerMs);
  await stopped;
  expect(clock.pending()).toBe(0);
});

test("stop, with nothing in flight: not ready but answering for a second, so that it can be seen", async () => {
  const simulator = await startSimulator();
  const { running, url, clock } = await start({ config: configFor(simulator, []) });
  const stopped = running.stop();
  await clock.advance(lingerMs - 1);
  for (let each = 0; each < 3; each += 1) expect((await fetch(`${url}/-/ready`)).status).toBe(503);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  await clock.advance(1);
  await stopped;
  await expect(fetch(url)).rejects.toThrow();
});

test("a page that cannot be made is told to the log", async () => {
  const simulator = await startSimulator();
  // Whose schedules would look at the clock too.
  const { log, url, clock } = await start({ config: { ...configFor(simulator, []), collectors: [] } });
  const { now } = clock;
  clock.now = () => {
    throw new Error("no time");
  };
  expect((await fetch(url)).status).toBe(500);
  clock.now = now;
  expect(log.lines).toContainEqual({ level: "error", msg: "Request failed", fields: { error: "no time" } });
});

test("a clock that is set back by an hour: told once, no time of the exporter's own lies ahead, and polls go on", async () => {
  const simulator = await startSimulator({ tasks: [runningTask("a")] });
  const { log, scrape, clock } = await start({ config: configFor(simulator, ["a"], "*/30 * * * * *") });
  /** Waits for the answer to a run's request: its time must not run out before. */
  const ended = (run: number): Promise<void> =>
    eventually(async () => {
      // What is older than a second is collected anew.
      await clock.advance(1_000);
      const [, runs] = /result="success"} (\d+)/.exec(await scrape()) ?? [];
      expect(Number(runs)).toBeGreaterThanOrEqual(run);
    });
  const toNextTick = (): Promise<void> => clock.advance(30_000 - ((clock.now() / 1_000) % 30_000));
  await ended(1);
  clock.setWall(-3_600_000);
  for (const run of [2, 3]) {
    await toNextTick();
    await ended(run);
  }
  expect(log.messages("warn")).toEqual(["This machine's clock was set back"]);
  const samples = readSamples(await scrape());
  const now = clock.now() / 1e6;
  const own =
    /^cbr_task_(?:poll_last_success|status_since|progress_rose)|^cbr_(?:api|collector)_last_.*timestamp|_reload_success_time/;
  const times = samples.filter(({ name }) => own.test(name));
  expect(times.length).toBeGreaterThan(5);
  for (const { name, value } of times) expect([name, Number(value) <= now]).toEqual([name, true]);
  const next = samples.find(({ name }) => name.startsWith("cbr_task_poll_next"));
  expect(Number(next?.value)).toBeLessThanOrEqual(now + 30);
});
