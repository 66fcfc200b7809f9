const longest = 200;

// Every repetition of letters is bounded: an error of the cloud must not be able to keep the process busy.
/** Headers, and what calls itself a secret: the name stays, the value goes, to the line's end for a header. */
const header = /\b(x-[a-z][a-z-]{0,40}|(?:proxy-)?authorization|(?:set-)?cookie)(\\*["']?\s*[:=]\s*)[^\n\r]+/gi;
const assignment =
  /\b([a-z_-]{0,40}(?:token|passw(?:or)?d|secret|signature|credential|access|api[_-]?key)[a-z_-]{0,40}|ak|sk)(\\*["']?\s*[:=]\s*)(?:\\*"[^"\n\r]*"?|'[^'\n\r]*'?|[^\s"',;&]+)/gi;
const urlCredentials = /\b(\w{1,20}:\/\/)[^\s/]+@/g;

/** What may be a key or a token: long, unbroken, of the letters of base64; ids of the API are told apart below. */
const opaque = /[A-Za-z0-9+/_=-]{20,}/g;
const harmless = /^(?:(?:req-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[a-z_-]+|[A-Z][a-z]+)$/;

/**
 * Makes a text from the cloud fit to be logged: one line, at most 200 characters, and nothing in it that looks like a
 * header or a key. The vendor's message about a bad signature can echo the whole request with its headers.
 */
export function redact(text: string): string {
  const clean = text
    .slice(0, 10_000)
    .replace(header, "$1$2<redacted>")
    .replace(assignment, "$1$2<redacted>")
    .replace(urlCredentials, "$1<redacted>@")
    .replace(opaque, (word) => (harmless.test(word) ? word : "<redacted>"))
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
  // Not through the middle of a character that takes two.
  return clean.length > longest ? `${clean.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, "")}…` : clean;
}
