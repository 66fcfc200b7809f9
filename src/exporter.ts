import type { Clock } from "./base/clock.ts";
import type { Log } from "./base/log.ts";
import type { Micros } from "./base/micros.ts";
import { onlyShard, type Shard } from "./base/shard.ts";
import { onAbort } from "./base/waits.ts";
import type { ApiObserver, Operation } from "./cbr/operations.ts";
import type { Collector } from "./collect/collector.ts";
import { configChanges } from "./collect/config-changes.ts";
import { createProjectHealth, type ProjectSummary } from "./collect/project-health.ts";
import { createWatchList, refsOf } from "./collect/watch-list.ts";
import { createCollectorSet } from "./collector-set.ts";
import type { Config } from "./config/config.ts";
import type { Environment } from "./config/expand-variables.ts";
import { type FirstLook, lookAtFile, noLook, tasksAtFirst } from "./config/task-files/look-at-files.ts";
import { createEstate, type Estate } from "./estate/estate.ts";
import { followResources, mostResources, type Resources } from "./estate/resources.ts";
import { followSuperseded } from "./estate/superseded.ts";
import { followTaskCounts, type TaskCounts } from "./estate/task-counts.ts";
import type { Sources } from "./metrics/exposition.ts";
import { createProjectApis } from "./project-apis.ts";
import type { Facts } from "./storage/facts.ts";
import { nothingRecalled, type Recalled } from "./storage/recall.ts";
import { countedTasks, shownTasks, type TaskView } from "./tasks/shard-view.ts";
import { createTaskStore, type TaskStore } from "./tasks/task-store.ts";

/** The exporter without its web side: what polls, and what is known. */
export interface Exporter {
  readonly store: TaskStore;
  /** Those of its tasks that have series here. */
  readonly shown: TaskView;
  /** Those that are counted here, and tell of their resources. */
  readonly counted: TaskView;
  readonly resources: Resources;
  readonly taskCounts: TaskCounts;
  readonly estate: Estate;
  collectors(): readonly Collector[];
  projects(): readonly ProjectSummary[];
  /**
   * Puts a configuration in force: the first one, or another in its place, one after the other; what did not change goes
   * on undisturbed.
   */
  apply(config: Config, options?: ApplyOptions): Promise<void>;
  /** This machine's clock was set back: the exporter's own times that lie ahead now become now. */
  clockSetBack(step: Micros): void;
  /** Starts no poll any more; those in flight may finish until `deadline` aborts. */
  drain(deadline: AbortSignal): Promise<void>;
  /** Whether a question to a file system that hangs is still unanswered. */
  isStuck(): boolean;
}

export interface ApplyOptions {
  /** Projects that lack a file which they need: they are down, and asked at once, until a poll succeeds. */
  readonly broken?: ReadonlySet<string>;
  /** What the configuration's task files held when it was read; without it they are read with the first runs. */
  readonly firstLook?: FirstLook;
  /** What was recalled for it, where that is done already. */
  readonly recalled?: Recalled | undefined;
}

export interface ExporterOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** What `${VAR}` in task files is replaced from. */
  readonly env: Environment;
  /** Names that labels in task files may not have. */
  readonly reservedLabels: ReadonlySet<string>;
  /** Counts the requests of a project. */
  readonly observe: (project: string, operations: readonly Operation[]) => ApiObserver;
  /** A project has left: what was counted of it goes. */
  readonly forget: (project: string) => Promise<void>;
  readonly lookAtFile?: typeof lookAtFile;
  /** Where facts outlast the program. */
  readonly facts?: Facts | undefined;
  /** Which part of the tasks is its own. Default: all. */
  readonly shard?: Shard;
}

export function createExporter(options: ExporterOptions): Exporter {
  const { clock, random, log, env, observe, forget, reservedLabels, facts, shard = onlyShard } = options;
  const store = createTaskStore();
  const shown = shownTasks(store, shard);
  const counted = countedTasks(store, shard);
  const superseded = followSuperseded(store, clock);
  const estate = createEstate();
  const resources = followResources(counted, estate.resources, clock);
  let droppedResources = 0;
  const taskCounts = followTaskCounts(shown);
  const health = createProjectHealth({
    store: shown,
    clock,
    onChange(project, up, failure) {
      if (up) log.info("The cloud answers again", { project });
      else log.warn("The cloud does not answer", { project, reason: failure?.reason, error: failure?.message });
    },
  });
  const apis = createProjectApis({
    clock,
    random,
    log,
    env,
    health,
    observe,
    onProjectId: facts && ((project, id) => void learnProjectId(facts, project, id)),
  });
  const collectors = createCollectorSet({
    store,
    estate,
    shard,
    health,
    clock,
    random,
    log,
    apis,
    hooks: ({ name, project }) => ({
      refreshTasks: () => refreshTasks(name),
      setFound: (ids) => watchList.setFound(name, ids),
      onElsewhere: (logs) => superseded.showElsewhere(project, logs, clock.now()),
    }),
  });
  let inForce: Config = { projects: [], collectors: [] };
  const watchList = createWatchList({
    store,
    shard,
    clock,
    log,
    env,
    reservedLabels,
    nextTick: collectors.nextTick,
    recall: async (tasks) => (facts ? facts.recallTasks(tasks) : nothingRecalled.task),
    lookAtFile: options.lookAtFile ?? lookAtFile,
  });
  let applying: Promise<void> | undefined;
  let draining = false;

  /** What is known under a project's id is taken over once its login has found that. */
  async function learnProjectId(known: Facts, project: string, id: string): Promise<void> {
    try {
      if (!(await known.projectFound(project, id))) return;
      await queue(async () => {
        await apply(inForce, { moved: project, recalled: await known.recall(inForce, watchList.listed()) });
      });
    } catch (error) {
      log.error("What was known of a project is not taken over", { project, error: String(error) });
    }
  }

  async function refreshTasks(collector: string): Promise<boolean> {
    resources.sweep();
    if (resources.dropped() > droppedResources) {
      log.warn("More resources than there is room for, the last to come have no series", { most: mostResources });
    }
    droppedResources = resources.dropped();
    const { isGood, changed } = await watchList.refresh(collector);
    // New ones of another collector are asked for at its own next tick.
    for (const name of changed.keys()) collectors.get(name)?.tasksChanged([]);
    return isGood;
  }

  /** @param moved a project that turned out to be another than was thought */
  async function apply(config: Config, options: ApplyOptions & { readonly moved?: string }): Promise<void> {
    const { broken = new Set(), firstLook = noLook, moved: found } = options;
    const recalled = options.recalled ?? (facts ? await recallFor(facts, config, firstLook, shard) : nothingRecalled);
    if (draining) return;
    facts?.attach(config, recalled);
    const changes = configChanges(inForce, config, found);
    const isAnew = (project: string) => ["moved", "remade"].includes(changes.projects.get(project) ?? "");
    const goneApis = apis.remove((name) => isAnew(name) || changes.projects.get(name) === "left");
    const goneCollectors = collectors.remove(config, changes);
    // Facts are of one project of one cloud; under another id or endpoint the same task id is another task.
    const moved = inForce.collectors.filter(({ project }) => changes.projects.get(project) === "moved");
    watchList.forget(moved.map(({ name }) => name));
    for (const [project, change] of changes.projects) {
      if (change !== "moved" && change !== "left") continue;
      resources.forget(project);
      superseded.forgetElsewhere(project);
    }
    // Whether a project made anew answers must be found out anew, and soon.
    health.setProjects(apis.names());
    apis.set(config, inForce);
    inForce = config;
    health.setProjects(apis.names());
    resources.restore(recalled.resources, clock.now());
    const started = collectors.set(config, changes, goneCollectors, recalled);

    const atOnce = new Set(
      config.collectors
        .filter(({ runOnStart, project }) => runOnStart || isAnew(project) || broken.has(project))
        .map(({ name }) => name),
    );
    const changed = watchList.set(config, firstLook, atOnce, recalled.listed, recalled.task);
    for (const project of broken) health.cannotAsk(project);
    for (const [name, added] of changed) {
      if (!started.has(name)) collectors.get(name)?.tasksChanged(atOnce.has(name) ? added : []);
    }
    for (const name of atOnce) if (!started.has(name)) collectors.get(name)?.listAnew();
    for (const [name, collector] of started) collector.start(atOnce.has(name));
    // A later success that was not polled yet must not be missed.
    void Promise.all([...started.values()].map((collector) => collector.idle())).then(() => superseded.judge());

    // What is replaced ends its requests in its own time, while its successor already works.
    for (const collector of goneCollectors) collector.abort();
    await Promise.all(goneCollectors.map((collector) => collector.idle()));
    await Promise.all(goneApis.map((api) => api.close()));
    for (const [project, change] of changes.projects) if (change === "left") await forget(project);
  }

  /** One after the other. */
  function queue(work: () => Promise<void>): Promise<void> {
    const start = async (): Promise<void> => {
      if (!draining) await work();
    };
    const applied = applying ? applying.then(start, start) : start();
    const end = (): void => {
      if (applying === applied) applying = undefined;
    };
    applying = applied;
    applied.then(end, end);
    return applied;
  }

  return {
    store,
    shown,
    counted,
    resources,
    taskCounts,
    estate,
    isStuck: watchList.isStuck,
    collectors: collectors.all,
    projects: () =>
      health.states().flatMap((state) => {
        const api = apis.get(state.project);
        return api ? [{ ...state, skewMs: api.skewMs(), ...api.login() }] : [];
      }),
    apply: (config, options = {}) => queue(() => apply(config, options)),
    clockSetBack(step) {
      const now = clock.now();
      store.clockSetBack({
        now,
        step,
        nextTick: ({ origin }) => collectors.nextTick(origin.collector),
      });
      health.clockSetBack(now);
      for (const collector of collectors.all()) collector.clockSetBack(now);
    },
    async drain(deadline) {
      draining = true;
      watchList.close();
      for (const collector of collectors.all()) collector.stop();
      for (const api of apis.all()) api.stop();
      const abort = (): void => {
        for (const collector of collectors.all()) collector.abort();
      };
      if (deadline.aborted) abort();
      const forget = onAbort(deadline, abort);
      await Promise.all(collectors.all().map((collector) => collector.idle()));
      forget();
      await Promise.all([...apis.all()].map((api) => api.close()));
    },
  };
}

/** What `/metrics` shows of it. */
export function sourcesOf({ shown, counted, resources, taskCounts, estate, projects, collectors }: Exporter): Sources {
  return {
    store: shown,
    counted,
    resources,
    taskCounts,
    estate,
    projects,
    collectors: () => collectors().map((collector) => collector.state()),
  };
}

/** Reads what was known of a configuration's tasks, and of all else that it wants. */
export function recallFor(
  facts: Pick<Facts, "recall">,
  config: Config,
  firstLook: FirstLook,
  shard: Shard,
): Promise<Recalled> {
  const lists = config.collectors.map(
    (collector) => [collector.name, [...collector.tasks, ...tasksAtFirst(collector, firstLook)]] as const,
  );
  return facts.recall(config, refsOf(config, new Map(lists), shard));
}
