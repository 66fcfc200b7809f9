import { isObject, listAt } from "../../base/json.ts";
import type { Micros } from "../../base/micros.ts";
import { ownIdAt, type Part } from "./fields.ts";

/** What answers are read with. */
export interface AnswerContext {
  /** No time is later, by the cloud's clock; one that is counts as malformed. */
  readonly latest: Micros;
  /** Gives equal texts as one and the same string. */
  readonly intern: (text: string) => string;
}

/** One page of a list. */
export interface Page<T> {
  readonly records: readonly T[];
  /** Dotted paths of the fields that could not be used; `id` for each record that was left out. */
  readonly invalidFields: readonly string[];
  /** Records that came, those without a usable id included. */
  readonly received: number;
}

/** A list as the vendor's reference describes it. */
export interface ListShape<T> {
  /** The field that holds the records. */
  readonly name: string;
  /** What the records are, for whoever reads that there are none: `tasks`. */
  readonly of: string;
  /** Reads a record whose id is usable. */
  readonly read: (record: Part, id: string) => T;
}

/**
 * Decodes a page of a list, once, at the edge; a record without a usable id is left out. Total: any value of any shape
 * gives a result, none throws.
 *
 * @param answer the parsed body, `{"<name>": [{…}]}`; undefined for one that is not JSON
 * @returns the page, or why the answer is none
 */
export function decodePage<T>(
  answer: unknown,
  { name, of, read }: ListShape<T>,
  context: AnswerContext,
): Page<T> | { readonly unusable: string } {
  const list = listAt(answer, name);
  if (!list) return { unusable: answer === undefined ? "the answer is not JSON" : `the answer holds no list of ${of}` };
  const records: T[] = [];
  const invalidFields: string[] = [];
  for (const object of list) {
    const reportInvalid = (path: string) => void invalidFields.push(path);
    const part: Part = { object: isObject(object) ? object : {}, path: "", ...context, reportInvalid };
    const id = ownIdAt(part, "id");
    if (id !== undefined) records.push(read(part, id));
  }
  return { records, invalidFields, received: list.length };
}
