import { type Micros, micros } from "../../base/micros.ts";
import type { BackupRef, VendorError } from "../../tasks/operation-log.ts";
import { parseTime } from "./time.ts";

/** A longer text is no name or id of this API (names have at most 255 characters), but would be kept for each task. */
const longestText = 1024;

/** 2000-01-01: the cloud is younger, so an earlier time is a machine's whose clock was never set. */
const earliestTime = micros(946_684_800_000_000);

/** What reading the fields of an answer takes besides the answer. */
export interface FieldsContext {
  /** A later time is malformed. */
  readonly latest: Micros;
  /** Told the dotted path of each field that cannot be used. */
  readonly invalid: (path: string) => void;
}

/**
 * Reads the fields of one object of an answer by their documented names. What is absent, null or `""` is undefined;
 * what cannot be used is undefined too, and its dotted path is told. Nothing throws.
 */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #context: FieldsContext;

  constructor(object: Readonly<Record<string, unknown>>, path: string, context: FieldsContext) {
    this.#object = object;
    this.#path = path;
    this.#context = context;
  }

  /** The part `name`; one without any field where it is absent. */
  part(name: string): Fields {
    const part = this.#read(name, (value) => (isObject(value) ? value : undefined));
    return new Fields(part ?? {}, `${this.#path}${name}.`, this.#context);
  }

  text(name: string): string | undefined {
    return this.#read(name, (value) =>
      // A lone surrogate cannot be written as UTF-8.
      typeof value === "string" && value.length <= longestText ? value.toWellFormed() : undefined,
    );
  }

  /** A time from the year 2000 on that is not later than the latest. */
  time(name: string): Micros | undefined {
    return this.#read(name, (value) => {
      const time = typeof value === "string" ? parseTime(value) : undefined;
      return time !== undefined && time >= earliestTime && time <= this.#context.latest ? time : undefined;
    });
  }

  /** A percentage; a string of digits counts as a number. */
  percent(name: string): number | undefined {
    return this.#read(name, (value) => {
      const number = numberOf(value);
      return number !== undefined && number >= 0 && number <= 100 ? number : undefined;
    });
  }

  /** A whole number from 0. */
  count(name: string): number | undefined {
    return this.#read(name, (value) => {
      const number = numberOf(value);
      return number !== undefined && number >= 0 && Number.isSafeInteger(number) ? number : undefined;
    });
  }

  /** `"0"`, `"1"`, their numbers, or a boolean in either spelling. */
  flag(name: string): boolean | undefined {
    return this.#read(name, (value) => {
      if (value === true || value === 1 || value === "1" || value === "true") return true;
      return value === false || value === 0 || value === "0" || value === "false" ? false : undefined;
    });
  }

  /** An error of the vendor's; `0` and `""` both mean none, and a number is a code too. */
  error(code: string, message: string): VendorError | undefined {
    const value =
      this.#read(code, (v) => (Number.isSafeInteger(v) ? String(v) : undefined), "number") ?? this.text(code);
    const words = this.text(message);
    if (value === undefined || value === "0") return words === undefined ? undefined : { message: words };
    return { code: value, ...(words !== undefined && { message: words }) };
  }

  backup(id: string, name: string): BackupRef | undefined {
    const ref = { id: this.text(id), name: this.text(name) };
    if (ref.id === undefined && ref.name === undefined) return undefined;
    return { ...(ref.id !== undefined && { id: ref.id }), ...(ref.name !== undefined && { name: ref.name }) };
  }

  /** Tells that the field `name` could not be used. */
  reject(name: string): void {
    this.#context.invalid(`${this.#path}${name}`);
  }

  /** @param only reads the field only where it has this type, leaving others to another reading */
  #read<T>(name: string, convert: (value: unknown) => T | undefined, only?: "number"): T | undefined {
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
    if (value === undefined || value === null || value === "") return undefined;
    if (only && typeof value !== only) return undefined;
    const result = convert(value);
    if (result === undefined) this.reject(name);
    return result;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
}
