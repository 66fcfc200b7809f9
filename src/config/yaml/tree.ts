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

/** Where a value stands, and by which way it came there. */
export interface Placed {
  readonly at: Position;
  readonly origin: Origin | undefined;
}

/** An alias or a `<<` that brought a value to where it is used; the last of them, each linked to the one around it. */
export interface Origin {
  /** Where the `*` or the `<<` stands. */
  readonly at: Position;
  readonly outer: Origin | undefined;
}

export interface TextTree extends Placed {
  readonly kind: "text";
  readonly text: string;
  /** Whether a `${VAR}` took part in it: then it may not be quoted. */
  readonly expanded: boolean;
}

export interface MapTree extends Placed {
  readonly kind: "map";
  /** Keys written out come before those that were merged. */
  readonly entries: ReadonlyMap<string, MapEntry>;
  /** Whether keys may be missing because a `<<` is wrong, which has been reported. */
  readonly incomplete: boolean;
}

/** Its place is that of the key. */
export interface MapEntry extends Placed {
  readonly value: Tree;
}

interface ListTree extends Placed {
  readonly kind: "list";
  readonly items: readonly Tree[];
}

interface BrokenTree extends Placed {
  readonly kind: "broken";
}

/**
 * The alias or `<<` but for which the second value would not stand beside the first: the outermost that brought it and
 * not also the first. Undefined when they are written side by side.
 */
export function broughtBy(first: Partial<Placed>, second: Partial<Placed>): Position | undefined {
  const known = originsOf(first);
  return originsOf(second).findLast((origin) => !known.includes(origin))?.at;
}

/** From the innermost to the outermost. */
function originsOf({ origin }: Partial<Placed>): readonly Origin[] {
  return origin === undefined ? [] : [origin, ...originsOf({ origin: origin.outer })];
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
