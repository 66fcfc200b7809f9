import { formatPlace, type Position, type Problem } from "../problem.ts";
import type { ListedId } from "../task-lists.ts";
import { broughtBy } from "../yaml/tree.ts";

/** What a collector lists at one place: in the configuration, or in one file. */
export interface TaskList {
  /** Within what a task may be listed once: the name of the project. */
  readonly scope: string;
  /** The file, as messages are to name it, or other words. */
  readonly shown: string;
  /** Without their places where these are not known. */
  readonly listed: readonly Listed[];
}

type Listed = Pick<ListedId, "id"> & Partial<ListedId>;

/** Where a task is listed first. */
interface First {
  readonly list: TaskList;
  readonly task: Listed;
}

/**
 * Makes a function that adds a list to those before, and tells which of its tasks are listed already, by itself or by
 * one of those: of two that list the same, the first has it.
 *
 * @param among the only ids that are looked at; all without it
 */
export function createListing(among?: ReadonlySet<string>): (list: TaskList) => readonly Problem[] {
  /** By scope and id. */
  const firsts = new Map<string, Map<string, First>>();
  return (list) => {
    const known: Map<string, First> = firsts.get(list.scope) ?? new Map();
    firsts.set(list.scope, known);
    const problems: Problem[] = [];
    const told = new Set<Position>();
    for (const task of list.listed) {
      if (among && !among.has(task.id)) continue;
      const first = known.get(task.id);
      if (first === undefined) {
        known.set(task.id, { list, task });
        continue;
      }
      const brought = list.shown === first.list.shown ? broughtBy(first.task, task) : undefined;
      // An alias or `<<` that brings a whole list once more is one mistake, not one a task.
      if (brought && told.has(brought)) continue;
      if (brought) told.add(brought);
      const place = placeOf(first.list, first.task);
      const message =
        place === placeOf(list, task) && !brought
          ? "another collector of the project reads this file too; list a task once within a project"
          : `the same task is listed already (${place}); list it once within a project`;
      problems.push({ at: brought ?? task.at ?? { line: 1, column: 1 }, path: task.path ?? [], message });
    }
    return problems;
  };
}

function placeOf({ shown }: TaskList, { at }: Listed): string {
  return at ? formatPlace(shown, at) : shown;
}

/** What a collector takes from a file, and what the file holds now. */
export interface Candidate<T extends TaskList> {
  readonly inForce: T;
  /** There only while it is new. */
  readonly next?: T;
}

/**
 * Judges new contents together: none may list a task that its project has already.
 * A new one gives way to what is in force, and the later of two new ones, so what is taken never holds a task twice: in
 * the worst case it is what was in force before.
 *
 * @param configured what the configuration itself lists
 * @returns the candidates whose new content gives way, with the first task that is listed already
 */
export function refuseRepeated<T extends TaskList>(
  configured: readonly TaskList[],
  candidates: readonly Candidate<T>[],
): ReadonlyMap<Candidate<T>, Problem> {
  const refused = new Map<Candidate<T>, Problem>();
  // What is in force holds no task twice: only what is new can meet another.
  const fresh = new Set(candidates.flatMap(({ next }) => next?.listed.map(({ id }) => id) ?? []));
  // Each round but the last refuses one: what it keeps instead is in force, and comes before all that is new.
  for (;;) {
    const add = createListing(fresh);
    const isNew = (it: Candidate<T>): boolean => it.next !== undefined && !refused.has(it);
    for (const list of configured) add(list);
    for (const it of candidates) if (!isNew(it)) add(it.inForce);
    const repeats = candidates.filter(isNew).find((it) => {
      const [problem] = it.next ? add(it.next) : [];
      if (problem) refused.set(it, problem);
      return problem;
    });
    if (!repeats) return refused;
  }
}
