import { stat } from "node:fs/promises";
import type { SecretSource } from "../../config/config.ts";
import { maxSecretBytes } from "../../config/patterns.ts";
import { fileErrorReason, readTextFile } from "../../config/read-text-file.ts";
import { Secret } from "../../config/secret.ts";

/** A secret as it is now; another generation means that it has changed since. */
export interface CurrentSecret {
  readonly secret: Secret;
  readonly generation: number;
}

/** Gives a secret from where the configuration keeps it. */
export type SecretReader = () => Promise<CurrentSecret>;

/**
 * A file is looked at before each use and read again when its time, size or inode changed, so that what is rotated
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
    const signature = await sign(path);
    if ("reason" in signature) return unusable(signature.reason);
    if (current && signature.now === seen) return current;
    const file = await readTextFile(path, maxSecretBytes);
    if (!file.ok) return unusable(file.reason);
    const text = file.text.replace(/\r?\n$/, "");
    if (!isGood(text)) return unusable("it must hold the secret alone, on one line");
    seen = signature.now;
    if (current?.secret.reveal() !== text) {
      current = { secret: new Secret(text), generation: (current?.generation ?? 0) + 1 };
    }
    return current;
  };
}

async function sign(path: string): Promise<{ readonly now: string } | { readonly reason: string }> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return { now: `${mtimeMs} ${size} ${ino}` };
  } catch (error) {
    return { reason: fileErrorReason(error) };
  }
}
