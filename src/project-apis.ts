import { isDeepStrictEqual } from "node:util";
import type { Clock } from "./base/clock.ts";
import type { Log } from "./base/log.ts";
import { type ApiObserver, isAboutCbr, listsOf, type Operation, operationsOf } from "./cbr/operations.ts";
import { createProjectApi, type ProjectApi } from "./cbr/project-api.ts";
import type { ProjectHealth } from "./collect/project-health.ts";
import type { CollectorConfig, Config, ProjectConfig } from "./config/config.ts";
import type { Environment } from "./config/expand-variables.ts";

/** The APIs of the projects that are in force, by name. */
export interface ProjectApis {
  get(project: string): ProjectApi | undefined;
  names(): Iterable<string>;
  all(): Iterable<ProjectApi>;
  /** Takes those out that leave, or are to be made anew. @returns them; they are to be closed */
  remove(isGone: (project: string) => boolean): readonly ProjectApi[];
  /** Makes those that lack, and sets how often the others may be asked. @param before what was in force */
  set(config: Config, before: Config): void;
}

export interface ProjectApisOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly env: Environment;
  readonly health: Pick<ProjectHealth, "requesting" | "requested">;
  /** Counts the requests of a project. */
  readonly observe: (project: string, operations: readonly Operation[]) => ApiObserver;
  /** Told once a login has found its project's id, and when it is another one. */
  readonly onProjectId?: ((project: string, id: string) => void) | undefined;
}

export function createProjectApis(options: ProjectApisOptions): ProjectApis {
  const { clock, random, log, env, health, observe, onProjectId } = options;
  const apis = new Map<string, ProjectApi>();

  function apiOf(config: ProjectConfig, collectors: readonly CollectorConfig[]): ProjectApi {
    const { name } = config;
    const observer = observe(name, operationsOf(config, collectors));
    if (config.tls?.insecureSkipVerify) {
      log.warn("Certificates are not verified: whoever is between can read the login", {
        project: name,
        tls: "unverified",
      });
    }
    const counted: ApiObserver = {
      ...observer,
      sending(operation) {
        observer.sending(operation);
        health.requesting(name);
      },
      attempted(operation, code, seconds) {
        observer.attempted(operation, code, seconds);
        if (isAboutCbr(operation)) health.requested(name, clock.now());
      },
    };
    const tell = onProjectId && ((id: string) => onProjectId(name, id));
    return createProjectApi({ config, env, clock, random, observer: counted, onProjectId: tell });
  }

  return {
    get: (project) => apis.get(project),
    names: () => apis.keys(),
    all: () => apis.values(),
    remove(isGone) {
      const gone = [...apis].filter(([name]) => isGone(name));
      for (const [name] of gone) apis.delete(name);
      return gone.map(([, api]) => api);
    },
    set(config, before) {
      for (const project of config.projects) {
        const { name } = project;
        const known = apis.get(name);
        const collectors = collectorsOf(config, name);
        const old = before.projects.find((each) => each.name === name);
        if (!isDeepStrictEqual(old, project)) known?.setLimits(project);
        // Counters of what is newly called are there from now on.
        const lists = new Set(listsOf(collectors));
        for (const operation of listsOf(collectorsOf(before, name))) lists.delete(operation);
        if (known && lists.size > 0) observe(name, [...lists]);
        if (!known) apis.set(name, apiOf(project, collectors));
      }
    },
  };
}

function collectorsOf({ collectors }: Config, project: string): readonly CollectorConfig[] {
  return collectors.filter((collector) => collector.project === project);
}
