import { type Document, isScalar, visit, type YAMLError } from "yaml";

/** Where the quote or bracket begins that an error misses the end of: the error itself stands where the file ends. */
export function openingOf(document: Document | undefined, { pos: [offset], code, message }: YAMLError): number {
  const isQuote = message.startsWith("Missing closing");
  if (!document || !(isQuote || (code === "BAD_INDENT" && message.startsWith("Flow")))) return offset;
  let opening = offset;
  visit(document, {
    Node: (_, node) => {
      const [start, end] = node.range ?? [0, 0];
      const fits = isQuote
        ? isScalar(node) && node.type?.startsWith("QUOTE")
        : !isScalar(node) && "flow" in node && node.flow;
      // Inner ones come later.
      if (fits && start <= offset && offset <= end + 1) opening = start;
    },
  });
  return opening;
}
