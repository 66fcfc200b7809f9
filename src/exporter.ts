import { isDeepStrictEqual } from "node:util";
import type { Clock } from "./base/clock.ts";
import { type Log, withFields } from "./base/log.ts";
import type { Micros } from "./base/micros.ts";
import { type ApiObserver, type Operation, operationsOf } from "./cbr/operations.ts";
import { createProjectApi, type ProjectApi } from "./cbr/project-api.ts";
import { type Collector, createCollector } from "./collect/collector.ts";
import { membersOf, type TaskLists } from "./collect/members.ts";
import { createProjectHealth, type ProjectSummary } from "./collect/project-health.ts";
import { createSchedule, type Schedule, type ScheduleOptions } from "./collect/schedule.ts";
import type { CollectorConfig, Config, ProjectConfig } from "./config/config.ts";
import type { Environment } from "./config/expand-variables.ts";
import { createFileQueue } from "./config/task-files/file-queue.ts";
import { createTaskFiles, type TaskFiles } from "./config/task-files/task-files.ts";
import { lookAtFile } from "./config/task-files/watched-file.ts";
import { followSuperseded } from "./estate/superseded.ts";
import { createTaskStore, type TaskStore } from "./tasks/task-store.ts";

/** The exporter without its web side: what polls, and what is known. */
export interface Exporter {
  readonly store: TaskStore;
  collectors(): readonly Collector[];
  projects(): readonly ProjectSummary[];
  /** Puts a configuration in force: the first one, or another in its place; what did not change goes on undisturbed. */
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
  readonly schedule?: (options: ScheduleOptions) => Schedule;
  readonly lookAtFile?: typeof lookAtFile;
}

interface Project {
  readonly config: ProjectConfig;
  readonly api: ProjectApi;
}

export function createExporter(options: ExporterOptions): Exporter {
  const { clock, random, log, env, reservedLabels, observe, schedule: scheduleOf = createSchedule } = options;
  const store = createTaskStore();
  const superseded = followSuperseded(store);
  const health = createProjectHealth({
    store,
    clock,
    onChange(project, up, failure) {
      if (up) log.info("The cloud answers again", { project });
      else log.warn("The cloud does not answer", { project, reason: failure?.reason, error: failure?.message });
    },
  });
  const projects = new Map<string, Project>();
  const collectors = new Map<string, Collector>();
  let inForce: Config = { projects: [], collectors: [] };
  const fileQueue = createFileQueue({ clock });
  let taskFiles: TaskFiles | undefined;
  let draining = false;

  function projectOf(config: ProjectConfig): Project {
    const observer = observe(config.name, operationsOf(config));
    if (config.tls?.insecureSkipVerify) {
      log.warn("Certificates are not verified: whoever is between can read the login", {
        project: config.name,
        tls: "unverified",
      });
    }
    const counted: ApiObserver = {
      ...observer,
      sending(operation) {
        observer.sending(operation);
        health.requesting(config.name);
      },
      attempted(operation, code, seconds) {
        observer.attempted(operation, code, seconds);
        // Logging in says nothing about CBR.
        if (operation === "ShowOpLog") health.requested(config.name, clock.now());
      },
    };
    return { config, api: createProjectApi({ config, env, clock, random, observer: counted }) };
  }

  function collectorOf(config: CollectorConfig, project: Project): Collector {
    const { schedule: expression, timezone } = config;
    return createCollector({
      config,
      project: project.config,
      api: project.api,
      store,
      health,
      schedule: scheduleOf({ expression, timezone, clock }),
      clock,
      random,
      log: project.config.tls?.insecureSkipVerify ? withFields(log, { tls: "unverified" }) : log,
      refreshTasks: () => refreshTasks(config.name),
    });
  }

  /** Looks at the task files, all of them, and takes over what changed. */
  async function refreshTasks(collector: string): Promise<boolean> {
    const files = taskFiles;
    if (!files) return true;
    const { tasks, changed, failed, problems } = await files.refresh(collector);
    for (const problem of problems) log.error("Task file not taken over, its last good content stays", { problem });
    // A reload may have replaced the files meanwhile.
    if (files === taskFiles && changed.size > 0) {
      // All files are looked at together; the tasks of the others are asked for at their own next tick.
      setMembers(listsOf(inForce, tasks), new Set([collector]));
      log.info("Task files changed", { collectors: [...changed].sort().join(","), tasks: store.size });
    }
    return !failed.has(collector);
  }

  /** @param running collectors whose new tasks are asked for now, not at the next tick */
  function setMembers(lists: TaskLists, running: ReadonlySet<string>, gone: Iterable<string> = []): void {
    const now = clock.now();
    const dueAt = (name: string) => (running.has(name) ? now : (collectors.get(name)?.nextTick() ?? now));
    const sources = new Map(membersOf(inForce, lists, dueAt));
    for (const name of gone) sources.set(name, []);
    store.setMembers(sources);
  }

  async function apply(config: Config, { broken = new Set() }: ApplyOptions): Promise<void> {
    const before = inForce;
    const goneProjects = [...projects.values()].filter(
      ({ config: old }) => !config.projects.some((project) => isDeepStrictEqual(project, old)),
    );
    for (const { config: old } of goneProjects) projects.delete(old.name);
    const goneCollectors = [...collectors.values()].filter(
      ({ config: old }) =>
        !projects.has(old.project) ||
        !config.collectors.some((collector) => isDeepStrictEqual(settingsOf(collector), settingsOf(old))),
    );
    for (const collector of goneCollectors) {
      collector.stop();
      collectors.delete(collector.config.name);
    }
    // Facts are of one project of one cloud; under another id or endpoint the same task id is another task.
    const moved = config.projects.filter((project) => isMoved(before, project)).map(({ name }) => name);
    const forget = before.collectors.filter(({ project }) => moved.includes(project)).map(({ name }) => name);
    if (forget.length > 0) store.setMembers(new Map(forget.map((name) => [name, []])));
    // Whether it answers must be found out anew, and soon.
    const rejoined = config.projects.filter((project) => hasNewWay(before, project)).map(({ name }) => name);
    health.setProjects(before.projects.map(({ name }) => name).filter((name) => !rejoined.includes(name)));

    inForce = config;
    taskFiles?.close();
    taskFiles = config.collectors.some(({ taskFiles: files }) => files.length > 0)
      ? createTaskFiles(config, {
          env,
          reservedLabels,
          clock,
          queue: fileQueue,
          look: options.lookAtFile ?? lookAtFile,
        })
      : undefined;
    for (const project of config.projects) {
      if (!projects.has(project.name)) projects.set(project.name, projectOf(project));
    }
    health.setProjects(projects.keys());
    const started: Collector[] = [];
    for (const collector of config.collectors) {
      const project = projects.get(collector.project);
      if (!project || collectors.has(collector.name)) continue;
      const created = collectorOf(collector, project);
      collectors.set(collector.name, created);
      started.push(created);
    }
    const lists = listsOf(config);
    const left = before.collectors.map(({ name }) => name).filter((name) => !lists.has(name));
    const atOnce = started.filter(
      ({ config: { runOnStart, project } }) => runOnStart || rejoined.includes(project) || broken.has(project),
    );
    setMembers(lists, new Set(atOnce.map((c) => c.config.name)), left);
    for (const project of broken) health.cannotAsk(project);
    for (const collector of started) collector.start(atOnce.includes(collector));
    // A later success that was not polled yet must not be missed.
    void Promise.all(atOnce.map((collector) => collector.idle())).then(() => superseded.judge());

    // What is replaced ends its requests in its own time, while its successor already works.
    for (const collector of goneCollectors) collector.abort();
    await Promise.all(goneCollectors.map((collector) => collector.idle()));
    await Promise.all(goneProjects.map(({ api }) => api.close()));
  }

  return {
    store,
    isStuck: fileQueue.isStuck,
    collectors: () => [...collectors.values()],
    projects: () =>
      health.states().flatMap((state) => {
        const api = projects.get(state.project)?.api;
        return api ? [{ ...state, skewMs: api.skewMs(), ...api.login() }] : [];
      }),
    apply: async (config, options = {}) => {
      if (!draining) await apply(config, options);
    },
    clockSetBack(step) {
      const now = clock.now();
      store.clockSetBack({
        now,
        step,
        nextTick: ({ origin: { collector } }) => collectors.get(collector)?.nextTick() ?? now,
      });
      health.clockSetBack(now);
      for (const collector of collectors.values()) collector.clockSetBack(now);
    },
    async drain(deadline) {
      draining = true;
      taskFiles?.close();
      for (const collector of collectors.values()) collector.stop();
      for (const { api } of projects.values()) api.stop();
      const abort = (): void => {
        for (const collector of collectors.values()) collector.abort();
      };
      if (deadline.aborted) abort();
      deadline.addEventListener("abort", abort, { once: true });
      await Promise.all([...collectors.values()].map((collector) => collector.idle()));
      deadline.removeEventListener("abort", abort);
      await Promise.all([...projects.values()].map(({ api }) => api.close()));
    },
  };
}

/** All tasks of each collector: those of the configuration, and those of its files as they were then or are now. */
function listsOf({ collectors }: Config, files?: TaskLists): TaskLists {
  return new Map(
    collectors.map(({ name, tasks, fileTasks }) => [name, [...tasks, ...(files?.get(name) ?? fileTasks)]]),
  );
}

/** All but what the task files hold, which changes while a collector runs. */
function settingsOf({ fileTasks: _, taskFilesFound: __, ...settings }: CollectorConfig): Partial<CollectorConfig> {
  return settings;
}

/** Whether a project is reached, or logged in to, in another way than before. */
function hasNewWay(
  { projects }: Config,
  { name, id, endpoint, iamEndpoint, auth, proxy, tls }: ProjectConfig,
): boolean {
  const old = projects.find((project) => project.name === name);
  if (!old) return false;
  const way = [old.id, old.endpoint, old.iamEndpoint, old.auth, old.proxy, old.tls];
  return !isDeepStrictEqual(way, [id, endpoint, iamEndpoint, auth, proxy, tls]);
}

function isMoved({ projects }: Config, { name, id, endpoint }: ProjectConfig): boolean {
  const old = projects.find((project) => project.name === name);
  return old !== undefined && (old.id !== id || old.endpoint !== endpoint);
}
