import { resolve } from "node:path";
import { isOneLine, isToken, maxSecretBytes, oneLinePattern, tokenPattern } from "../../base/patterns.ts";
import { readTextFile } from "../../base/read-text-file.ts";
import { createSecret, type Secret } from "../../base/secret.ts";
import { field, textSchema } from "./fields.ts";
import type { JsonSchema, Kind } from "./kind.ts";
import { checkFile, type MapPlace, mayHave, tell, tellExclusive } from "./place.ts";

/** A secret that stands in the configuration, or in a file that is read afresh for each use or renewal. */
export type SecretSource = { readonly value: Secret } | { readonly file: string };

/** What a secret is made of, be it in the configuration or in a file. */
interface SecretText {
  readonly pattern: RegExp;
  readonly passes: (text: string) => boolean;
  /** Completes "must be a password …". */
  readonly here: string;
  /** Completes "the file must hold …". */
  readonly inFile: string;
}

/** What can be sent as a header's value. */
export const headerText: SecretText = {
  pattern: tokenPattern,
  passes: isToken,
  here: "of printable ASCII characters without spaces or newlines",
  inFile: "one line of printable ASCII characters without spaces",
};

/** Text of any script. */
export const lineText: SecretText = {
  pattern: oneLinePattern,
  passes: isOneLine,
  here: "of one line without control characters",
  inFile: "one line without control characters or a byte order mark",
};

/** @param what with its article */
export function secretField<T>(what: string, text: SecretText, about: string, make: (secret: Secret) => T): Kind<T> {
  const spec = { what: `${what} ${text.here}`, about, schema: textSchema(text.pattern), isSecret: true as const };
  return field(spec, (value) => (text.passes(value) ? make(createSecret(value)) : undefined));
}

/** @param make takes the absolute path */
export function secretFileField<T>(what: string, text: SecretText, make: (path: string) => T): Kind<T> {
  const about = "The same, in a file that is read again for each use or renewal.";
  const spec = { what: `the path of a file that holds ${what}`, about, schema: textSchema(/./) };
  return field(spec, (given, place) => {
    if (given === "") return undefined;
    const path = resolve(place.reading.folder, given);
    checkFile(place, () => secretFileFault(path, what, text));
    return make(path);
  });
}

async function secretFileFault(path: string, what: string, text: SecretText): Promise<string | undefined> {
  const file = await readTextFile(path, maxSecretBytes);
  if (!file.ok) return `the file cannot be read: ${file.reason}`;
  const secret = file.text.replace(/\r?\n$/, "");
  if (secret === "") return `the file is empty; it must hold ${what}`;
  return text.passes(secret) ? undefined : `the file must hold ${text.inFile}: ${what.replace(/^an? /, "the ")} alone`;
}

/** The two keys that a secret may stand under: itself, or with `_file` the file that holds it. */
export function eitherSecret<N extends string>(key: N, what: string, text: SecretText, about: string) {
  const fields: Record<string, Kind<SecretSource>> = {
    [key]: secretField(what, text, about, (value) => ({ value })),
    [`${key}_file`]: secretFileField(what, text, (file) => ({ file })),
  };
  return fields as Readonly<Record<N | `${N}_file`, Kind<SecretSource>>>;
}

/** Tells when a secret stands there in neither way, or in both. */
export function checkEither(login: MapPlace, key: string, { optional = false } = {}): void {
  const either = [key, `${key}_file`];
  if (!optional && !either.some((name) => mayHave(login, name))) tell(login, `must have one of ${either.join(", ")}`);
  tellExclusive(login, either);
}

/** What an editor may know of the same. */
export function eitherSchema(key: string): JsonSchema {
  return { oneOf: [{ required: [key] }, { required: [`${key}_file`] }] };
}
