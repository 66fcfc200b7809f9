import type { Path, Position } from "./problem.ts";
import type { Placed } from "./yaml/tree.ts";

/** An id in a list of tasks. */
export interface ListedId extends Placed {
  readonly id: string;
  /** Within the list. */
  readonly path: Path;
}

/** What a collector lists, as far as that can be made out: also of one that is wrong. */
export interface TaskLists {
  /**
   * Within what its tasks must be unique: the name of its project. While that is not known, the collector stands for
   * itself.
   */
  readonly scope: string;
  /** Paths within the whole configuration. */
  readonly tasks: readonly ListedId[];
  readonly files: readonly TaskFilesEntry[];
}

/** An entry of `task_files`. */
export interface TaskFilesEntry {
  /** Absolute path or pattern. */
  readonly pattern: string;
  /** As it is written, but with what variables hold. */
  readonly text: string;
  /** Whether a variable took part in it: then it may not be quoted. */
  readonly expanded: boolean;
  readonly at: Position;
  readonly path: Path;
}
