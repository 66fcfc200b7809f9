import { defined, isObject, type JsonObject } from "../../base/json.ts";
import { type Micros, micros } from "../../base/micros.ts";
import { isId } from "../../base/patterns.ts";
import type { BackupRef, VendorError } from "../../tasks/operation-log.ts";
import { parseTime } from "./time.ts";

/** A longer text is no name or id of this API (names have at most 255 characters), but would be kept for each task. */
const longestText = 1024;

/** 2000-01-01: the cloud is younger, so an earlier time is a machine's whose clock was never set. */
const earliestTime = micros(946_684_800_000_000);

/** What CBR calls MB and GB, in bytes. */
const units = { MB: 1024 ** 2, GB: 1024 ** 3 };

/**
 * One object of an answer. The functions below read its fields by their documented names: what is absent, null or `""`
 * is undefined; what cannot be used is undefined too, and its dotted path is reported. Nothing throws.
 */
export interface Part {
  readonly object: JsonObject;
  /** The path to it, with a dot at its end; `""` for the answer itself. */
  readonly path: string;
  /** A later time is malformed. */
  readonly latest: Micros;
  /** Gives equal texts as one and the same string. */
  readonly intern: (text: string) => string;
  /** Takes the dotted path of each field that cannot be used. */
  readonly reportInvalid: (path: string) => void;
}

/** The part `name` of a part; one without any field where it is absent. */
export function partAt(part: Part, name: string): Part {
  const object = valueAt(part, name, readObject);
  return object ? inside(part, name, object) : nothing;
}

/** Most parts of most answers are absent: they share this one. */
const nothing: Part = { object: {}, path: "", latest: earliestTime, intern: (text) => text, reportInvalid: () => {} };

// Not spread: that costs each answer more than reading its fields.
function inside({ path, latest, intern, reportInvalid }: Part, name: string, object: JsonObject): Part {
  return { object, path: `${path}${name}.`, latest, intern, reportInvalid };
}

/** A text of at most 1024 characters, well-formed: a lone surrogate cannot be written as UTF-8. */
export function textAt(part: Part, name: string): string | undefined {
  return valueAt(part, name, readText);
}

/** A text that many tasks share, such as the name of a vault. */
export function sharedTextAt(part: Part, name: string): string | undefined {
  const text = textAt(part, name);
  return text === undefined ? undefined : part.intern(text);
}

/** A time from the year 2000 on that is not later than the latest. */
export function timeAt(part: Part, name: string): Micros | undefined {
  return valueAt(part, name, (value) => {
    const time = typeof value === "string" ? parseTime(value) : undefined;
    return time !== undefined && time >= earliestTime && time <= part.latest ? time : undefined;
  });
}

/** A percentage, 0 to 100; a string of digits counts as a number. */
export function percentAt(part: Part, name: string): number | undefined {
  return valueAt(part, name, (value) => {
    const number = readNumber(value);
    return number !== undefined && number >= 0 && number <= 100 ? number : undefined;
  });
}

/** A whole number from 0; a string of digits counts as a number. */
export function countAt(part: Part, name: string): number | undefined {
  return valueAt(part, name, (value) => {
    const number = readNumber(value);
    return number !== undefined && number >= 0 && Number.isSafeInteger(number) ? number : undefined;
  });
}

/** A size in bytes, told in whole MB or GB; a string of digits counts as a number. */
export function sizeAt(part: Part, name: string, unit: keyof typeof units): number | undefined {
  const count = countAt(part, name);
  return count === undefined ? undefined : count * units[unit];
}

/** One of the known values; `unknown` for any other text, and for none. */
export function oneOfAt<T extends string>(part: Part, name: string, known: ReadonlySet<T>): T | "unknown" {
  const text = textAt(part, name);
  return text !== undefined && (known as ReadonlySet<string>).has(text) ? (text as T) : "unknown";
}

/** An id of another record. */
export function idAt(part: Part, name: string): string | undefined {
  return valueAt(part, name, (value) => (typeof value === "string" && isId(value) ? value : undefined));
}

/** The id without which an object is of no use; one that is absent is reported too. */
export function ownIdAt(part: Part, name: string): string | undefined {
  const { object, path, reportInvalid } = part;
  const id = Object.hasOwn(object, name) ? object[name] : undefined;
  if (typeof id === "string" && isId(id)) return id;
  reportInvalid(`${path}${name}`);
  return undefined;
}

/** An id of another record that many name. */
export function sharedIdAt(part: Part, name: string): string | undefined {
  const id = idAt(part, name);
  return id === undefined ? undefined : part.intern(id);
}

/** The objects of a list; one that is none is reported as the list. */
export function partsAt(part: Part, name: string): readonly Part[] {
  return itemsAt(part, name, (value) => (isObject(value) ? inside(part, name, value) : undefined));
}

/** The items of a list that can be read; one that cannot is reported as the list. */
export function itemsAt<T>(part: Part, name: string, read: (value: unknown) => T | undefined): readonly T[] {
  const list = valueAt(part, name, (value) => (Array.isArray(value) ? (value as readonly unknown[]) : undefined)) ?? [];
  return list.flatMap((value) => {
    const item = read(value);
    if (item === undefined) part.reportInvalid(`${part.path}${name}`);
    return item ?? [];
  });
}

/** `"0"`, `"1"`, their numbers, or a boolean in either spelling. */
export function flagAt(part: Part, name: string): boolean | undefined {
  return valueAt(part, name, (value) => {
    if (value === true || value === 1 || value === "1" || value === "true") return true;
    return value === false || value === 0 || value === "0" || value === "false" ? false : undefined;
  });
}

/** A text that many share; a whole number is one too. */
export function sharedCodeAt(part: Part, name: string): string | undefined {
  const code = valueAt(part, name, readCode);
  return code === undefined ? undefined : part.intern(code);
}

/** An error of the vendor's; a code of `0` or `""` means none, and a whole number is a code too. */
export function errorAt(part: Part, codeName: string, messageName: string): VendorError | undefined {
  const code = valueAt(part, codeName, readCode);
  return someOf({ code: code === "0" ? undefined : code, message: textAt(part, messageName) });
}

/** Id and name of a backup; undefined where neither is known. */
export function backupAt(part: Part, idName: string, nameName: string): BackupRef | undefined {
  return someOf({ id: textAt(part, idName), name: textAt(part, nameName) });
}

/** The values without what is not known; undefined when nothing is. */
export function someOf<T extends object>(values: T): ReturnType<typeof defined<T>> | undefined {
  for (const name in values) if (values[name] !== undefined) return defined(values);
  return undefined;
}

/** Reads a field; what `read` cannot use is reported. */
export function valueAt<T>(
  { object, path, reportInvalid }: Part,
  name: string,
  read: (value: unknown) => T | undefined,
): T | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined || value === null || value === "") return undefined;
  const result = read(value);
  if (result === undefined) reportInvalid(`${path}${name}`);
  return result;
}

function readObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= longestText ? value.toWellFormed() : undefined;
}

function readCode(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : readText(value);
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
}
