import { randomBytes } from "node:crypto";

/** A token, given by IAM or right from the start. */
export interface SimToken {
  readonly text: string;
  /** Of its user. */
  readonly domain: string;
  readonly user: string;
  /** The one project that it opens; absent: none, but it lists projects. */
  readonly projectId?: string;
  /** Milliseconds since 1970. */
  readonly issuedMs: number;
  readonly expiresMs: number;
}

export type TokenState =
  | { readonly is: "unknown" }
  | { readonly is: "valid" | "expired" | "revoked"; readonly token: SimToken };

export interface TokenBook {
  /** Takes a token that IAM did not give; it is never forgotten. */
  add(token: SimToken): void;
  /** For `lifeSeconds`, or as long as the others. */
  issue(request: Pick<SimToken, "domain" | "user" | "projectId"> & { readonly lifeSeconds?: number }): SimToken;
  look(text: string | undefined): TokenState;
  /** One token, or all, those that IAM did not give included. */
  revoke(text?: string): void;
}

type Entry = { readonly token: SimToken; revoked: boolean };

/**
 * @param lifeSeconds of an issued token, unless the request says otherwise
 * @param bytes length of an issued token
 */
export function tokenBook(lifeSeconds: number, bytes: number, now: () => number): TokenBook {
  const added = new Map<string, Entry>();
  const issued = new Map<string, Entry>();
  const find = (text: string | undefined) => added.get(text ?? "") ?? issued.get(text ?? "");
  return {
    add: (token) => void added.set(token.text, { token, revoked: false }),
    issue({ lifeSeconds: life = lifeSeconds, ...scope }) {
      const issuedMs = now();
      const token = { text: tokenText(bytes), ...scope, issuedMs, expiresMs: issuedMs + life * 1000 };
      remember(issued, token.text, { token, revoked: false });
      return token;
    },
    look(text) {
      const entry = find(text);
      if (!entry) return { is: "unknown" };
      const { token, revoked } = entry;
      if (revoked) return { is: "revoked", token };
      return { is: now() < token.expiresMs ? "valid" : "expired", token };
    },
    revoke(text) {
      const entries = text === undefined ? [...added.values(), ...issued.values()] : [find(text)];
      for (const entry of entries) if (entry) entry.revoked = true;
    },
  };
}

/** Begins as the cloud's tokens do (base64 of a CMS message), holds what a header may hold, and cannot be guessed. */
function tokenText(bytes: number): string {
  const head = "MIIEqgYJKoZIhvcNAQcCoIIEmzCC";
  const length = Math.max(bytes, head.length + 22);
  return `${head}${randomBytes(length).toString("base64url")}`.slice(0, length);
}

/** Adds what any client can ask for without end: of more than 10 000 the oldest is forgotten. */
export function remember<T>(given: Map<string, T>, text: string, value: T): void {
  given.set(text, value);
  if (given.size > 10_000) given.delete(given.keys().next().value ?? "");
}
