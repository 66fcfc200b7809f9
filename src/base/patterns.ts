/** Ids of projects and tasks; so narrow that none can leave the path of a URL. */
export const idPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Names of projects and collectors. */
export const namePattern = /^[A-Za-z0-9_.-]{1,64}$/;

export const labelNamePattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The most that a token, a key or a password may hold, in bytes: far more than any has. */
export const maxSecretBytes = 64 * 1024;

/** @see isToken */
export const tokenPattern = /^[\x21-\x7e]+$/;

/** @see isOneLine */
export const oneLinePattern = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff]+$/u;

export function isName(text: string): boolean {
  return namePattern.test(text);
}

export function isId(text: string): boolean {
  return idPattern.test(text);
}

/**
 * A token or key that can be sent as a header's value: printable ASCII without spaces.
 * A newline in it would not only fail: undici 7 then wedges the connection, and later requests never settle.
 */
export function isToken(text: string): boolean {
  return tokenPattern.test(text) && text.length <= maxSecretBytes;
}

/** Text of any script on one line, as passwords and names of users are; a byte order mark is none. */
export function isOneLine(text: string): boolean {
  return oneLinePattern.test(text) && Buffer.byteLength(text) <= maxSecretBytes;
}

/** Name of a host, not an address: TLS does not know those as server names (RFC 6066). */
export function isHostName(text: string): boolean {
  const labels = text.split(".");
  const wellFormed = labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  return wellFormed && text.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? "");
}
