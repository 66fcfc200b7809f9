/** The fenced blocks of a Markdown text that are marked with this language. */
export function fenced(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text);
}

/** The PromQL expressions of a Markdown text, one a block, without their comments. */
export function promqlOf(markdown: string): readonly string[] {
  return fenced(markdown, "promql").map((text) => text.replace(/^#.*\n/gm, "").trim());
}
