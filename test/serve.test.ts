import { expect, onTestFinished, test } from "vitest";
import { type Clock, systemClock } from "../src/base/clock.ts";
import type { Config } from "../src/config/config.ts";
import { drainMs, lingerMs, type ServeOptions } from "../src/serve.ts";
import type { Simulator } from "../src/simulator/simulator.ts";
import { vendorExample } from "../src/simulator/tasks/sim-task.ts";
import { BindError } from "../src/web/server.ts";
import { readSamples } from "./metrics/read-exposition.ts";
import { ownFamilies } from "./metrics/support.ts";
import { start as startSimulator } from "./simulator/start.ts";
import { fixedTask } from "./support/cloud.ts";
import { collectorConfig, projectConfig, taskConfigs } from "./support/configs.ts";
import { eventually } from "./support/eventually.ts";
import { manualClock } from "./support/manual-clock.ts";
import { recordedLog } from "./support/recorded-log.ts";
import { loopback, type Served, settings, startServed } from "./support/served.ts";

interface EndClock extends Clock {
  /** From now on the waits of the end, so many milliseconds long, last until they are ended by hand. */
  hold(...waits: readonly number[]): void;
  /** Ends a wait, also one that begins later. */
  reach(wait: number): void;
  readonly waiting: (wait: number) => boolean;
  /** The program is about to stop: what is not held takes no time. */
  hurry(): void;
}

/** The machine's time, but for the waits of the end. */
function endClock(): EndClock {
  const held = new Map<number, (() => void) | undefined>();
  let ending = false;
  return {
    ...systemClock,
    after(ms, call) {
      if (!ending || (ms !== drainMs && ms !== lingerMs)) return systemClock.after(ms, call);
      if (!held.has(ms)) return systemClock.after(ms === lingerMs ? 0 : ms, call);
      held.set(ms, call);
      return () => held.set(ms, undefined);
    },
    hold(...waits) {
      for (const wait of waits) held.set(wait, undefined);
    },
    reach(wait) {
      held.get(wait)?.();
      held.delete(wait);
    },
    waiting: (wait) => held.get(wait) !== undefined,
    hurry() {
      ending = true;
    },
  };
}

function configFor(simulator: Simulator, ids: readonly string[], schedule = "* * * * * *"): Config {
  return {
    projects: [projectConfig({ endpoint: simulator.url, timeoutMs: 20_000 })],
    collectors: [collectorConfig({ schedule, tasks: taskConfigs(...ids) })],
  };
}

async function start(
  options: Partial<ServeOptions> & Pick<ServeOptions, "config"> & { readonly clock?: EndClock },
): Promise<Served> {
  const { clock = endClock() } = options;
  const served = await startServed({ ...options, clock });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    clock.hurry();
    stopped ??= served.running.stop();
    return stopped;
  };
  onTestFinished(() => {
    for (const wait of [drainMs, lingerMs]) clock.reach(wait);
    return stop();
  });
  return { ...served, running: { ...served.running, stop } };
}

function listeningOn({ lines }: Served["log"]): readonly unknown[] {
  return lines.filter(({ msg }) => msg === "Listening on").map(({ fields }) => fields["address"]);
}

test("from a configuration to a scrape: the vendor's example, polled once and for all", async () => {
  const simulator = await startSimulator();
  const { running, log, url, scrape } = await start({ config: configFor(simulator, [vendorExample.id]) });
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
  await running.stop();
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

test("stop, while a request hangs: not ready but answering, no new poll, over at the deadline", async () => {
  const simulator = await startSimulator({ tasks: [fixedTask("well", { status: "running" }), fixedTask("hangs", {})] });
  simulator.setFault("hangs", { kind: "hang" });
  const clock = endClock();
  clock.hold(drainMs, lingerMs);
  const config = configFor(simulator, ["well"]);
  const hanging = collectorConfig({ name: "hanging", tasks: taskConfigs("hangs") });
  const { running, url, scrape } = await start({
    config: { ...config, collectors: [...config.collectors, hanging] },
    clock,
  });
  await eventually(() => {
    expect(simulator.requests("hangs")).toBe(1);
    expect(simulator.requests("well")).toBeGreaterThan(0);
  });
  let ended = false;
  const stopped = running.stop().then(() => {
    ended = true;
  });
  const polls = simulator.requests();
  clock.reach(lingerMs);

  // Past the next tick of the collector that is well.
  for (const tick = Math.ceil(Date.now() / 1000) * 1000 + 50; Date.now() < tick; ) {
    const ready = await fetch(`${url}/-/ready`);
    expect([ready.status, await ready.text()]).toEqual([503, "Not ready\n"]);
  }
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
  expect(await scrape()).toContain('cbr_task_status{project="prod",task_id="hangs",status="unknown"} 1\n');
  expect(simulator.requests()).toBe(polls);
  expect(clock.waiting(drainMs)).toBe(true);
  expect(ended).toBe(false);

  clock.reach(drainMs);
  await stopped;
  expect(simulator.requests()).toBe(polls);
  await expect(fetch(url)).rejects.toThrow();
});

test("stop lets a request in flight end, and keeps what it brought for the last scrape", async () => {
  const simulator = await startSimulator({ tasks: [fixedTask("slow", { status: "running" })] });
  simulator.setFault("slow", { kind: "latency", ms: 150 });
  const clock = endClock();
  clock.hold(drainMs);
  const { running, log, url } = await start({ config: configFor(simulator, ["slow"]), clock });
  await eventually(() => expect(simulator.requests("slow")).toBe(1));
  const stopped = running.stop();
  expect((await fetch(`${url}/-/ready`)).status).toBe(503);
  await stopped;
  // The deadline was not needed, and waits no more.
  expect(clock.waiting(drainMs)).toBe(false);
  expect(log.lines.find(({ msg }) => msg === "Run finished")?.fields).toMatchObject({ result: "success", answered: 1 });
});

test("stop, with nothing in flight: not ready but answering for a second, so that it can be seen", async () => {
  const simulator = await startSimulator();
  const clock = endClock();
  clock.hold(drainMs, lingerMs);
  const { running, url } = await start({ config: configFor(simulator, []), clock });
  const stopped = running.stop();
  await eventually(() => expect(clock.waiting(drainMs)).toBe(false));
  for (let each = 0; each < 3; each += 1) expect((await fetch(`${url}/-/ready`)).status).toBe(503);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  expect(clock.waiting(lingerMs)).toBe(true);
  clock.reach(lingerMs);
  await stopped;
  await expect(fetch(url)).rejects.toThrow();
});

test("a page that cannot be made is told to the log", async () => {
  const simulator = await startSimulator();
  const clock = endClock();
  // Whose schedules would look at the clock too.
  const { log, url } = await start({ config: { ...configFor(simulator, []), collectors: [] }, clock });
  clock.now = () => {
    throw new Error("no time");
  };
  expect((await fetch(url)).status).toBe(500);
  clock.now = systemClock.now;
  expect(log.lines).toContainEqual({ level: "error", msg: "Request failed", fields: { error: "no time" } });
});

test("a clock that is set back by an hour: told once, no time of the exporter's own lies ahead, and polls go on", async () => {
  const simulator = await startSimulator({ tasks: [fixedTask("a", { id: "a", status: "running" })] });
  const clock = manualClock(systemClock.now());
  const config = configFor(simulator, ["a"], "*/30 * * * * *");
  const { running, log, scrape } = await startServed({ config, clock });
  onTestFinished(async () => {
    const stopped = running.stop();
    await clock.advance(drainMs + lingerMs);
    await stopped;
  });
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
