import type { ErrorCode } from "yaml";

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
export const flowVariableMessage =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
  'inside [ ] and { } YAML takes the { of ${…} for its own; put the value in quotes: "${…}"';

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

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax

/** Said where `${` begins no reference. */
export const referenceMessage =
  "${ does not begin a reference; write ${NAME} or ${NAME:-default}, and $${ for a plain ${";

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
