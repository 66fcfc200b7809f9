import type { Path } from "../path.ts";
import type { Position, Problem } from "../problem.ts";

/**
 * A YAML document, reduced to what the configuration needs: text stays the characters that stand there.
 * `broken` is a value that has been reported; nothing else is said about it.
 */
export type Tree = TextTree | MapTree | ListTree | BrokenTree;

/** What became of a text that should be one. */
export interface YamlResult {
  /** Undefined when the text cannot be understood as a whole. */
  readonly tree: Tree | undefined;
  readonly problems: readonly Problem[];
}

export interface TextTree {
  readonly kind: "text";
  readonly at: Position;
  readonly text: string;
  /** Whether a `${VAR}` took part in it: then it may not be quoted. */
  readonly expanded: boolean;
}

export interface MapTree {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  /** Where the key stands. */
  readonly at: Position;
  readonly value: Tree;
}

interface ListTree {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly Tree[];
}

interface BrokenTree {
  readonly kind: "broken";
  readonly at: Position;
}

export function child(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === "map" ? tree.entries.get(key)?.value : undefined;
}

export function items(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === "list" ? tree.items : [];
}

export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === "text" ? tree.text : undefined;
}

/** The deepest tree on the way of a path, and whether that is its end. */
export function follow(tree: Tree, path: Path): { readonly tree: Tree; readonly whole: boolean } {
  let current = tree;
  for (const segment of path) {
    const next = typeof segment === "number" ? items(current)[segment] : child(current, segment);
    if (next === undefined) return { tree: current, whole: false };
    current = next;
  }
  return { tree: current, whole: true };
}

/** The tree as plain values, for a schema to judge: text, objects, arrays, and undefined for what is broken. */
export function toValue(tree: Tree): unknown {
  switch (tree.kind) {
    case "text":
      return tree.text;
    case "list":
      return tree.items.map(toValue);
    case "map":
      // fromEntries defines properties, so that a key `__proto__` is a key like any other.
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, toValue(value)]));
    case "broken":
      return undefined;
  }
}
