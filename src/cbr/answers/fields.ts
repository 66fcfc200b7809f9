import { defined, isObject, type JsonObject } from "../../base/json.ts";
import { type Micros, micros } from "../../base/micros.ts";
import type { BackupRef, VendorError } from "../../tasks/operation-log.ts";
import { parseTime } from "./time.ts";

/** A longer text is no name or id of this API (names have at most 255 characters), but would be kept for each task. */
const longestText = 1024;

/** 2000-01-01: the cloud is younger, so an earlier time is a machine's whose clock was never set. */
const earliestTime = micros(946_684_800_000_000);

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
  const object = valueAt(part, name, (value) => (isObject(value) ? value : undefined)) ?? {};
  return { ...part, object, path: `${part.path}${name}.` };
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

/** `"0"`, `"1"`, their numbers, or a boolean in either spelling. */
export function flagAt(part: Part, name: string): boolean | undefined {
  return valueAt(part, name, (value) => {
    if (value === true || value === 1 || value === "1" || value === "true") return true;
    return value === false || value === 0 || value === "0" || value === "false" ? false : undefined;
  });
}

/** An error of the vendor's; a code of `0` or `""` means none, and a whole number is a code too. */
export function errorAt(part: Part, codeName: string, messageName: string): VendorError | undefined {
  const code = valueAt(part, codeName, (value) => (Number.isSafeInteger(value) ? String(value) : readText(value)));
  return someOf({ code: code === "0" ? undefined : code, message: textAt(part, messageName) });
}

/** Id and name of a backup; undefined where neither is known. */
export function backupAt(part: Part, idName: string, nameName: string): BackupRef | undefined {
  return someOf({ id: textAt(part, idName), name: textAt(part, nameName) });
}

/** The values without what is not known; undefined when nothing is. */
export function someOf<T extends object>(values: T): ReturnType<typeof defined<T>> | undefined {
  const known = defined(values);
  return Object.keys(known).length > 0 ? known : undefined;
}

function valueAt<T>(
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

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= longestText ? value.toWellFormed() : undefined;
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
}
