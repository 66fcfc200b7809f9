import { type Document, isAlias, isScalar, isSeq, type Node, parseDocument, type Scalar, visit } from "yaml";
import type { Loaded, LoadResult } from "./load-config.ts";
import { secretKeys } from "./read/auth.ts";

/** A configuration that is good, whose text people may see. */
export interface ShownLoaded extends Omit<Loaded, "text"> {
  /** See {@link shownConfig}. */
  readonly shown: string;
}

export type ShownResult = ShownLoaded | Exclude<LoadResult, Loaded>;

/** Has the text as people may see it in the place of the one with secrets. */
export function toShown(loaded: LoadResult): ShownResult {
  if (!loaded.ok) return loaded;
  const { text, ...others } = loaded;
  return { ...others, shown: shownConfig(text) };
}

const hidden = "<secret>";
/** A variable alone says where a secret is, and not what it is. */
const variableAlone = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/**
 * A configuration as it is written, for people: variables are not expanded; secrets, credentials in URLs and comments, in
 * which anything may stand, are not shown.
 *
 * @param text of a configuration that is good
 */
export function shownConfig(text: string): string {
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
  withoutComments(document);
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && secretKeys.has(String(key.value))) hide(value, document);
    },
    // Of all others, the scalars among them.
    Node(key, node) {
      withoutComments(node);
      if (key !== "key" && isScalar(node)) hideCredentials(node);
    },
  });
  return document.toString({ lineWidth: 0 });
}

function withoutComments(node: Pick<Node, "comment" | "commentBefore">): void {
  node.commentBefore = node.comment = null;
}

/** Where a secret stands behind an alias, it is hidden where the anchor is. */
function hide(value: unknown, document: Document): void {
  if (isAlias(value)) hide(value.resolve(document), document);
  if (isSeq(value)) for (const item of value.items) hide(item, document);
  if (!isScalar(value) || variableAlone.test(String(value.value))) return;
  value.value = hidden;
  value.type = "PLAIN";
}

function hideCredentials(scalar: Scalar): void {
  scalar.value = String(scalar.value).replace(/(:\/\/)[^/?#\s]*@/g, `$1${hidden}@`);
}
