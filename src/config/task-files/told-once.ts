/** Lines about one thing. */
export interface Notice {
  readonly about: string;
  readonly lines: readonly string[];
}

/** Lines about one thing that are told at once: a file that became garbage may have thousands. */
const maxLines = 10;

/** Makes a function that passes on only what it did not hold the last time. */
export function createToldOnce(): (notices: readonly Notice[]) => readonly string[] {
  let told = new Map<string, string>();
  return (notices) => {
    const current = new Map<string, string>();
    const news: string[] = [];
    for (const { about, lines } of notices) {
      const text = lines.join("\n");
      if (current.has(about)) continue;
      current.set(about, text);
      if (told.get(about) === text) continue;
      news.push(...lines.slice(0, maxLines));
      const [next] = lines.slice(maxLines);
      if (next !== undefined) news.push(`${about}: and ${lines.length - maxLines} more problems`);
    }
    told = current;
    return news;
  };
}
