/** A key of a fault: which values are right, and what is said of others. */
export interface Field<T> {
  readonly isRight: (value: unknown) => value is T;
  readonly says: string;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What the keys of `F` hold when all are right. */
export type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

function field<T>(says: string, isRight: (value: unknown) => boolean): Field<T> {
  return { isRight: isRight as Field<T>["isRight"], says };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// A header's value with a newline would make Node throw in the middle of an answer.
const isHeaderValue = (value: unknown) => typeof value === "string" && /^[\t\x20-\x7e]*$/.test(value);

export function wholeFrom(min: number, max: number): Field<number> {
  return field(
    `must be a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );
}

export function oneOf<const W extends string>(...words: readonly W[]): Field<W> {
  return field(`must be one of ${words.join(", ")}`, (value) => words.includes(value as W));
}

export const text: Field<string> = field("must be a text", (value) => typeof value === "string");

export const headerValue: Field<string> = field("must be a text of printable ASCII", isHeaderValue);

export const yesOrNo: Field<boolean> = field("must be true or false", (value) => typeof value === "boolean");

export const headerValues: Field<Readonly<Record<string, string>>> = field(
  "must be an object of header values",
  (value) =>
    isObject(value) &&
    Object.entries(value).every(([name, text]) => /^[A-Za-z0-9-]+$/.test(name) && isHeaderValue(text)),
);

/** As `Retry-After` has them: a number, or any text that goes out as it is. */
export const secondsOrText: Field<number | string> = field(
  "must be a number of seconds or a text",
  (value) => isHeaderValue(value) || (Number.isFinite(value) && (value as number) >= 0),
);
