import { Composer, type Document, Lexer, LineCounter, Parser, type YAMLError } from "yaml";
import type { Position } from "../problem.ts";

/** Levels of nesting that a file may have; the configuration itself needs ten. */
const maxDepth = 50;
/** Characters of a value; the longest, a token, has 64 KiB. Each could be a mistake of its own. */
const maxLength = 1_000_000;
/** Errors after which the rest of a file is not looked at. */
const maxErrors = 1000;

export interface Documents {
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
export function parseDocuments(text: string): Documents {
  const lines = new LineCounter();
  const parser = new Parser(lines.addNewLine);
  // uniqueKeys compares each key with all before it; readTree looks for duplicates itself.
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
