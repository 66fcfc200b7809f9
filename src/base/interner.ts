/** As many texts are shared at most; what comes then is kept once for each that holds it. */
const mostTexts = 10_000;

/**
 * Gives equal texts as one and the same string, so that what thousands of records say alike is in memory once. Only for
 * what many say: a text that it has taken stays as long as it does.
 */
export function createInterner(most = mostTexts): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    if (known.size < most) known.set(text, text);
    return text;
  };
}
