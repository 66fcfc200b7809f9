import { type Answer, jsonType } from "./answer.ts";
import type { AnswerFault, RetryAfter } from "./fault.ts";

const html = { "content-type": "text/html; charset=utf-8" };

/** The body that an API has for a status, where it has one. */
export type ErrorBodyOf = (status: number) => object | undefined;

/**
 * @param right the right answer
 * @param errorBodyOf of the API that answers
 * @param nowMs milliseconds since 1970, for a `Retry-After` that is a date
 */
export function faultAnswer(fault: AnswerFault, right: Answer, errorBodyOf: ErrorBodyOf, nowMs: number): Answer {
  switch (fault.kind) {
    case "throttle":
      return { status: 429, headers: { ...jsonType, ...retryAfter(fault, nowMs) }, body: textOf(errorBodyOf(429)) };
    case "server-error": {
      const { status = 500 } = fault;
      const body = fault.html ? page(`${status} Server Error`) : textOf(errorBodyOf(status));
      return { status, headers: { ...(fault.html ? html : jsonType), ...retryAfter(fault, nowMs) }, body };
    }
    case "broken-json":
      return { ...right, body: right.body.slice(0, right.body.length / 2) };
    case "html":
      return { status: 200, headers: html, body: page("Please log in") };
    case "empty":
      return { ...right, body: "" };
    case "wrong-shape":
      return { ...right, body: wrongShape(right.body, fault.shape) };
    case "foreign-id":
      return { ...right, body: withId(right.body, fault.id ?? "f0e1d2c3-0000-4000-8000-000000000000") };
    case "status": {
      const { status, body = textOf(errorBodyOf(status)), contentType = "application/json", headers } = fault;
      return { status, headers: { "content-type": contentType, ...headers }, body };
    }
    case "redirect":
      return {
        status: fault.status ?? 302,
        headers: { location: fault.location ?? "https://auth.example.invalid/login" },
        body: "",
      };
    case "raw":
      return {
        ...right,
        headers: { ...right.headers, "content-type": fault.contentType ?? "application/json" },
        body: fault.body,
      };
  }
}

const page = (title: string) =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;

const textOf = (body: object | undefined) => (body === undefined ? "" : JSON.stringify(body));

function wrongShape(right: string, shape: "object" | "null" | "list" = "object"): string {
  if (shape === "null") return `{"${outerKey(right)}": null}`;
  return shape === "list" ? "[]" : "{}";
}

function withId(right: string, id: string): string {
  const key = outerKey(right);
  if (key === "") return right;
  const { [key]: inner, ...others } = JSON.parse(right) as Record<string, object | readonly object[]>;
  const changed = Array.isArray(inner) ? inner.map((one) => ({ ...one, id })) : { ...inner, id };
  return JSON.stringify({ [key]: changed, ...others });
}

/** `operation_log`, `token`, `projects`, `credential`: what the answer is about; `""` for a plain text. */
const outerKey = (right: string) => /^\{"(\w+)"/.exec(right)?.[1] ?? "";

function retryAfter({ retryAfter: after, retryAfterAs }: RetryAfter, nowMs: number): Record<string, string> {
  if (after === undefined) return {};
  const asDate = typeof after === "number" && retryAfterAs === "date";
  return { "retry-after": asDate ? new Date(nowMs + after * 1000).toUTCString() : String(after) };
}
