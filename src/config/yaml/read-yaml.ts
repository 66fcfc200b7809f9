import { type BuildTreeOptions, buildTree } from "./build-tree.ts";
import { openingOf } from "./opening.ts";
import { type Documents, parseDocuments } from "./parse-documents.ts";
import { fillMistakes, type Mistake, quotingMistakes, scalarMistakes } from "./quoting-mistakes.ts";
import { syntaxMessage } from "./syntax-message.ts";
import type { YamlResult } from "./tree.ts";

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
