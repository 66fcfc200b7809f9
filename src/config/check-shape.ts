import type * as z from "zod";
import { hint, nearestKey } from "./nearest-key.ts";
import { isQuotableKey, type Path } from "./path.ts";
import type { Problem } from "./problem.ts";
import { knownKeys } from "./schema/fields.ts";
import { follow, type Tree, toValue } from "./yaml/tree.ts";

export interface Shape<T> {
  /** Undefined when there are problems, or broken values. */
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
  /** Whether a key may be there, under a wrong spelling or by a `<<` that is wrong, so that its lack needs no word. */
  readonly isMisspelt: (parent: Path, key: string) => boolean;
  /** Whether a path leads through a key that nobody knows. */
  readonly isUnknown: (path: Path) => boolean;
}

/** Judges a tree by a schema; each problem stands where its value or key does. */
export function checkShape<T>(schema: z.ZodType<T>, tree: Tree): Shape<T> {
  const problems: Problem[] = [];
  const misspelt = new Set<string>();
  const unknown = new Set<string>();
  const result = schema.safeParse(toValue(tree));
  const issues = (result.error?.issues ?? []).flatMap((issue) => flatten(issue, []));

  for (const { issue, path } of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const known = knownKeys(issue);
    const parent = follow(tree, path).tree;
    const present = parent.kind === "map" ? parent.entries : undefined;
    for (const key of issue.keys) {
      const nearest = nearestKey(key, known);
      if (nearest !== undefined) misspelt.add(toKey([...path, nearest]));
      unknown.add(toKey([...path, key]));
      const at = present?.get(key)?.at ?? parent.at;
      // A misspelt key under auth is not quoted: it could as well be a secret.
      const word = isQuotableKey(key, path) ? `unknown key "${key}"` : "unknown key";
      const advice = nearest === undefined ? `; known keys: ${known.join(", ")}` : hint(nearest);
      problems.push({ at, path, message: word + advice });
    }
  }

  for (const { issue, path } of issues) {
    if (issue.code === "unrecognized_keys" || misspelt.has(toKey(path))) continue;
    const { tree: found, whole } = follow(tree, path);
    // Told already, with the reason.
    if (found.kind === "broken" || (!whole && isIncomplete(found))) continue;
    problems.push({ at: found.at, path, message: issue.message });
  }

  return {
    value: result.data,
    problems,
    isMisspelt: (parent, key) => misspelt.has(toKey([...parent, key])) || isIncomplete(follow(tree, parent).tree),
    isUnknown: (path) => unknown.size > 0 && path.some((_, index) => unknown.has(toKey(path.slice(0, index + 1)))),
  };
}

interface PlacedIssue {
  readonly issue: z.core.$ZodIssue;
  readonly path: Path;
}

/** A union's issue holds those of each alternative: only the one that was meant, by the kind of the value, counts. */
function flatten(issue: z.core.$ZodIssue, parent: Path): readonly PlacedIssue[] {
  const path: Path = [
    ...parent,
    ...issue.path.map((segment) => (typeof segment === "number" ? segment : String(segment))),
  ];
  if (issue.code !== "invalid_union") return [{ issue, path }];
  const meant = issue.errors.find((errors) => !errors.some((e) => e.code === "invalid_type" && e.path.length === 0));
  return meant ? meant.flatMap((inner) => flatten(inner, path)) : [{ issue, path }];
}

function isIncomplete(tree: Tree): boolean {
  return tree.kind === "map" && tree.incomplete;
}

function toKey(path: Path): string {
  return JSON.stringify(path);
}
