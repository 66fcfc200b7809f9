import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { type Environment, expandVariables } from "../expand-variables.ts";
import { isQuotableKey, isQuotableVariable } from "../format-problem.ts";
import type { Path, Position, Problem } from "../problem.ts";
import { aliasMessage, type Mistake, referenceMessage } from "./mistakes.ts";
import type { MapEntry, MapTree, Origin, Tree, YamlResult } from "./tree.ts";

export interface BuildTreeOptions {
  readonly document: Document;
  readonly mistakes: readonly Mistake[];
  readonly position: (offset: number) => Position;
  /** What `${VAR}` is replaced from. */
  readonly env: Environment;
  /** Said of a file without content. */
  readonly whenEmpty: string;
}

/** Values and keys that aliases and `<<` may bring in all, and levels they may nest: a few lines can stand for billions. */
const maxAliased = 100_000;
const maxDepth = 50;

/** Reduces a YAML document to our tree; what is wrong becomes `broken`, and is told where it is used. */
export function buildTree({ document, mistakes, position, env, whenEmpty }: BuildTreeOptions): YamlResult {
  const problems: Problem[] = [];
  const targets = aliasTargets(document);
  /** Maps and lists that are being built, or merged. */
  const inside = new Set<Node>();
  const unseen = new Set(mistakes);
  let origin: Origin | undefined;
  let mergeDepth = 0;
  let aliased = 0;
  let tooMany: Problem | undefined;

  const broken = (at: Position, path: Path, message: string): Tree => {
    problems.push({ at, path, message });
    return { kind: "broken", at, origin };
  };

  const build = (node: unknown, path: Path, fallback: Position): Tree => {
    if (!isNode(node)) return broken(fallback, path, emptyMessage);
    const at = placeOf(node);
    if (isOverLimit(path, at)) return { kind: "broken", at, origin };
    if (isAlias(node)) return buildAlias(node, path, at);
    if (hasUnknownTag(node)) return broken(at, path, tagMessage);
    if (isScalar(node)) return buildScalar(node, path, at);
    inside.add(node);
    const tree: Tree = isMap(node)
      ? buildMap(node, path, at)
      : { kind: "list", at, origin, items: node.items.map((item, index) => build(item, [...path, index], at)) };
    inside.delete(node);
    return tree;
  };

  /** Counts what aliases and `<<` bring, and tells where it first got too much; after that nothing is looked at. */
  const isOverLimit = (path: Path, at: Position): boolean => {
    if (origin !== undefined) aliased += 1;
    if (aliased > maxAliased || path.length + mergeDepth > maxDepth) {
      tooMany ??= { at, path: [], message: "aliases stand for too many values; write them out" };
    }
    return tooMany !== undefined;
  };

  const buildAlias = (alias: Alias, path: Path, at: Position): Tree => {
    const target = targets.get(alias);
    if (target === undefined) return broken(at, path, `there is no anchor of this name; ${aliasMessage}`);
    if (inside.has(target)) return broken(at, path, insideMessage);
    const outer = origin;
    origin = { at, outer };
    const tree = build(target, path, at);
    origin = outer;
    return { ...tree, at };
  };

  const mistakeIn = (node: Node): Mistake | undefined => {
    if (mistakes.length === 0) return undefined;
    const [start, end] = node.range ?? [0, 0];
    const found = mistakes.find((mistake) => mistake.start < Math.max(end, start + 1) && start < mistake.end);
    if (found) unseen.delete(found);
    return found;
  };

  const buildScalar = (node: Scalar, path: Path, at: Position): Tree => {
    const mistake = mistakeIn(node);
    if (mistake) return broken(at, path, mistake.message);
    const source = String(node.value ?? "");
    if (source === "" && node.type === "PLAIN") {
      return broken(at, path, path.at(-1) === "ecs_agency" ? emptyAgencyMessage : emptyMessage);
    }
    const result = expandVariables(source, env);
    if (result.ok) return { kind: "text", at, origin, text: result.text, expanded: result.expanded };
    if (result.unset.length === 0) return broken(at, path, referenceMessage);
    for (const variable of result.unset) {
      const name = isQuotableVariable(variable, path) ? variable : "named here";
      broken(at, path, `the environment variable ${name} is not set; set it, or write \${NAME:-default}`);
    }
    return { kind: "broken", at, origin };
  };

  const buildMap = (map: YAMLMap, path: Path, at: Position): MapTree => {
    const entries = new Map<string, MapEntry>();
    const complete = addEntries(map, entries, path);
    return { kind: "map", at, origin, entries, incomplete: !complete };
  };

  /**
   * Adds the keys of a map that are not there yet: those written out, then those that its `<<` merges.
   * @returns whether all that is merged could be made out
   */
  const addEntries = (map: YAMLMap, entries: Map<string, MapEntry>, path: Path): boolean => {
    const own = new Set<string>();
    let merge: { readonly at: Position; readonly value: unknown } | undefined;
    let complete = true;
    for (const { key, value } of map.items) {
      const at = placeOf(isNode(key) ? key : map);
      const name = isScalar(key) ? String(key.value ?? "") : "";
      const mistake = isScalar(key) ? mistakeIn(key) : undefined;
      const isMerge = isMergeKey(key);
      if (!isScalar(key)) broken(at, path, "a key must be plain text");
      else if (mistake) broken(at, path, mistake.message);
      else if (isMerge && merge) {
        broken(at, path, 'duplicate key "<<"; write it once, with a list of aliases');
        complete = false;
      } else if (isMerge) merge = { at, value };
      else if (own.has(name)) {
        const quoted = isQuotableKey(name, path) ? `duplicate key "${name}"` : "duplicate key";
        broken(at, path, `${quoted}; write it once`);
      } else {
        own.add(name);
        // What stands under a top-level `x-…` is judged where an alias brings it.
        const ignored = path.length === 0 && name.startsWith("x-");
        if (!ignored && !entries.has(name)) {
          entries.set(name, { at, origin, value: build(value, [...path, name], at) });
          continue;
        }
      }
      // What is not built takes time too.
      if (isOverLimit(path, at)) return false;
    }
    return (merge === undefined || addMerged(merge.value, merge.at, entries, path)) && complete;
  };

  /** Adds what a `<<` names: a map, an alias of one, or a list of these; the first wins. */
  const addMerged = (value: unknown, at: Position, entries: Map<string, MapEntry>, path: Path): boolean => {
    const fault = (node: unknown, message: string): false => {
      const mistake = isScalar(node) ? mistakeIn(node) : undefined;
      broken(isNode(node) ? placeOf(node) : at, path, mistake?.message ?? message);
      return false;
    };
    const addSource = (node: unknown): boolean => {
      const map = isAlias(node) ? targets.get(node) : node;
      if (!isMap(map)) return fault(node, isAlias(node) && !map ? unknownAnchorMessage : noMapMessage);
      if (inside.has(map)) return fault(node, insideMessage);
      if (hasUnknownTag(map)) return fault(map, tagMessage);
      const outer = origin;
      origin = { at, outer };
      inside.add(map);
      mergeDepth += 1;
      const complete = !isOverLimit(path, at) && addEntries(map, entries, path);
      mergeDepth -= 1;
      inside.delete(map);
      origin = outer;
      return complete;
    };
    if (isNode(value) && hasUnknownTag(value)) return fault(value, tagMessage);
    return (isSeq(value) ? value.items : [value]).map(addSource).every((complete) => complete);
  };

  const placeOf = (node: Node): Position => position(node.range?.[0] ?? 0);

  const contents = document.contents;
  const start = { line: 1, column: 1 };
  if (!isNode(contents) || (isScalar(contents) && contents.value === "" && contents.type === "PLAIN")) {
    return { tree: undefined, problems: [{ at: start, path: [], message: whenEmpty }] };
  }
  const tree = build(contents, [], start);
  if (tooMany) return { tree: undefined, problems: [tooMany] };
  for (const { start: offset, message } of unseen) broken(position(offset), [], message);
  return { tree, problems };
}

/** What each alias stands for: the last node with its anchor before it, which may be one that holds the alias. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target) targets.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Whether a key is `<<` as it is: in quotes, or with a tag, it is a key like any other. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN" && key.tag === undefined;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function hasUnknownTag({ tag }: Node): boolean {
  return tag !== undefined && !knownTags.has(tag);
}

const knownTags = new Set(["tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]);
const tagMessage = "tags such as !!int are not supported; remove it";
const insideMessage = "an alias stands inside of what it stands for";
const emptyMessage = "must not be empty; write a value, or remove the key";
/** The one key whose map is usually empty, so that it invites to write nothing. */
const emptyAgencyMessage = "must not be empty; write ecs_agency: {}";
const unknownAnchorMessage =
  "<< names an anchor that does not stand above; write it, such as &defaults, before its map";
const noMapMessage = "<< takes a map, an alias of one, or a list of these; write it such as <<: *defaults";
