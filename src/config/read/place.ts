import type { Environment } from "../expand-variables.ts";
import type { Path, Position, Problem } from "../problem.ts";
import type { TaskLists } from "../task-lists.ts";
import { broughtBy, child, type MapTree, type Tree } from "../yaml/tree.ts";

/** What all places of one file share: what their readers need, and what they have to say. */
export interface Reading {
  readonly root: Tree;
  /** Where a login is looked for when none is given, and proxies when they are asked for. */
  readonly env: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  /** Label names that users may not take, besides Prometheus's own. */
  readonly reservedLabels: ReadonlySet<string>;
  readonly problems: Problem[];
  /** What is allowed, but probably not meant. */
  readonly warnings: Problem[];
  /** What is right and good to know. */
  readonly notices: Problem[];
  /** Checks of the secrets and certificates that are named here. */
  readonly fileChecks: FileCheck[];
  /** One a collector. */
  readonly taskLists: TaskLists[];
  /** Paths, as JSON, of keys that nobody knows. */
  readonly unknown: Set<string>;
  /** What only one may have, and who has it. */
  readonly taken: Map<string, Place>;
}

/** Looks at files; says what is wrong with them, quoting neither their content nor their paths. Never rejects. */
type FileCheck = () => Promise<readonly Problem[]>;

/** A value of the configuration, where it stands. */
export interface Place {
  readonly tree: Tree;
  readonly path: Path;
  readonly reading: Reading;
}

/** A map whose keys have been looked at. */
export interface MapPlace extends Place {
  readonly tree: MapTree;
  /** Known keys that an unknown one seems to mean. */
  readonly misspelt: ReadonlySet<string>;
}

/** Instead of a value: what stands there is wrong, and has been told. */
export const wrong: unique symbol = Symbol("wrong");
export type Wrong = typeof wrong;

type ReadingOptions = Pick<Reading, "env" | "folder" | "reservedLabels">;

/** The place of a whole document. */
export function rootPlace(root: Tree, options: ReadingOptions): Place {
  return {
    tree: root,
    path: [],
    reading: {
      ...options,
      root,
      problems: [],
      warnings: [],
      notices: [],
      fileChecks: [],
      taskLists: [],
      unknown: new Set(),
      taken: new Map(),
    },
  };
}

/** All problems of a document that has been read, but those of its syntax below keys that nobody knows. */
export function problemsOf({ reading: { problems, unknown } }: Place, syntax: readonly Problem[]): Problem[] {
  const isUnknown = ({ path }: Problem): boolean =>
    unknown.size > 0 && path.some((_, index) => unknown.has(JSON.stringify(path.slice(0, index + 1))));
  return [...syntax.filter((problem) => !isUnknown(problem)), ...problems];
}

/** The value of a key; while the map has none, what is said of it stands at the map. */
export function below({ tree, path, reading }: Place, key: string): Place {
  return { tree: child(tree, key) ?? tree, path: [...path, key], reading };
}

/** Whether a key is there, or may be: under a wrong spelling or by a `<<` that is wrong. Its lack then needs no word. */
export function mayHave({ tree, misspelt }: MapPlace, key: string): boolean {
  return tree.entries.has(key) || misspelt.has(key) || tree.incomplete;
}

/** @param message what is wrong and what to do, quoting nothing that could be a secret */
export function tell(place: Place, message: string, at?: Position): Wrong {
  place.reading.problems.push(problemAt(place, message, at));
  return wrong;
}

export function warn(place: Place, message: string): void {
  place.reading.warnings.push(problemAt(place, message));
}

export function notice(place: Place, message: string): void {
  place.reading.notices.push(problemAt(place, message));
}

export function problemAt({ tree, path }: Place, message: string, at: Position = tree.at): Problem {
  return { at, path, message };
}

/** Leaves a file to be looked at later; `check` says what is wrong with it. */
export function checkFile(place: Place, check: () => Promise<string | undefined>): void {
  place.reading.fileChecks.push(async () => {
    const fault = await check();
    return fault === undefined ? [] : [problemAt(place, fault)];
  });
}

/** Takes what only one may have. @returns who has it already */
export function take(place: Place, what: string): Place | undefined {
  const { taken } = place.reading;
  const first = taken.get(what);
  if (first === undefined) taken.set(what, place);
  return first;
}

/** Of keys that exclude each other, the one that stands second in the map is one too many. */
export function tellExclusive(map: MapPlace, keys: readonly string[]): void {
  const [first, second] = [...map.tree.entries].filter(([key]) => keys.includes(key));
  if (!first || !second) return;
  const at = broughtBy(first[1], second[1]) ?? second[1].at;
  tell(below(map, second[0]), `${second[0]} and ${first[0]} exclude each other; keep one`, at);
}
