import { Composer, type Document, isScalar, Lexer, LineCounter, Parser, visit, type YAMLError } from "yaml";
import type { Position } from "../problem.ts";
import { type BuildTreeOptions, buildTree } from "./build.ts";
import { fillMistakes, type Mistake, quotingMistakes, scalarMistakes, syntaxMessage } from "./mistakes.ts";
import type { YamlResult } from "./tree.ts";

/** Levels of nesting that a file may have; the configuration itself needs ten. */
const maxDepth = 50;
/** Characters of a value; the longest, a token, has 64 KiB. Each could be a mistake of its own. */
const maxLength = 1_000_000;
/** Errors after which the rest of a file is not looked at. */
const maxErrors = 1000;

/** Each round finds at least one more quoting mistake; more than these are no configuration. */
const maxRounds = 20;
const maxMistakes = 1000;
/** Characters of a text that is parsed only once or twice, for that takes seconds. */
const longText = 500_000;

/**
 * Reads one YAML document.
 * Of syntax errors that leave the structure unclear only the first is told: what follows is mostly its consequence.
 */
export function readYaml(withBom: string, options: Pick<BuildTreeOptions, "env" | "whenEmpty">): YamlResult {
  // Cut here, so that columns of the first line are right.
  let text = withBom.startsWith("\ufeff") ? withBom.slice(1) : withBom;
  const mistakes: Mistake[] = [];
  let parsed = parseDocuments(text);
  const rounds = text.length > longText ? 1 : maxRounds;
  for (let round = 0; round < rounds && !parsed.tooMuch; round += 1) {
    const more = quotingMistakes(text, parsed.errors);
    if (more.length === 0 || mistakes.length > maxMistakes) break;
    mistakes.push(...more);
    text = fillMistakes(text, more);
    parsed = parseDocuments(text);
  }
  const { position } = parsed;
  const spoiled = scalarMistakes(parsed.errors);
  mistakes.push(...spoiled);
  const fatal = fatalMistake(parsed, new Set(spoiled.map(({ start }) => start)));
  const [document] = parsed.documents;
  if (!fatal && document) return buildTree({ document, mistakes, position, ...options });
  const told = fatal ? [...mistakes, fatal] : mistakes;
  return { tree: undefined, problems: told.map(({ start, message }) => ({ at: position(start), path: [], message })) };
}

/** What keeps the text from being understood as a whole. */
function fatalMistake(parsed: Documents, spoiled: ReadonlySet<number>): Pick<Mistake, "start" | "message"> | undefined {
  const { documents, errors, tooMuch } = parsed;
  if (tooMuch) return tooMuch;
  const unclear = errors.filter(({ pos }) => !spoiled.has(pos[0]));
  const first = unclear.toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  if (first) return { start: openingOf(documents[0], first), message: syntaxMessage(first.code, first.message) };
  const second = documents[1];
  if (!second) return undefined;
  return { start: second.range?.[0] ?? 0, message: "a second document begins with ---; write one document only" };
}

interface Documents {
  readonly documents: readonly Document[];
  readonly errors: readonly YAMLError[];
  /** What is more than a configuration has, and where; then the documents are cut there. */
  readonly tooMuch?: { readonly start: number; readonly message: string };
  readonly position: (offset: number) => Position;
}

/**
 * Parses YAML under the failsafe schema, where every scalar is the text that stands there.
 * Depth is watched while parsing, for composing recurses.
 */
function parseDocuments(text: string): Documents {
  const lines = new LineCounter();
  const parser = new Parser(lines.addNewLine);
  // uniqueKeys compares each key with all before it; buildTree looks for duplicates itself.
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, lineCounter: lines, logLevel: "silent" });
  lines.addNewLine(0);
  const documents: Document[] = [];
  let errorTokens = 0;
  let tooMuch: Documents["tooMuch"];
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.length > maxLength && /^[^#\s]/.test(lexeme)) {
      tooMuch = { start: parser.offset, message: "a value is too long; none needs more than 64 KiB" };
      break;
    }
    for (const token of parser.next(lexeme)) {
      if (token.type === "error") errorTokens += 1;
      documents.push(...composer.next(token));
    }
    if (parser.stack.length > maxDepth) {
      tooMuch = { start: parser.offset, message: "lists and maps are nested too deeply" };
    }
    if (tooMuch || errorTokens > maxErrors || documents.length > 1) break;
  }
  if (!tooMuch) for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  const errors = documents.flatMap((document) => document.errors);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return { documents, errors, position, ...(tooMuch && { tooMuch }) };
}

/** Where the quote or bracket begins that an error misses the end of: the error itself stands where the file ends. */
function openingOf(document: Document | undefined, { pos: [offset], code, message }: YAMLError): number {
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
