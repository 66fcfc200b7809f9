import { type Log, withFields } from "./base/log.ts";
import type { Micros } from "./base/micros.ts";
import { type Collector, type CollectorOptions, createCollector } from "./collect/collector.ts";
import type { CollectorMemory } from "./collect/collector-lists.ts";
import type { ConfigChanges } from "./collect/config-changes.ts";
import { inventoryOf } from "./collect/inventory.ts";
import { createSchedule, type Schedule } from "./collect/schedule.ts";
import type { CollectorConfig, Config, ProjectConfig } from "./config/config.ts";
import type { ProjectApis } from "./project-apis.ts";
import type { Recalled } from "./storage/recall.ts";

/** The collectors that are in force, by name. */
export interface CollectorSet {
  get(name: string): Collector | undefined;
  all(): readonly Collector[];
  /** When a collector's next tick comes; now for one that is not there. */
  nextTick(name: string): Micros;
  /** Takes those out that leave, or are to be made anew, and starts no run of theirs any more. @returns them */
  remove(config: Config, changes: ConfigChanges): readonly Collector[];
  /**
   * Makes those that lack, and lets the others go on with what is new. @param gone those that were just taken out
   * @returns those that were made, by name; they are to be started
   */
  set(config: Config, changes: ConfigChanges, gone: readonly Collector[], recalled: Recalled): Map<string, Collector>;
}

/** What all collectors have in common. */
type Shared = Pick<CollectorOptions, "store" | "estate" | "shard" | "health" | "clock" | "random">;

export interface CollectorSetOptions extends Shared {
  readonly log: Log;
  readonly apis: Pick<ProjectApis, "get">;
  /** What a collector tells of itself. */
  readonly hooks: (config: CollectorConfig) => Pick<CollectorOptions, "refreshTasks" | "setFound" | "onElsewhere">;
}

export function createCollectorSet(options: CollectorSetOptions): CollectorSet {
  const { clock, log, apis, hooks, ...shared } = options;
  const collectors = new Map<string, Collector>();

  function scheduleOf({ schedule: expression, timezone }: CollectorConfig): Schedule {
    return createSchedule({ expression, timezone, clock });
  }

  /** @param before its predecessor, where it has one of the same project */
  function make(
    config: CollectorConfig,
    { concurrency, tls }: ProjectConfig,
    before: Collector | undefined,
    listedBefore: CollectorMemory,
  ): Collector | undefined {
    const api = apis.get(config.project);
    return (
      api &&
      createCollector({
        ...shared,
        ...hooks(config),
        config,
        concurrency,
        listedBefore,
        api,
        clock,
        schedule: scheduleOf(config),
        log: tls?.insecureSkipVerify ? withFields(log, { tls: "unverified" }) : log,
        before: before?.state(),
      })
    );
  }

  return {
    get: (name) => collectors.get(name),
    all: () => [...collectors.values()],
    nextTick: (name) => collectors.get(name)?.nextTick() ?? clock.now(),
    remove(config, { collectors: changes, projects }) {
      const gone = [...collectors].filter(([name]) => ["left", "remade"].includes(changes.get(name) ?? ""));
      for (const [name, collector] of gone) {
        const { project } = collector.config;
        collector.stop();
        collectors.delete(name);
        const hasSuccessor = config.collectors.some((next) => next.name === name && next.project === project);
        collector.forget(hasSuccessor && projects.get(project) !== "moved");
      }
      return gone.map(([, collector]) => collector);
    },
    set(config, changes, gone, recalled) {
      const projects = new Map(config.projects.map((project) => [project.name, project]));
      const made = new Map<string, Collector>();
      for (const collector of config.collectors) {
        const { name } = collector;
        const project = projects.get(collector.project);
        if (!project) continue;
        const known = collectors.get(name);
        if (known) {
          const isRescheduled = changes.collectors.get(name) === "rescheduled";
          known.update(
            { config: collector, concurrency: project.concurrency, listedBefore: recalledOf(recalled, name) },
            isRescheduled ? scheduleOf(collector) : undefined,
          );
          continue;
        }
        const before = gone.find(({ config: old }) => old.name === name && old.project === collector.project);
        // Facts of another project of the cloud are others.
        const memory = changes.projects.get(collector.project) === "moved" ? undefined : before?.memory();
        const one = make(collector, project, before, { ...memory, ...recalledOf(recalled, name) });
        if (one) made.set(name, one);
      }
      for (const [name, collector] of made) collectors.set(name, collector);
      return made;
    },
  };
}

/** What was known of a collector's lists. */
function recalledOf({ listed, sights }: Recalled, collector: string): CollectorMemory {
  const [discovery, seen] = [listed.get(collector), sights.get(collector)];
  return { ...(discovery && { discovery }), ...(seen && { inventory: inventoryOf(seen) }) };
}
