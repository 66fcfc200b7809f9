import type { Fault } from "./fault.ts";

interface Field {
  readonly ok: (value: unknown) => boolean;
  readonly says: string;
  readonly needed?: true;
}

const whole = (min: number, max: number): Field => ({
  ok: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  says: `must be a whole number from ${min} to ${max}`,
});
const oneOf = (...words: readonly string[]): Field => ({
  ok: (value) => words.includes(value as string),
  says: `must be one of ${words.join(", ")}`,
});
const text: Field = { ok: (value) => typeof value === "string", says: "must be a text" };
// A header's value with a newline would make Node throw in the middle of an answer.
const isHeaderValue = (value: unknown) => typeof value === "string" && /^[\t\x20-\x7e]*$/.test(value);
const headerValue: Field = { ok: isHeaderValue, says: "must be a text of printable ASCII" };
const flag: Field = { ok: (value) => typeof value === "boolean", says: "must be true or false" };
const headers: Field = {
  ok: (value) =>
    isObject(value) && Object.entries(value).every(([name, is]) => /^[A-Za-z0-9-]+$/.test(name) && isHeaderValue(is)),
  says: "must be an object of header values",
};
const seconds: Field = {
  ok: (value) => isHeaderValue(value) || (Number.isFinite(value) && (value as number) >= 0),
  says: "must be a number of seconds or a text",
};
const needed = (field: Field): Field => ({ ...field, needed: true });

const day = 86_400_000;
const retryAfter = { retryAfter: seconds, retryAfterAs: oneOf("seconds", "date") };
const recurrence = { times: whole(1, 1e9), every: whole(1, 1e9) };

const fieldsOf: { readonly [K in Fault["kind"]]: Readonly<Record<string, Field>> } = {
  throttle: retryAfter,
  "server-error": { status: whole(500, 599), html: flag, ...retryAfter },
  "broken-json": {},
  html: {},
  empty: {},
  "wrong-shape": { shape: oneOf("object", "null", "list") },
  "foreign-id": { id: text },
  status: { status: needed(whole(200, 599)), body: text, contentType: headerValue, headers },
  redirect: { location: headerValue, status: whole(300, 399) },
  raw: { body: needed(text), contentType: headerValue },
  hang: {},
  "slow-body": { intervalMs: whole(1, day) },
  cut: {},
  "cut-body": {},
  "endless-body": {},
  "huge-body": { bytes: needed(whole(1, 2 ** 40)) },
  latency: { ms: needed(whole(0, day)) },
};

/** Every kind of fault, in the order in which `--help` names them. */
export const faultKinds: readonly string[] = Object.keys(fieldsOf);

/** @returns the fault that `value` (parsed JSON) describes, or one line that says what is wrong with it */
export function parseFault(value: unknown): Fault | string {
  if (!isObject(value)) return "a fault is an object with a kind";
  const { kind } = value;
  if (typeof kind !== "string" || !Object.hasOwn(fieldsOf, kind)) return `kind must be one of ${faultKinds.join(", ")}`;
  const fields: Readonly<Record<string, Field>> = { ...fieldsOf[kind as Fault["kind"]], ...recurrence };
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (key !== "kind" && !field) return `${kind}: unknown key ${JSON.stringify(key)}`;
    if (field && !field.ok(value[key])) return `${kind}: ${key} ${field.says}`;
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.needed && !(key in value)) return `${kind}: ${key} ${field.says}`;
  }
  return value as unknown as Fault;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
