import { readFileSync } from "node:fs";
import { isObject } from "../../src/base/json.ts";
import { micros } from "../../src/base/micros.ts";
import type { AnswerContext, Page } from "../../src/cbr/answers/page.ts";

/** 2026-06-01T12:00:00Z. */
export const latest = micros(1_780_315_200_000_000);

/** What answers are read with. */
export const context: AnswerContext = { latest, intern: (text) => text };

/** The vendor's example of an answer. */
export function example(name: "list-vault" | "list-policies" | "list-backups" | "list-protectable"): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/inventory/${name}.json`, import.meta.url), "utf8"));
}

/** A page that is one. */
export function good<T>(page: Page<T> | { readonly unusable: string }): Page<T> {
  if ("unusable" in page) throw new Error(page.unusable);
  return page;
}

/** Puts `value` at a dotted path of an object, with objects, or lists of one (`resources[]`), made on the way. */
export function at(path: string, value: unknown, object: Record<string, unknown> = {}): Record<string, unknown> {
  const [step = "", ...rest] = path.split(".");
  const name = step.replace("[]", "");
  const before = object[name];
  const inner = step.endsWith("[]") && Array.isArray(before) ? before[0] : before;
  const put = rest.length > 0 ? at(rest.join("."), value, isObject(inner) ? { ...inner } : {}) : value;
  object[name] = step.endsWith("[]") ? [put] : put;
  return object;
}
