/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a value stands in the configuration: `["collectors", 0, "schedule"]`. */
export type Path = readonly (string | number)[];

/** Something wrong in a file; its message quotes nothing that could be a secret. */
export interface Problem {
  readonly at: Position;
  /** Empty for the file as a whole. */
  readonly path: Path;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** A problem, or the same at a file as a whole, with the file's name as it shall be shown. */
export interface FileProblem extends Problem {
  readonly file: string;
}

export function formatPlace(file: string, { line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

export function sortProblems<T extends Problem>(problems: readonly T[]): readonly T[] {
  return problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
}
