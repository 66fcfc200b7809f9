import { isDeepStrictEqual } from "node:util";
import type { Config, ProjectConfig } from "../config/config.ts";

/**
 * What becomes of a project. `moved`: its tasks are others, since its id or endpoint is; `remade`: it is reached, or
 * logged in to, in another way; `limited`: it is only asked at another pace, and goes on.
 */
export type ProjectChange = "added" | "left" | "moved" | "remade" | "limited";

/** What becomes of a collector. `remade`: it asks another project, or in another way; `rescheduled`: it goes on. */
export type CollectorChange = "added" | "left" | "remade" | "rescheduled";

/** What differs between two configurations, by name; what is not named goes on as it is, whatever its tasks are. */
export interface ConfigChanges {
  readonly projects: ReadonlyMap<string, ProjectChange>;
  readonly collectors: ReadonlyMap<string, CollectorChange>;
}

/** @param moved a project that has turned out to be another one of the cloud's, whatever the configuration says */
export function configChanges(before: Config, after: Config, moved?: string): ConfigChanges {
  const projects = changes(before.projects, after.projects, (old, now) =>
    now.name === moved ? "moved" : projectChange(old, now),
  );
  const collectors = changes(before.collectors, after.collectors, (old, now) => {
    const change = projects.get(now.project);
    if (old.project !== now.project || change === "moved" || change === "remade") return "remade";
    return old.schedule === now.schedule && old.timezone === now.timezone ? undefined : "rescheduled";
  });
  return { projects, collectors };
}

function changes<T extends { readonly name: string }, C>(
  before: readonly T[],
  after: readonly T[],
  compare: (old: T, now: T) => C | undefined,
): ReadonlyMap<string, C | "added" | "left"> {
  const old = new Map(before.map((thing) => [thing.name, thing]));
  const result = new Map<string, C | "added" | "left">(before.map(({ name }) => [name, "left"]));
  for (const now of after) {
    const known = old.get(now.name);
    const change = known ? compare(known, now) : "added";
    if (change === undefined) result.delete(now.name);
    else result.set(now.name, change);
  }
  return result;
}

function projectChange(old: ProjectConfig, now: ProjectConfig): ProjectChange | undefined {
  if (old.id !== now.id || old.endpoint !== now.endpoint) return "moved";
  if (!isDeepStrictEqual(wayOf(old), wayOf(now))) return "remade";
  return isDeepStrictEqual(old, now) ? undefined : "limited";
}

/** How it is reached and logged in to: all but how often it may be asked. */
function wayOf({ rateLimit: _, concurrency: __, timeoutMs: ___, retries: ____, ...way }: ProjectConfig): unknown {
  return way;
}
