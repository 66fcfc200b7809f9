import { isName, namePattern } from "../../base/patterns.ts";
import { broughtBy, textOf } from "../yaml/tree.ts";
import { type JsonSchema, type Kind, kind, type Spec } from "./kind.ts";
import { below, type Place, take, tell, type Wrong } from "./place.ts";

/** Text that stands for something. @param parse gives undefined for what is not allowed, unless it told that itself */
export function field<T>(
  spec: Spec & Pick<Kind<T>, "schema">,
  parse: (text: string, place: Place) => T | Wrong | undefined,
): Kind<T> {
  return kind(spec, (place) => {
    const value = place.tree.kind === "text" ? parse(place.tree.text, place) : undefined;
    return value === undefined ? tell(place, `must be ${spec.what}`) : value;
  });
}

/** Text of a pattern. @param passes where that is not all */
export function textField(
  { pattern, ...spec }: Spec & { readonly pattern: RegExp },
  passes: (text: string) => boolean = (text) => pattern.test(text),
): Kind<string> {
  return field({ ...spec, schema: textSchema(pattern) }, (text) => (passes(text) ? text : undefined));
}

/** The name of a project or a collector. */
export function nameField(about: string, what = "a name of 1 to 64 letters, digits, _, . or -"): Kind<string> {
  return textField({ what, about, pattern: namePattern });
}

/** Tells when another of the list has the name of this one. */
export function takeName(map: Place, list: "projects" | "collectors"): void {
  const place = below(map, "name");
  const name = textOf(place.tree);
  const first = name !== undefined && isName(name) ? take(place, `${list} ${name}`) : undefined;
  if (!first) return;
  const message = `is the name of ${list}[${first.path[1]}] already; names must be unique`;
  tell(place, message, broughtBy(first.tree, place.tree));
}

/** An editor takes the text `007` for a number, and does not know what a variable holds. */
export function textSchema({ source }: RegExp, types: readonly string[] = ["string", "number", "boolean"]): JsonSchema {
  return { type: types, pattern: `${source}|\\$` };
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A plain decimal number within bounds. */
export function numberField({ min, max, whole = false, ...spec }: Spec & Bounds & { whole?: boolean }): Kind<number> {
  const pattern = whole ? /^\d+$/ : /^(?:\d+(?:\.\d+)?|\.\d+)$/;
  const types = textSchema(pattern, [whole ? "integer" : "number", "string"]);
  return field({ ...spec, schema: { ...types, minimum: min, maximum: max } }, (text) => {
    const value = pattern.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** `true` or `false`, in the spellings of YAML 1.2. */
export function booleanField(about: string): Kind<boolean> {
  const pattern = /^(?:true|True|TRUE|false|False|FALSE)$/;
  return field({ what: "true or false", about, schema: textSchema(pattern, ["boolean", "string"]) }, (text) =>
    pattern.test(text) ? /^t/i.test(text) : undefined,
  );
}

/** A duration within bounds, read as milliseconds. */
export function durationField({ min, max, ...spec }: Spec & Bounds): Kind<number> {
  return field({ ...spec, schema: textSchema(duration, ["string"]) }, (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= min && ms <= max ? ms : undefined;
  });
}

const second = 1000;
const day = 24 * 60 * 60 * second;
/** Milliseconds of each unit, in the order in which they must stand. */
const unitMs = [365 * day, 7 * day, day, 60 * 60 * second, 60 * second, second, 1];
const duration = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Reads a duration as Prometheus writes it: `500ms`, `30s`, `1m30s`, `24h`, `7d`, or `0`.
 * Units stand in descending order, each at most once; a year has 365 days.
 * @returns milliseconds, or undefined when the text is no such duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const amounts = text === "" ? undefined : duration.exec(text)?.slice(1);
  if (!amounts) return undefined;
  const ms = unitMs.reduce((sum, unit, index) => sum + unit * Number(amounts[index] ?? 0), 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
