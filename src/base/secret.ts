import { createSecretKey, type KeyObject } from "node:crypto";

/**
 * A value that no log line, template, JSON or inspection can print, that `isDeepStrictEqual` compares, and that can be
 * handed to a worker. Only {@link reveal} gives it away, so that each place which does can be found by that word.
 */
export type Secret = KeyObject;

export function createSecret(text: string): Secret {
  return createSecretKey(text, "utf8");
}

export function reveal(secret: Secret): string {
  return secret.export().toString("utf8");
}
