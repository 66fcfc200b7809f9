import { closest, distance } from "fastest-levenshtein";

/** The known word that was probably meant, or undefined when none is near. */
export function nearestKey(word: string, known: readonly string[]): string | undefined {
  // The distance of very long words takes long, and no known word is long.
  if (known.length === 0 || word.length > 100) return undefined;
  const plain = word.replaceAll("-", "_").toLowerCase();
  const best = closest(
    plain,
    known.map((key) => key.toLowerCase()),
  );
  const found = known.find((key) => key.toLowerCase() === best);
  return distance(plain, best) <= allowedDistance(best) ? found : undefined;
}

/** Two swapped letters are a distance of two; in a word of three they would make any other word. */
function allowedDistance({ length }: string): number {
  return length < 4 ? 1 : Math.max(2, Math.floor(length * 0.4));
}

/** `; did you mean "collectors"?`, or nothing. */
export function hint(nearest: string | undefined): string {
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}
