import { isDeepStrictEqual } from "node:util";
import type { Log } from "./base/log.ts";
import type { Config } from "./config/config.ts";
import type { ShownLoaded, ShownResult } from "./config/shown-config.ts";

/** What came of a reload: whole lines about what is wrong, and the configuration before stays; none where all is well. */
export type Reloaded = { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] };

export interface ReloaderOptions {
  /** What is in force at first. */
  readonly config: Config;
  /** Reads and checks the whole of it anew. */
  readonly load: () => Promise<ShownResult>;
  /** Puts it in force. @param broken projects whose files cannot be used yet */
  readonly apply: (loaded: ShownLoaded, broken: ReadonlySet<string>) => Promise<void>;
  readonly onRejected: () => void;
  readonly log: Log;
}

export interface Reloader {
  /** All or nothing. Reloads that come together are one, which begins after the last of them was asked for. */
  reload(): Promise<Reloaded>;
}

export function createReloader({ config, load, apply, onRejected, log }: ReloaderOptions): Reloader {
  let inForce = config;
  let running: Promise<Reloaded> | undefined;
  let next: Promise<Reloaded> | undefined;

  function reject(problems: readonly string[]): Reloaded {
    onRejected();
    for (const problem of problems) log.error("Configuration", { problem });
    log.error("Reload failed, the configuration before stays in force", { problems: problems.length });
    return { ok: false, problems };
  }

  async function once(): Promise<Reloaded> {
    const loaded = await load();
    if (!loaded.ok) return reject(loaded.problems);
    sayAll(loaded, log);
    // Files of a project that goes on as it is may be absent for a moment; its login is good, and reads them when it needs to.
    const isSame = (name: string): boolean => {
      const [before, after] = [inForce, loaded.config].map(({ projects }) =>
        projects.find((each) => each.name === name),
      );
      return before !== undefined && isDeepStrictEqual(before, after);
    };
    const broken = loaded.brokenProjects.map(({ project }) => project).filter((project) => !isSame(project));
    inForce = loaded.config;
    await apply(loaded, new Set(broken));
    return { ok: true };
  }

  function begin(): Promise<Reloaded> {
    next = undefined;
    const begun = once()
      .catch((error: unknown) => reject([String(error)]))
      .finally(() => {
        if (running === begun) running = undefined;
      });
    running = begun;
    return begun;
  }

  return {
    reload() {
      if (!running) return begin();
      next ??= running.then(begin);
      return next;
    },
  };
}

/** What is to be said of a configuration that is good: at the start, and after a reload. */
export function sayAll(
  { warnings, notices, brokenProjects }: Pick<ShownLoaded, "warnings" | "notices" | "brokenProjects">,
  log: Log,
): void {
  for (const warning of warnings) log.warn("Configuration", { warning });
  for (const note of notices) log.info("Configuration", { note });
  // The others are polled all the same, and these as soon as their files are right.
  for (const { project, lines } of brokenProjects) {
    for (const problem of lines) {
      log.error("Project is down until this is right; the others go on", { project, problem });
    }
  }
}
