import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, visit, type YAMLMap } from "yaml";

/** What each alias stands for: the last node with its anchor before it, which may be one that holds the alias. */
export function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
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

/** A map that a `<<` names. */
export interface MergeSource {
  readonly map: YAMLMap;
  /** There when the map is not written under the `<<` itself. */
  readonly alias?: Alias;
}

/** What stands under a `<<` and is no map. */
interface NoSource {
  readonly node: unknown;
  readonly fault: string;
}

/** Whether a key is `<<` as it is: in quotes, or with a tag, it is a key like any other. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN" && key.tag === undefined;
}

/** What a `<<` names: a map, an alias of one, or a list of these; the first wins. */
export function mergeSources(value: unknown, targets: ReadonlyMap<Alias, Node>): readonly (MergeSource | NoSource)[] {
  const single = (node: unknown): MergeSource | NoSource => {
    if (isMap(node)) return { map: node };
    const target = isAlias(node) ? targets.get(node) : undefined;
    if (isAlias(node) && isMap(target)) return { map: target, alias: node };
    return { node, fault: isAlias(node) && !target ? unknownAnchorMessage : noMapMessage };
  };
  return isSeq(value) ? value.items.map(single) : [single(value)];
}

const unknownAnchorMessage =
  "<< names an anchor that does not stand above; write it, such as &defaults, before its map";
const noMapMessage = "<< takes a map, an alias of one, or a list of these; write it such as <<: *defaults";
