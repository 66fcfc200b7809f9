import type { Micros } from "../tasks/micros.ts";
import type { TaskStore } from "../tasks/task-store.ts";

/** Whether a project's cloud answers, and how old that judgement is. */
export interface ProjectState {
  readonly project: string;
  /** Undefined before the first judgement, and for a "no" that no poll can clear any more. */
  readonly up: boolean | undefined;
  /** End of the last request. */
  readonly lastRequestAt: Micros | undefined;
}

export interface ProjectHealth {
  /** A usable answer came, a 404 included. */
  answered(project: string): void;
  /** A run ended that sent requests and got no usable answer, or fell silent on the way. */
  gotNothing(project: string): void;
  requested(project: string, at: Micros): void;
  /** The projects that count from now on; what is known of others is forgotten. */
  setProjects(projects: Iterable<string>): void;
  states(): readonly ProjectState[];
}

export function createProjectHealth(store: Pick<TaskStore, "subscribe">): ProjectHealth {
  const projects = new Map<string, { up?: boolean; lastRequestAt?: Micros }>();
  const unfinished = new Map<string, number>();

  store.subscribe((before, after) => {
    for (const [record, step] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (record && !record.finished) unfinished.set(record.project, (unfinished.get(record.project) ?? 0) + step);
    }
  });

  function update(project: string, change: { up?: boolean; lastRequestAt?: Micros }): void {
    const state = projects.get(project);
    if (state) Object.assign(state, change);
  }

  return {
    answered: (project) => update(project, { up: true }),
    gotNothing: (project) => update(project, { up: false }),
    requested: (project, lastRequestAt) => update(project, { lastRequestAt }),
    setProjects(names) {
      const wanted = new Set(names);
      for (const project of projects.keys()) if (!wanted.has(project)) projects.delete(project);
      for (const project of wanted) if (!projects.has(project)) projects.set(project, {});
    },
    states: () =>
      [...projects].map(([project, { up, lastRequestAt }]) => ({
        project,
        up: up === false && !unfinished.get(project) ? undefined : up,
        lastRequestAt,
      })),
  };
}
