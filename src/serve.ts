import type { Clock } from "./base/clock.ts";
import { watchClock } from "./base/clock-steps.ts";
import type { Log } from "./base/log.ts";
import { micros } from "./base/micros.ts";
import type { Settings } from "./cli.ts";
import type { CollectorState } from "./collect/collector.ts";
import type { CollectorConfig, Config } from "./config/config.ts";
import type { Environment } from "./config/expand-variables.ts";
import type { ShownResult } from "./config/shown-config.ts";
import { type FirstLook, noLook } from "./config/task-files/look-at-files.ts";
import { mostResources } from "./estate/resources.ts";
import { type ApplyOptions, createExporter, recallFor, sourcesOf } from "./exporter.ts";
import type { Build } from "./metrics/exporter-metrics.ts";
import { mostTaskSeries, taskLabelNames } from "./metrics/families/task.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { createReloader, type Reloaded } from "./reload.ts";
import type { Facts } from "./storage/facts.ts";
import { createApp } from "./web/app.ts";
import { createScrapeLimits } from "./web/limits.ts";
import type { ListAge } from "./web/page/missing.ts";
import { type Listener, listen } from "./web/server.ts";

/** How long polls in flight may go on once the program is asked to end. */
export const drainMs = 5_000;

/** How long listeners go on at least, so that whoever looks at readiness sees it turn and sends nobody here any more. */
export const lingerMs = 1_000;

export interface ServeOptions {
  readonly settings: Pick<
    Settings,
    "listen" | "routePrefix" | "telemetryPath" | "maxRequests" | "lifecycle" | "storagePath" | "shard"
  >;
  readonly config: Config;
  /** The same as it is written, without secrets. */
  readonly shown: string;
  /** Reads and checks the configuration anew. */
  readonly load: () => Promise<ShownResult>;
  /** What its task files hold. */
  readonly firstLook?: FirstLook;
  /** Projects whose files cannot be used yet, so that they are known to be down before anything is asked. */
  readonly broken?: ReadonlySet<string>;
  readonly build: Build;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** What `${VAR}` in task files is replaced from. */
  readonly env: Environment;
}

export interface Running {
  readonly listeners: readonly Listener[];
  /** Never rejects. */
  reload(): Promise<Reloaded>;
  /** Turns readiness off, lets polls in flight end, and closes everything, after a second at the earliest. */
  stop(): Promise<void>;
  /** Whether a question to a file system that hangs keeps the process from exiting. */
  isStuck(): boolean;
}

/**
 * Listens, then puts the configuration in force.
 * @throws {BindError} | {StorageInUseError} with nothing left open and no poll started
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const {
    settings,
    config,
    shown: shownAtFirst,
    load,
    firstLook = noLook,
    broken = new Set(),
    build,
    clock,
    random,
    log,
    env,
  } = options;
  const { shard } = settings;
  const facts = await openFactsIn(settings, clock, log);
  const metrics = createMetrics({ build, clock, shard });
  if (facts) metrics.storesFacts(facts.isLastWriteGood);
  const exporter = createExporter({
    clock,
    random,
    log,
    env,
    reservedLabels: taskLabelNames,
    observe: metrics.observe,
    forget: metrics.forget,
    facts,
    shard,
  });
  const { store, resources, collectors } = exporter;
  facts?.follow({ store, resources, collectors, finishes: metrics.finishes });
  let ready = false;
  const exposition = metrics.expose(sourcesOf(exporter));
  let shown = shownAtFirst;
  const reloader = createReloader({
    config,
    load,
    apply(loaded, unusable) {
      shown = loaded.shown;
      return apply(loaded.config, { broken: unusable, firstLook: loaded.firstLook }, "Configuration reloaded");
    },
    onRejected: metrics.configRejected,
    log,
  });
  const app = createApp({
    exposition,
    store: exporter.shown,
    shard,
    // Of listed tasks alone, their own rows say as much.
    resources: () =>
      exporter.collectors().some(({ config }) => config.discover) ? [...exporter.resources.records()] : [],
    inventory: () => ({
      estate: exporter.estate,
      lists: exporter.collectors().flatMap((collector) => listAges(collector.state())),
    }),
    clock,
    version: build.version,
    routePrefix: settings.routePrefix,
    telemetryPath: settings.telemetryPath,
    isReady: () => ready,
    shownConfig: () => shown,
    ...(settings.lifecycle && { reload: reloader.reload }),
    limits: createScrapeLimits({ maxRequests: settings.maxRequests, clock, log }),
    onError: (error) => log.error("Request failed", { error: error.message }),
  });
  // So that the first scrape finds it in force.
  const recalled = facts && (await recallFor(facts, config, firstLook, shard));
  const listeners: Listener[] = [];
  try {
    for (const address of settings.listen) {
      const listener = await listen(app, address);
      listeners.push(listener);
      log.info("Listening on", { address: listener.address });
    }
  } catch (error) {
    await Promise.all([...listeners.map((listener) => listener.close(0)), facts?.close()]);
    throw error;
  }
  const stopWatching = watchClock(clock, (step) => {
    log.warn("This machine's clock was set back", { seconds: Math.round(step / 1e6) });
    exporter.clockSetBack(step);
    metrics.clockSetBack(clock.now());
  });
  async function apply(applied: Config, given: ApplyOptions, msg: string): Promise<void> {
    await exporter.apply(applied, given);
    metrics.configApplied(clock.now());
    log.info(msg, {
      projects: applied.projects.length,
      collectors: applied.collectors.length,
      tasks: exporter.shown.size,
      ...(shard.count > 1 && { shard: shard.index, shards: shard.count }),
    });
    for (const collector of applied.collectors) sayWhatIsFound(collector, log);
  }

  await apply(config, { broken, firstLook, recalled }, "Configuration loaded");
  ready = true;

  return {
    listeners,
    reload: reloader.reload,
    isStuck: exporter.isStuck,
    async stop() {
      ready = false;
      stopWatching();
      const deadline = new AbortController();
      const cancel = clock.after(drainMs, () => deadline.abort());
      const lingered = new Promise<void>((resolve) => clock.after(lingerMs, resolve));
      await exporter.drain(deadline.signal);
      cancel();
      if (facts) await within(facts.close(), drainMs, clock);
      await lingered;
      await Promise.all(listeners.map((listener) => listener.close(1_000)));
    },
  };
}

/** Waits for it, but not for longer: a disk that hangs does not keep the program. */
async function within(work: Promise<void>, ms: number, clock: Clock): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([work, late]);
  cancel();
}

/** The database is loaded with it alone. @throws {StorageInUseError} */
async function openFactsIn(
  { storagePath: folder, shard }: ServeOptions["settings"],
  clock: Clock,
  log: Log,
): Promise<Facts | undefined> {
  if (folder === undefined) return undefined;
  const { openStoredFacts } = await import("./storage/facts.ts");
  return openStoredFacts({ folder, clock, log, shard });
}

/** How many series a collector may make that finds its tasks by itself. */
function sayWhatIsFound({ name, project, discover }: CollectorConfig, log: Log): void {
  if (!discover) return;
  const { maxTasks, keepMs } = discover;
  log.info("Tasks will be found by listing; unfinished ones have series beyond these", {
    project,
    collector: name,
    finished_task_series_at_most: keepMs === 0 ? 0 : maxTasks * mostTaskSeries,
    resources_at_most: mostResources,
  });
}

/** As the alerts do, two runs may be missed. */
function listAges({ collector, interval, inventory = new Map() }: CollectorState): readonly ListAge[] {
  const oldAfter = micros(3 * interval + 30 * 60e6);
  return [...inventory].map(([list, { readAt }]) => ({ collector, list, at: readAt, oldAfter }));
}
