import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/micros.ts";
import type { PollFailure, TaskKey } from "../tasks/task-record.ts";
import type { TaskStore } from "../tasks/task-store.ts";

/** Whether a project's cloud answers, and how old that judgement is. */
export interface ProjectState {
  readonly project: string;
  /** Undefined before the first judgement, and for a "no" that nothing can clear any more. */
  readonly up: boolean | undefined;
  /** End of the last request. */
  readonly lastRequestAt: Micros | undefined;
}

/** What is known of a project besides its tasks. */
export interface ProjectSummary extends ProjectState {
  /** How far the cloud's clock is ahead of this machine's, in milliseconds. */
  readonly skewMs: number | undefined;
  /** The key under `auth`. */
  readonly method: string;
  /** When its login's credential ends, where that is known. */
  readonly expiresAt: Micros | undefined;
}

/** What can be asked for: a task, or a list of a collector. */
export type PollKey = TaskKey | ListKey;
export type ListKey = `${string} lists`;

/** No key of a task holds a space. @param list what it lists */
export function listKey(project: string, collector: string, list: string): ListKey {
  return `${project}/${collector}/${list} lists`;
}

/** What one run tells about its project. */
export interface RunWatch {
  /** The run is to ask for one task more, or for a list. */
  add(key: PollKey): void;
  /** A usable answer came, a 404 included. */
  recordAnswer(key: PollKey): void;
  /** A poll brought nothing usable, or could not be sent. @param list what was asked for, where it was no task */
  recordFailure(failure: PollFailure, list?: ListKey): void;
  /** The run has ended by itself, and is judged. */
  end(): void;
  /** Watches no longer. */
  cancel(): void;
}

/**
 * Judges whether the cloud answers for a project. It is up with each usable answer. It is down when a run ends, or has
 * been silent for a minute, without one, unless all that it was to ask for was failing already at the project's last
 * usable answer: that is those tasks' own trouble.
 */
export interface ProjectHealth {
  /** @param due what the run is to ask for */
  watchRun(project: string, due: Iterable<TaskKey>): RunWatch;
  /** A request goes out now. */
  requesting(project: string): void;
  /** A request has ended. */
  requested(project: string, at: Micros): void;
  /** Nothing can be asked of a project, as is known and has been told without trying. */
  cannotAsk(project: string): void;
  /** A list is asked for no more. */
  forgetList(project: string, key: ListKey): void;
  /** The projects that count from now on; what is known of others is forgotten. */
  setProjects(projects: Iterable<string>): void;
  /** Times that lie ahead after the clock was set back become now. */
  clockSetBack(now: Micros): void;
  states(): readonly ProjectState[];
}

export interface ProjectHealthOptions {
  readonly store: Pick<TaskStore, "subscribe" | "records" | "get">;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Told when a run judges a project down, with its last failure, and when it is up again. */
  readonly onChange: (project: string, up: boolean, failure?: PollFailure) => void;
}

/** Milliseconds without a usable answer after which a run need not end to be judged. */
const silentMs = 60_000;

interface Health {
  up?: boolean;
  lastRequestAt?: Micros;
  /** On the monotonic clock. */
  lastAnswerMs?: number;
  /** Places in the order of events. */
  lastAnswer?: number;
  lastRequesting?: number;
  /** What was asked for when the project was judged down; once all of it has gone, nothing can clear the judgement. */
  readonly downFor: Set<PollKey>;
  /** Those that have been asked for. */
  readonly lists: Set<ListKey>;
}

export function createProjectHealth({ store, clock, onChange }: ProjectHealthOptions): ProjectHealth {
  const projects = new Map<string, Health>();
  /** Tasks whose polls fail, with the place of the first failure in the order of events; clocks may be set back. */
  const failing = new Map<PollKey, number>();
  let events = 0;

  store.subscribe((before, after) => {
    const key = (after ?? before)?.key;
    if (key === undefined) return;
    if (after?.poll.failingSince === undefined) failing.delete(key);
    else if (!failing.has(key)) failing.set(key, ++events);
    if (before && (!after || after.finished)) stopWaitingFor(before.project, before.key);
  });

  function stopWaitingFor(project: string, key: PollKey): void {
    const health = projects.get(project);
    if (health?.downFor.delete(key) && health.downFor.size === 0 && health.up === false) delete health.up;
  }

  function markUp(project: string): void {
    const health = projects.get(project);
    if (!health) return;
    const wasDown = health.up === false;
    health.up = true;
    health.lastAnswer = ++events;
    health.lastAnswerMs = clock.monotonic();
    if (!wasDown) return;
    health.downFor.clear();
    onChange(project, true);
  }

  /** @returns whether it had not been judged so already */
  function markDown(project: string, asked: Iterable<PollKey>): boolean {
    const health = projects.get(project);
    if (!health) return false;
    const { lastAnswer = 0 } = health;
    // What has left meanwhile says nothing any more.
    const isThere = (key: PollKey): boolean =>
      health.lists.has(key as ListKey) || store.get(key as TaskKey) !== undefined;
    const wasWell = [...asked].filter((key) => isThere(key) && (failing.get(key) ?? events + 1) > lastAnswer);
    if (wasWell.length === 0) return false;
    for (const key of wasWell) health.downFor.add(key);
    const isNew = health.up !== false;
    health.up = false;
    return isNew;
  }

  return {
    watchRun(project, due) {
      const startMs = clock.monotonic();
      const start = ++events;
      const open = new Set<PollKey>(due);
      let answers = 0;
      let last: PollFailure | undefined;
      let lastFailure = 0;
      let cancelLook = clock.after(silentMs, look);

      function judge(): void {
        if (markDown(project, open)) onChange(project, false, last);
      }

      function look(): void {
        const { lastAnswerMs = 0, lastAnswer = 0, lastRequesting = 0 } = projects.get(project) ?? {};
        const left = Math.max(startMs, lastAnswerMs) + silentMs - clock.monotonic();
        // With a low rate nothing may have been asked in all that time.
        const asked = Math.max(lastFailure, lastRequesting) > Math.max(start, lastAnswer);
        if (left <= 0 && asked) judge();
        cancelLook = clock.after(left > 0 ? left : silentMs, look);
      }

      return {
        add(key) {
          open.add(key);
          if (isList(key)) projects.get(project)?.lists.add(key);
        },
        recordAnswer(key) {
          open.delete(key);
          if (isList(key)) failing.delete(key);
          answers += 1;
          markUp(project);
        },
        recordFailure(failure, list) {
          last = failure;
          lastFailure = ++events;
          if (list !== undefined && !failing.has(list)) failing.set(list, lastFailure);
        },
        end() {
          const health = projects.get(project);
          if (answers === 0 && last) judge();
          // What failed while others were answered is its own trouble, whichever of them came last.
          else if (answers > 0 && health) health.lastAnswer = ++events;
        },
        cancel: () => cancelLook(),
      };
    },
    requesting(project) {
      const health = projects.get(project);
      if (health) health.lastRequesting = ++events;
    },
    requested(project, at) {
      const health = projects.get(project);
      if (health) health.lastRequestAt = at;
    },
    cannotAsk(project) {
      const unfinished = [...store.records()].filter((record) => record.project === project && !record.finished);
      markDown(
        project,
        unfinished.map(({ key }) => key),
      );
    },
    forgetList(project, key) {
      failing.delete(key);
      projects.get(project)?.lists.delete(key);
      stopWaitingFor(project, key);
    },
    setProjects(names) {
      const wanted = new Set(names);
      for (const project of projects.keys()) if (!wanted.has(project)) projects.delete(project);
      for (const project of wanted)
        if (!projects.has(project)) projects.set(project, { downFor: new Set(), lists: new Set() });
    },
    clockSetBack(now) {
      for (const health of projects.values()) {
        if (health.lastRequestAt !== undefined && health.lastRequestAt > now) health.lastRequestAt = now;
      }
    },
    states: () => [...projects].map(([project, { up, lastRequestAt }]) => ({ project, up, lastRequestAt })),
  };
}

function isList(key: PollKey): key is ListKey {
  return key.endsWith(" lists");
}
