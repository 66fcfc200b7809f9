export type JsonObject = Readonly<Record<string, unknown>>;

/** @returns what a text of JSON holds; undefined, which no JSON is, for any other text */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is an object of JSON: neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that stands at `name` of a value; undefined where there is none, or the value itself is no object. */
export function objectAt(value: unknown, name: string): JsonObject | undefined {
  const part = isObject(value) ? value[name] : undefined;
  return isObject(part) ? part : undefined;
}

/** The list that stands at `name` of a value; undefined where there is none, or the value itself is no object. */
export function listAt(value: unknown, name: string): readonly unknown[] | undefined {
  const part = isObject(value) ? value[name] : undefined;
  return Array.isArray(part) ? part : undefined;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Freezes what the keys say whose value is not undefined: "not known" is an absent key everywhere inside.
 *
 * @param value made for this alone: where it lacks nothing, it is what is returned
 */
export function defined<T extends object>(value: T): Readonly<Defined<T>> {
  const known: Partial<T> = lacksSomething(value) ? {} : value;
  if (known !== value) for (const key in value) if (value[key] !== undefined) known[key] = value[key];
  return Object.freeze(known) as Readonly<Defined<T>>;
}

function lacksSomething<T extends object>(value: T): boolean {
  for (const key in value) if (value[key] === undefined) return true;
  return false;
}
