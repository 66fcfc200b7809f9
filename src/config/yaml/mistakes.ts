// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import type { ErrorCode, YAMLError } from "yaml";

/** A stretch of the text that is wrong in itself, while the rest can be understood without it. */
export interface Mistake {
  readonly start: number;
  /** One past its last character. */
  readonly end: number;
  readonly message: string;
}

/** Errors that are looked at in one go. */
const maxErrors = 1000;

/**
 * The mistakes among syntax errors that are known so well that the text can be read on as if they were quoted:
 * a schedule that begins with `*`, and `${VAR}` inside brackets.
 */
export function quotingMistakes(text: string, errors: readonly YAMLError[]): readonly Mistake[] {
  const found = new Map<number, Mistake>();
  // An error that spoils the structure lets each alias after it look like one.
  const anchors = errors.length > 0 ? new Set(text.match(/&[^\s,[\]{}]+/g)) : new Set();
  for (const { pos } of errors.slice(0, maxErrors)) {
    const star = unquotedStar(text, pos[0]);
    const isAlias = star !== undefined && anchors.has(text.slice(star.start, star.end).replace("*", "&"));
    const mistake = flowVariable(text, pos[0]) ?? (isAlias ? undefined : star);
    if (mistake) found.set(mistake.start, mistake);
  }
  return [...found.values()];
}

/** The same text with fillers of the same length, so that all positions stay. */
export function fillMistakes(text: string, mistakes: readonly Mistake[]): string {
  let result = "";
  let done = 0;
  for (const { start, end } of [...mistakes].sort((a, b) => a.start - b.start)) {
    if (start < done) continue;
    result += text.slice(done, start) + "x".repeat(end - start);
    done = end;
  }
  return result + text.slice(done);
}

/** Errors that spoil one scalar and nothing around it. */
export function scalarMistakes(errors: readonly YAMLError[]): readonly Mistake[] {
  return errors
    .slice(0, maxErrors)
    .filter(({ code }) => code === "BAD_DQ_ESCAPE" || code === "BAD_SCALAR_START")
    .map(({ pos, code, message }) => ({ start: pos[0], end: pos[0] + 1, message: syntaxMessage(code, message) }));
}

function flowVariable(text: string, offset: number): Mistake | undefined {
  if (text[offset] !== "{" || text[offset - 1] !== "$") return undefined;
  const rest = text.slice(offset, lineEnd(text, offset));
  const length = Math.max(rest.indexOf("}"), 0) + 1;
  return { start: offset - 1, end: offset + length, message: flowVariableMessage };
}

function unquotedStar(text: string, offset: number): Mistake | undefined {
  // Lines of a configuration are short; searching longer ones for each error would be costly.
  const before = text.slice(Math.max(0, offset - 1000), offset);
  const lineStart = offset - before.length + before.lastIndexOf("\n") + 1;
  const end = lineEnd(text, offset);
  const line = text.slice(lineStart, end);
  const block = /^\s*(?:-\s+)*(?:[\w-]+\s*:\s+)?(?:&\S+\s+)?(\*(?:[^#\s]|[ \t]+(?!#|\s|$))*)/d.exec(line);
  const inFlow = /[[{,:]\s*(?:&\S+\s+)?(\*[^,\]}#]*[^,\]}#\s]|\*)/d;
  const [from, to] = (block ?? inFlow.exec(line))?.indices?.[1] ?? [0, 0];
  // The error comes after the star that causes it.
  return from < to && lineStart + from <= offset
    ? { start: lineStart + from, end: lineStart + to, message: aliasMessage }
    : undefined;
}

function lineEnd(text: string, offset: number): number {
  const end = text.slice(offset, offset + 1000).search(/[\r\n]/);
  return end < 0 ? Math.min(text.length, offset + 1000) : offset + end;
}

/**
 * What a syntax error means, in our own words: the library's messages quote source text, secrets and all.
 * Only its fixed beginnings are looked at, where one code stands for several mistakes.
 */
export function syntaxMessage(code: ErrorCode, detail: string): string {
  if (code === "MISSING_CHAR" && detail.startsWith("Missing closing")) return "a closing quote is missing";
  if (code === "BAD_INDENT" && detail.startsWith("Flow"))
    return "a [ or { is not closed, or its content is not indented";
  return messages[code] ?? `this is not valid YAML; ${quoteAdvice}`;
}

const quoteAdvice = "values that hold any of : # * & ! { } [ ] want quotes";

/** Said where a value begins with `*`. */
export const aliasMessage = 'an unquoted * begins a YAML alias; put the value in quotes, such as "*/30 * * * * *"';

/** Said where `${VAR}` stands unquoted inside `[ ]` or `{ }`. */
const flowVariableMessage = 'inside [ ] and { } YAML takes the { of ${…} for its own; put the value in quotes: "${…}"';

const messages: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: aliasMessage,
  BAD_DQ_ESCAPE: "a backslash in double quotes begins no known escape; write \\\\ or use single quotes",
  BAD_INDENT: "the indentation does not fit the lines around it",
  BAD_SCALAR_START: "a value must not begin with @, ` or %; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "a second key on one line, or a wrong indentation; a value that holds a colon and a space wants quotes",
  BLOCK_IN_FLOW: "inside [ ] and { } nothing can be laid out by indentation",
  MISSING_CHAR: "a comma, a colon or a closing bracket is missing on this line or above, or the indentation is wrong",
  MULTILINE_IMPLICIT_KEY: "a key must stand on one line and be followed by a colon and a space",
  TAB_AS_INDENT: "a tab is used for indentation; YAML wants spaces",
  UNEXPECTED_TOKEN: `unexpected text; check the indentation and the brackets, and ${quoteAdvice}`,
};

/** Said where `${` begins no reference. */
export const referenceMessage =
  "${ does not begin a reference; write ${NAME} or ${NAME:-default}, and $${ for a plain ${";
