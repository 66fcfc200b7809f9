import { type FileProblem, formatPlace, type Path, sortProblems } from "./problem.ts";
import { authWords } from "./read/auth.ts";
import { isPlainWord } from "./read/kind.ts";

/** `config.yaml:12:7: collectors[0].schedule: …` */
export function formatProblem({ file, at, path, message }: FileProblem): string {
  const shown = formatPath(path);
  return `${formatPlace(file, at)}: ${shown === "" ? "" : `${shown}: `}${message}`;
}

/**
 * All problems as lines, sorted by file, line and column.
 * What an alias or `<<` brings a second time (same place, same message) is told once, by the path of its first use.
 */
export function formatProblems(problems: readonly FileProblem[]): readonly string[] {
  const seen = new Set<string>();
  return sortProblems(problems)
    .toSorted((a, b) => compareText(a.file, b.file))
    .filter((problem) => {
      const { file, at, path, message } = problem;
      // Several keys can be missing at the place of one map.
      const key = JSON.stringify([formatPlace(file, at), message.startsWith("is missing") && path.at(-1), message]);
      return !seen.has(key) && seen.add(key);
    })
    .map(formatProblem);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `collectors[0].schedule`; ends before a key that may not be quoted. */
export function formatPath(path: Path): string {
  let text = "";
  for (const [index, segment] of path.entries()) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (isQuotableKey(segment, path.slice(0, index))) text += text === "" ? segment : `.${segment}`;
    else break;
  }
  return text;
}

/** Whether a key may be quoted; where secrets stand, only a word of ours: any other could be a secret that lost its key. */
export function isQuotableKey(key: string, parent: Path): boolean {
  return isSecretPlace(parent) ? authWords.has(key) : isPlainWord(key);
}

/** Whether the name of a variable may be quoted: where a secret or a URL stands, only one spelt as variables mostly are. */
export function isQuotableVariable(name: string, path: Path): boolean {
  const isUrl = path.at(-1) === "endpoint" || path.at(-1) === "iam_endpoint";
  return /^[A-Z][A-Z0-9_]*$/.test(name) || !(isUrl || isSecretPlace(path));
}

/** Whether what stands below may be a secret, in a mistake also as a key or as the name of a variable. */
function isSecretPlace(path: Path): boolean {
  return path.includes("auth") || path.includes("proxy_url");
}
