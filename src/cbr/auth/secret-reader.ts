import { maxSecretBytes } from "../../base/patterns.ts";
import { fileErrorReason, readTextFile, signatureOf } from "../../base/read-text-file.ts";
import { createSecret, reveal, type Secret } from "../../base/secret.ts";
import type { SecretSource } from "../../config/config.ts";

/** A secret as it is now; another generation means that it has changed since. */
export interface CurrentSecret {
  readonly secret: Secret;
  readonly generation: number;
}

/** Gives a secret from where the configuration keeps it. */
export type SecretReader = () => Promise<CurrentSecret>;

/**
 * A file is looked at before each use and read again when it changed, so that what is rotated
 * needs no reload; one that is empty, half-written or missing for a moment keeps what was read before.
 *
 * @param key the configuration's key, for messages
 * @param isGood whether a text can be this secret: a header with a newline would wedge undici's connection
 */
export function createSecretReader(source: SecretSource, key: string, isGood: (text: string) => boolean): SecretReader {
  if ("value" in source) {
    const current = { secret: source.value, generation: 1 };
    return async () => current;
  }
  const path = source.file;
  let seen: string | undefined;
  let current: CurrentSecret | undefined;

  function unusable(reason: string): CurrentSecret {
    if (current) return current;
    throw new Error(`auth.${key}: the file cannot be used: ${reason}`);
  }

  return async () => {
    let signature: string;
    try {
      signature = await signatureOf(path);
    } catch (error) {
      return unusable(fileErrorReason(error));
    }
    if (current && signature === seen) return current;
    const file = await readTextFile(path, maxSecretBytes);
    if (!file.ok) return unusable(file.reason);
    const text = file.text.replace(/\r?\n$/, "");
    if (!isGood(text)) return unusable("it must hold the secret alone, on one line");
    seen = signature;
    if (current === undefined || reveal(current.secret) !== text) {
      current = { secret: createSecret(text), generation: (current?.generation ?? 0) + 1 };
    }
    return current;
  };
}
