import { onTestFinished } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { watchClock } from "../../src/base/clock-steps.ts";
import type { Micros } from "../../src/base/micros.ts";
import { onlyShard, type Shard } from "../../src/base/shard.ts";
import type { CollectorState } from "../../src/collect/collector.ts";
import { createExporter, type Exporter, type ExporterOptions, sourcesOf } from "../../src/exporter.ts";
import type { Exposition } from "../../src/metrics/exposition.ts";
import { taskLabelNames } from "../../src/metrics/families/task.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import type { ScrapeObserver } from "../../src/metrics/text-forms.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { openStoredFacts } from "../../src/storage/facts.ts";
import type { TaskRecord } from "../../src/tasks/task-record.ts";
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
  /** Says whether somebody works without asking the cloud. */
  readonly others: Set<() => boolean>;
  /** Ids that were asked for since the last look, in their order. */
  asked(): string;
  /** Waits until nobody has anything left to do before the clock moves on. */
  settle(): Promise<void>;
}

/**
 * A whole exporter, its logins and its API client included, that asks a simulator over real sockets, on a clock that is
 * moved by hand: a day passes in a moment, and nothing is stood in for but time and the cloud itself.
 */
export interface LiveExporter extends Exporter {
  readonly exposition: Exposition;
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  readonly log: ReturnType<typeof recordedLog>;
  /** Waits until the exporter has nothing left to do before the clock moves on. */
  settle(): Promise<void>;
  /** Applies a configuration, and settles. */
  reload(...configuration: Parameters<Exporter["apply"]>): Promise<void>;
  /** Another configuration was wrong, and the one before stays. */
  rejectConfig(): void;
  /** Whether writes to its storage are said to fail. */
  breakDisk(isBroken: boolean): void;
  /** Ids that were asked for since the last look, in their order. */
  asked(): string;
  task(id: string, project?: string): TaskRecord | undefined;
  /** That of the first collector, or of the one with this name. */
  state(collector?: string): CollectorState | undefined;
  /** Whether the first project's cloud answers, or that of the one with this name. */
  up(project?: string): boolean | undefined;
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
  /** What the exporter takes for the time. Default: the cloud's. */
  readonly ownClock?: Clock;
  /** At least 0, less than 1. Default: always 0.5, so that jitter is none. */
  readonly random?: () => number;
  readonly lookAtFile?: ExporterOptions["lookAtFile"];
  /** An attempt has ended; what it brought has not been looked at. */
  readonly onAttempt?: () => void;
  /** Folder of facts that last. */
  readonly storage?: string;
  /** Is told what scrapes cost. */
  readonly scrapes?: ScrapeObserver;
  /** Default: the only one. */
  readonly shard?: Shard;
}

interface OpenRequests {
  count: number;
}

/** Rounds of the event loop in which nothing happens: promises of promises have had their turn. */
const quietRounds = 5;

/** @param start the first moment of its clock */
export async function startLiveCloud(options: SimulatorOptions = {}, start: Micros = newYear): Promise<LiveCloud> {
  let events = 0;
  let underWay = 0;
  const asked: string[] = [];
  /** Nothing is left to wait for, neither files nor answers; but those that the simulator holds back. */
  const others = new Set<() => boolean>();
  const isQuiet = (): boolean => {
    const isBusy = [...others].map((ask) => ask()).includes(true);
    return !isBusy && fileReadsUnderWay() === 0 && underWay === simulator.heldBack();
  };
  async function settle(): Promise<void> {
    for (let quiet = 0, last = -1; quiet < quietRounds; quiet += 1) {
      await settled();
      if (events !== last || !isQuiet()) quiet = 0;
      last = events;
    }
  }
  const clock = manualClock(start, settle);
  const now = () => clock.now() / 1000;
  const onRequest: SimulatorOptions["onRequest"] = ({ id }) => {
    events += 1;
    asked.push(id);
  };
  const simulator = await startSimulator({ latencyMs: [0, 0], tasks: [], now, onRequest, ...options });
  return {
    clock,
    simulator,
    others,
    counts(requests) {
      events += 1;
      underWay += requests;
    },
    asked: () => asked.splice(0).join(" "),
    settle,
  };
}

export async function startLiveExporter(options: LiveOptions = {}): Promise<LiveExporter> {
  const { random = () => 0.5, lookAtFile, onAttempt, shard = onlyShard } = options;
  const cloud = options.cloud ?? (await startLiveCloud(options.simulator));
  const { simulator, settle } = cloud;
  /** Requests under way, by their projects. */
  const open = new Map<string, OpenRequests>();
  /** Of projects that are reached in another way by now: theirs were cut short, which is told to nobody. */
  const cut: OpenRequests[] = [];
  const end = (requests: OpenRequests): void => {
    for (; requests.count > 0; requests.count -= 1) cloud.counts(-1);
  };
  const clock = options.ownClock ?? cloud.clock;
  const log = recordedLog();
  const startedAt = clock.now();
  const metrics = createMetrics({ build, clock, shard });
  const facts =
    options.storage === undefined ? undefined : await openStoredFacts({ folder: options.storage, clock, log, shard });
  const exporter = createExporter({
    clock,
    random,
    log,
    env: {},
    forget: metrics.forget,
    reservedLabels: taskLabelNames,
    facts,
    shard,
    ...(lookAtFile && { lookAtFile }),
    observe(...project) {
      const observer = metrics.observe(...project);
      const requests = { count: 0 };
      cut.push(open.get(project[0]) ?? { count: 0 });
      open.set(project[0], requests);
      return {
        ...observer,
        sending(operation) {
          requests.count += 1;
          cloud.counts(1);
          observer.sending(operation);
        },
        attempted(...attempt) {
          // One that was taken for cut short has ended already.
          if (requests.count > 0) cloud.counts(-1);
          requests.count = Math.max(0, requests.count - 1);
          observer.attempted(...attempt);
          onAttempt?.();
        },
      };
    },
  });
  const { store, resources, collectors } = exporter;
  facts?.follow({ store, resources, collectors, finishes: metrics.finishes });
  let isDiskBroken = false;
  if (facts) metrics.storesFacts(() => !isDiskBroken && facts.isLastWriteGood());
  const exposition = metrics.expose(sourcesOf(exporter), options.scrapes);
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
  // Cut at once, also where the exporter does it by itself.
  const isBusy = (): boolean => {
    for (const requests of cut.splice(0)) end(requests);
    return facts?.isWriting() ?? false;
  };
  cloud.others.add(isBusy);
  async function apply(...configuration: Parameters<Exporter["apply"]>): Promise<void> {
    await exporter.apply(...configuration);
    metrics.configApplied(clock.now());
  }
  return {
    ...exporter,
    exposition,
    apply,
    clock: cloud.clock,
    simulator,
    log,
    settle,
    async reload(...configuration) {
      await apply(...configuration);
      await settle();
    },
    rejectConfig: metrics.configRejected,
    breakDisk(isBroken) {
      isDiskBroken = isBroken;
    },
    asked: cloud.asked,
    task: (id, project = "prod") => exporter.store.get(`${project}/${id}`),
    state: (name) =>
      exporter
        .collectors()
        .find(({ config }) => config.name === (name ?? config.name))
        ?.state(),
    up: (name) => exporter.projects().find(({ project }) => project === (name ?? project))?.up,
    expose,
    scrape,
    async value(series) {
      const line = (await scrape()).split("\n").find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    async close() {
      stopWatching();
      await exporter.drain(AbortSignal.abort());
      for (const requests of open.values()) end(requests);
      await facts?.close();
      cloud.others.delete(isBusy);
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
