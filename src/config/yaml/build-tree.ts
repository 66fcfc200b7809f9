import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type Environment, expandVariables } from "../expand-variables.ts";
import { isQuotableKey, isSecretPlace, type Path } from "../path.ts";
import type { Position, Problem } from "../problem.ts";
import type { Mistake } from "./quoting-mistakes.ts";
import { aliasMessage, referenceMessage } from "./syntax-message.ts";
import type { MapEntry, Tree, YamlResult } from "./tree.ts";

export interface BuildTreeOptions {
  readonly document: Document;
  readonly mistakes: readonly Mistake[];
  readonly position: (offset: number) => Position;
  /** What `${VAR}` is replaced from. */
  readonly env: Environment;
  /** Said of a file without content. */
  readonly whenEmpty: string;
}

/** Values that aliases may bring in all, and levels they may nest: a few lines can stand for billions of values. */
const maxAliased = 100_000;
const maxDepth = 50;

/** Reduces a YAML document to our tree; what is wrong becomes `broken`, and is told once. */
export function buildTree({ document, mistakes, position, env, whenEmpty }: BuildTreeOptions): YamlResult {
  const problems: Problem[] = [];
  const anchors = new Map<string, Node>();
  const inside = new Set<Node>();
  const unseen = new Set(mistakes);
  let aliased = 0;
  let aliasDepth = 0;

  const broken = (at: Position, path: Path, message: string): Tree => {
    problems.push({ at, path, message });
    return { kind: "broken", at };
  };

  const build = (node: unknown, path: Path, fallback: Position): Tree => {
    if (!isNode(node)) return broken(fallback, path, emptyMessage);
    const at = position(node.range?.[0] ?? 0);
    if (aliasDepth > 0) aliased += 1;
    if (aliased > maxAliased || path.length > maxDepth) return tooMany(at);
    if (isAlias(node)) return buildAlias(node, path, at);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    const tag = node.tag;
    if (tag !== undefined && !knownTags.has(tag))
      return broken(at, path, "tags such as !!int are not supported; remove it");
    if (isScalar(node)) return buildScalar(node, path, at);
    inside.add(node);
    const tree: Tree = isMap(node)
      ? { kind: "map", at, entries: buildEntries(node, path, at) }
      : {
          kind: "list",
          at,
          items: isSeq(node) ? node.items.map((item, index) => build(item, [...path, index], at)) : [],
        };
    inside.delete(node);
    return tree;
  };

  const tooMany = (at: Position): Tree => {
    // Told where it first got too much, and not again for what would follow.
    const told = problems.some(({ message }) => message === aliasLimitMessage);
    return told ? { kind: "broken", at } : broken(at, [], aliasLimitMessage);
  };

  const buildAlias = (alias: Alias, path: Path, at: Position): Tree => {
    const target = anchors.get(alias.source);
    if (target === undefined) return broken(at, path, `there is no anchor of this name; ${aliasMessage}`);
    if (inside.has(target)) return broken(at, path, "an alias stands inside of what it stands for");
    aliasDepth += 1;
    const tree = build(target, path, at);
    aliasDepth -= 1;
    return { ...tree, at };
  };

  const mistakeIn = (node: Node): Mistake | undefined => {
    if (unseen.size === 0 && mistakes.length === 0) return undefined;
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
    if (result.ok) return { kind: "text", at, text: result.text, expanded: result.expanded };
    if (result.unset === undefined) {
      return broken(at, path, referenceMessage);
    }
    // There what looks like a variable may be part of a secret.
    const name = isSecretPlace(path) ? "named here" : result.unset;
    return broken(at, path, `the environment variable ${name} is not set; set it, or write \${NAME:-default}`);
  };

  const buildEntries = (map: YAMLMap, path: Path, mapAt: Position): ReadonlyMap<string, MapEntry> => {
    const entries = new Map<string, MapEntry>();
    for (const { key, value } of map.items as Pair<unknown, unknown>[]) {
      const at = isNode(key) ? position(key.range?.[0] ?? 0) : mapAt;
      if (!isScalar(key)) {
        broken(at, path, "a key must be plain text");
        continue;
      }
      const name = String(key.value ?? "");
      const mistake = mistakeIn(key);
      if (mistake) broken(at, path, mistake.message);
      else if (name === "<<") broken(at, path, "merge keys (<<) are not supported; write the keys out");
      else if (entries.has(name)) {
        const quoted = isQuotableKey(name, path) ? `duplicate key "${name}"` : "duplicate key";
        broken(at, path, `${quoted}; write it once`);
      } else {
        if (key.anchor !== undefined) anchors.set(key.anchor, key);
        entries.set(name, { at, value: build(value, [...path, name], at) });
      }
    }
    return entries;
  };

  const contents = document.contents;
  const start = { line: 1, column: 1 };
  if (!isNode(contents) || (isScalar(contents) && contents.value === "" && contents.type === "PLAIN")) {
    return { tree: undefined, problems: [{ at: start, path: [], message: whenEmpty }] };
  }
  const tree = build(contents, [], start);
  const limit = problems.find(({ message }) => message === aliasLimitMessage);
  if (limit) return { tree: undefined, problems: [limit] };
  for (const { start: offset, message } of unseen) broken(position(offset), [], message);
  return { tree, problems };
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

const knownTags = new Set(["tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"]);
const emptyMessage = "must not be empty; write a value, or remove the key";
/** The one key whose map is usually empty, so that it invites to write nothing. */
const emptyAgencyMessage = "must not be empty; write ecs_agency: {}";
const aliasLimitMessage = "aliases stand for too many values; write them out";
