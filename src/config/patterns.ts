/** Ids of projects and tasks; so narrow that none can leave the path of a URL. */
export function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/** Names of projects and collectors. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(text);
}

export function isLabelName(text: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text);
}

/**
 * A token that can be sent as a header's value: printable ASCII without spaces.
 * A newline in it would not only fail: undici 7 then wedges the connection, and later requests never settle.
 */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
