import { hint, nearestKey } from "../nearest-key.ts";
import type { MapTree } from "../yaml/tree.ts";
import { below, type MapPlace, mayHave, type Place, tell, type Wrong, wrong } from "./place.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What is said of a value everywhere: in messages, in the documentation, in an editor. */
export interface Spec {
  /** Completes "must be …". A message never holds the value: it may be a secret, or come from a variable. */
  readonly what: string;
  /** One line for the documentation. */
  readonly about: string;
  readonly unit?: string;
  /** Whether it is shown to nobody. */
  readonly isSecret?: true;
}

/**
 * What may stand somewhere, as data: its reader, the messages, `docs/configuration.md` and `config.schema.json` come
 * from it. `Absent` is what a map without the key has instead.
 */
export interface Kind<T, Absent = undefined> extends Spec {
  /** As it would be written. */
  readonly default?: string | number | boolean;
  readonly required?: boolean;
  /** What an editor may know of it. */
  readonly schema: JsonSchema;
  /** Of a map. */
  readonly keys?: Keys;
  /** Of a list. */
  readonly item?: Kind<unknown>;
  /** Reads what stands there, and tells what is wrong. */
  read(place: Place): T | Wrong;
  /** What counts where a map does not have the key. */
  absent(map: Place, key: string): Absent | Wrong;
}

export type Keys = Readonly<Record<string, Kind<unknown, unknown>>>;

/** What the keys of a map hold. */
export type Values<K extends Keys> = {
  readonly [N in keyof K]: K[N] extends Kind<infer T, infer Absent> ? T | Absent : never;
};

/** @param read never meets what is broken, which has been told */
export function kind<T>(spec: Spec & Pick<Kind<T>, "schema" | "keys" | "item">, read: Kind<T>["read"]): Kind<T> {
  return {
    ...spec,
    read: (place) => (place.tree.kind === "broken" ? wrong : read(place)),
    absent: () => undefined,
  };
}

/** @param missing what to do, where that is not said by what it must be */
export function required<T>(kind: Kind<T>, missing = `it must be ${kind.what}`): Kind<T, never> {
  return { ...kind, required: true, absent: (map, key) => tell(below(map, key), `is missing; ${missing}`) };
}

/** @param value as it would be written */
export function orDefault<T>(value: string | number | boolean, kind: Kind<T>): Kind<T, T> {
  const asWritten = (map: Place): Place => {
    const { at, origin } = map.tree;
    return { ...map, tree: { kind: "text", at, origin, text: String(value), expanded: false } };
  };
  return { ...kind, default: value, absent: (map) => kind.read(asWritten(map)) };
}

/** @param rules what an editor may know of the list as a whole */
export function listOf<T>(spec: Spec, item: Kind<T>, rules: JsonSchema = {}): Kind<readonly T[]> {
  const schema = { type: "array", items: described(item), ...rules };
  return kind({ ...spec, schema, item }, (place) => {
    const { tree, path, reading } = place;
    if (tree.kind !== "list") return tell(place, `must be ${spec.what}`);
    const values = tree.items.map((value, index) => item.read({ tree: value, path: [...path, index], reading }));
    return values.includes(wrong) ? wrong : (values as readonly T[]);
  });
}

interface MapSpec<K extends Keys> extends Spec {
  readonly keys: K;
  /** What an editor may know of several keys together. */
  readonly rules?: JsonSchema;
  /** Whether an unknown key may be quoted; any plain word may, unless it could be a secret. */
  readonly isQuotable?: (key: string) => boolean;
}

/**
 * A map in which no other keys may stand. It is read in the order of the file, so that what an alias brings again is
 * told where it came first.
 * @param build checks what joins several keys, and makes something of the values; undefined while some are wrong
 */
export function mapOf<K extends Keys, T>(
  { rules, isQuotable = isPlainWord, ...spec }: MapSpec<K>,
  build: (map: MapPlace, values: Values<K> | undefined) => T | Wrong,
): Kind<T> {
  const known = Object.entries<Keys[string]>(spec.keys);
  const names = Object.keys(spec.keys);
  return kind({ ...spec, schema: mapSchema(known, rules) }, ({ tree, path, reading }) => {
    if (tree.kind !== "map") return tell({ tree, path, reading }, `must be ${spec.what}`);
    const misspelt = tellUnknown({ tree, path, reading }, names, isQuotable);
    const map: MapPlace = { tree, path, reading, misspelt };
    const values: Record<string, unknown> = {};
    for (const name of tree.entries.keys()) {
      if (names.includes(name)) values[name] = spec.keys[name]?.read(below(map, name));
    }
    for (const [name, key] of known) {
      if (!tree.entries.has(name)) values[name] = mayHave(map, name) ? wrong : key.absent(map, name);
    }
    return build(map, Object.values(values).includes(wrong) ? undefined : (values as Values<K>));
  });
}

/** A plain word, so neither a URL nor a value that was glued to its key. */
export function isPlainWord(key: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(key);
}

/** Tells of the keys that nobody knows. @returns those that they seem to mean */
function tellUnknown(
  { tree, path, reading }: Place & { readonly tree: MapTree },
  known: readonly string[],
  isQuotable: (key: string) => boolean,
): ReadonlySet<string> {
  const misspelt = new Set<string>();
  for (const [name, { at }] of tree.entries) {
    if (known.includes(name)) continue;
    reading.unknown.add(JSON.stringify([...path, name]));
    const nearest = nearestKey(name, known);
    if (nearest !== undefined) misspelt.add(nearest);
    const word = isQuotable(name) ? `unknown key "${name}"` : "unknown key";
    const advice = nearest === undefined ? `; known keys: ${known.join(", ")}` : hint(nearest);
    tell({ tree, path, reading }, word + advice, at);
  }
  return misspelt;
}

function mapSchema(known: readonly [string, Keys[string]][], rules: JsonSchema = {}): JsonSchema {
  const properties = Object.fromEntries(known.map(([name, key]) => [name, described(key)]));
  const needed = known.filter(([, key]) => key.required).map(([name]) => name);
  return {
    type: "object",
    properties,
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
    ...rules,
  };
}

/** A schema with what an editor shows of it. */
export function described({ about, what, default: value, schema }: Kind<unknown, unknown>): JsonSchema {
  return { description: `${about} Must be ${what}.`, ...(value !== undefined && { default: value }), ...schema };
}
