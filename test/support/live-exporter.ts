import { onTestFinished } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { createExporter, type Exporter } from "../../src/exporter.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import type { Micros } from "../../src/tasks/micros.ts";
import { build, textOf } from "../metrics/support.ts";
import { type ManualClock, manualClock, newYear, settled } from "./manual-clock.ts";
import { recordedLog } from "./recorded-log.ts";

/**
 * A whole exporter, its logins and its API client included, that asks a simulator over real sockets, on a clock that is
 * moved by hand: a day passes in a moment, and nothing is stood in for but time and the cloud itself.
 */
export interface LiveExporter extends Exporter {
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  readonly log: ReturnType<typeof recordedLog>;
  /** Waits until the exporter has nothing left to do before the clock moves on. */
  settle(): Promise<void>;
  /** What `/metrics` shows now. */
  scrape(): Promise<string>;
  /** The value of one series of it, named as it stands there; undefined when it is absent. */
  value(series: string): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface LiveOptions {
  readonly simulator?: SimulatorOptions;
  /** Default: the start of 2026. */
  readonly start?: Micros;
  readonly config?: (url: string) => Config;
  /** At least 0, less than 1. Default: always 0.5, so that jitter is none. */
  readonly random?: () => number;
}

/** Rounds of the event loop in which nothing happens: loopback sockets answer within one. */
const quietRounds = 20;
/** After files were read: that one is being closed is not to be seen, and waits for a thread. */
const quietRoundsWithFiles = 1_000;

export async function startLiveExporter(options: LiveOptions = {}): Promise<LiveExporter> {
  const { start = newYear, random = () => 0.5 } = options;
  let events = 0;

  async function settle(): Promise<void> {
    let needed = quietRounds;
    for (let quiet = 0, last = -1; quiet < needed; quiet += 1) {
      await settled();
      const readsFiles = process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
      if (readsFiles) needed = quietRoundsWithFiles;
      if (readsFiles || events !== last) quiet = 0;
      last = events;
    }
  }

  const clock = manualClock(start, settle);
  const simulator = await startSimulator({
    latencyMs: [0, 0],
    tasks: [],
    now: () => clock.now() / 1000,
    onRequest: () => {
      events += 1;
    },
    ...options.simulator,
  });
  const log = recordedLog();
  const metrics = createMetrics({ build, clock });
  const exporter = createExporter({
    clock,
    random,
    log,
    env: {},
    observe(...project) {
      const observer = metrics.observe(...project);
      return {
        ...observer,
        sending(operation) {
          events += 1;
          observer.sending(operation);
        },
        attempted(...attempt) {
          events += 1;
          observer.attempted(...attempt);
        },
      };
    },
  });
  const exposition = metrics.expose({
    store: exporter.store,
    projects: () => exporter.projects(),
    collectors: () => exporter.collectors().map((collector) => collector.state()),
  });
  async function scrape(): Promise<string> {
    // What is older than a second is collected anew.
    await clock.advance(1_000);
    return textOf(await exposition.body("text", "identity"));
  }
  if (options.config) {
    await exporter.apply(options.config(simulator.url));
    await settle();
  }
  return {
    ...exporter,
    clock,
    simulator,
    log,
    settle,
    scrape,
    async value(series) {
      const line = (await scrape()).split("\n").find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    async close() {
      await exporter.drain(AbortSignal.abort());
      await simulator.close();
    },
  };
}

/** One that closes with the test. */
export async function openLiveExporter(options: LiveOptions = {}): Promise<LiveExporter> {
  const exporter = await startLiveExporter(options);
  onTestFinished(() => exporter.close());
  return exporter;
}
