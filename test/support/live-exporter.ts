import { onTestFinished } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { watchClock } from "../../src/base/clock-steps.ts";
import type { Micros } from "../../src/base/micros.ts";
import type { Config } from "../../src/config/config.ts";
import { createExporter, type Exporter } from "../../src/exporter.ts";
import { taskLabelNames } from "../../src/metrics/families/task.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { build, textOf } from "../metrics/support.ts";
import { fileReadsUnderWay } from "./file-reads.ts";
import { type ManualClock, manualClock, newYear, settled } from "./manual-clock.ts";
import { recordedLog } from "./recorded-log.ts";

/** A simulated cloud, and the time that passes for it and for its clients when it is moved by hand. */
export interface LiveCloud {
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  /** A request goes out (1), or has ended (-1). */
  counts(requests: 1 | -1): void;
  /** Waits until nobody has anything left to do before the clock moves on. */
  settle(): Promise<void>;
}

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
  /** What `/metrics` shows; what lies less than a second behind the last time may be as it was then. */
  expose(): Promise<string>;
  /** What `/metrics` shows a second from now. */
  scrape(): Promise<string>;
  /** The value of one series of it, named as it stands there; undefined when it is absent. */
  value(series: string): Promise<number | undefined>;
  /** Ends at once, with its simulator where that is its own. */
  close(): Promise<void>;
}

export interface LiveOptions {
  /** Where others live too; default: a cloud of its own. */
  readonly cloud?: LiveCloud;
  readonly simulator?: SimulatorOptions;
  /** Default: the start of 2026. */
  readonly start?: Micros;
  readonly config?: (url: string) => Config;
  /** What the exporter takes for the time. Default: the cloud's. */
  readonly ownClock?: Clock;
  /** At least 0, less than 1. Default: always 0.5, so that jitter is none. */
  readonly random?: () => number;
}

/** Rounds of the event loop in which nothing happens: promises of promises have had their turn. */
const quietRounds = 5;

/** @param start the first moment of its clock */
export async function startLiveCloud(options: SimulatorOptions = {}, start: Micros = newYear): Promise<LiveCloud> {
  let events = 0;
  let underWay = 0;
  /** Nothing is left to wait for, neither files nor answers; but those that the simulator holds back. */
  const isQuiet = (): boolean => fileReadsUnderWay() === 0 && underWay === simulator.heldBack();
  async function settle(): Promise<void> {
    for (let quiet = 0, last = -1; quiet < quietRounds; quiet += 1) {
      await settled();
      if (events !== last || !isQuiet()) quiet = 0;
      last = events;
    }
  }
  const clock = manualClock(start, settle);
  const now = () => clock.now() / 1000;
  const onRequest = (): void => {
    events += 1;
  };
  const simulator = await startSimulator({ latencyMs: [0, 0], tasks: [], now, onRequest, ...options });
  return {
    clock,
    simulator,
    counts(requests) {
      events += 1;
      underWay += requests;
    },
    settle,
  };
}

export async function startLiveExporter(options: LiveOptions = {}): Promise<LiveExporter> {
  const { random = () => 0.5 } = options;
  const cloud = options.cloud ?? (await startLiveCloud(options.simulator, options.start));
  const { simulator, settle } = cloud;
  let underWay = 0;
  const counts = (requests: 1 | -1): void => {
    underWay += requests;
    cloud.counts(requests);
  };
  const clock = options.ownClock ?? cloud.clock;
  const log = recordedLog();
  const startedAt = clock.now();
  const metrics = createMetrics({ build, clock });
  const exporter = createExporter({
    clock,
    random,
    log,
    env: {},
    forget: metrics.forget,
    reservedLabels: taskLabelNames,
    observe(...project) {
      const observer = metrics.observe(...project);
      return {
        ...observer,
        sending(operation) {
          counts(1);
          observer.sending(operation);
        },
        attempted(...attempt) {
          counts(-1);
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
  async function expose(): Promise<string> {
    const text = textOf(await exposition.body("text", "identity"));
    // The test's own process started at another time.
    return text.replace(/^(process_start_time_seconds) .*/m, `$1 ${startedAt / 1e6}`);
  }
  async function scrape(): Promise<string> {
    // What is older than a second is collected anew.
    await cloud.clock.advance(1_000);
    return expose();
  }
  const stopWatching = watchClock(clock, (step) => {
    exporter.clockSetBack(step);
    metrics.clockSetBack(clock.now());
  });
  async function apply(...configuration: Parameters<Exporter["apply"]>): Promise<void> {
    await exporter.apply(...configuration);
    metrics.configApplied(clock.now());
  }
  if (options.config) {
    await apply(options.config(simulator.url));
    await settle();
  }
  return {
    ...exporter,
    apply,
    clock: cloud.clock,
    simulator,
    log,
    settle,
    expose,
    scrape,
    async value(series) {
      const line = (await scrape()).split("\n").find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    async close() {
      stopWatching();
      await exporter.drain(AbortSignal.abort());
      // What was cut short is not told to have ended.
      while (underWay > 0) counts(-1);
      if (!options.cloud) await simulator.close();
    },
  };
}

/** One that closes with the test. */
export async function openLiveExporter(options: LiveOptions = {}): Promise<LiveExporter> {
  const exporter = await startLiveExporter(options);
  onTestFinished(() => exporter.close());
  return exporter;
}
