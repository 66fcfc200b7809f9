import type { AnswerFault, RetryAfter } from "./fault.ts";
import { gatewayError } from "./vendor-errors.ts";

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = { "content-type": "application/json" };
const html = { "content-type": "text/html; charset=utf-8" };

/**
 * @param right the body of the right answer
 * @param nowMs milliseconds since 1970, for a `Retry-After` that is a date
 */
export function faultAnswer(fault: AnswerFault, right: string, nowMs: number): Answer {
  switch (fault.kind) {
    case "throttle":
      return { status: 429, headers: { ...json, ...retryAfter(fault, nowMs) }, body: cloudBody(429) };
    case "server-error": {
      const { status = 500 } = fault;
      const body = fault.html ? page(`${status} Server Error`) : cloudBody(status);
      return { status, headers: { ...(fault.html ? html : json), ...retryAfter(fault, nowMs) }, body };
    }
    case "broken-json":
      return ok(right.slice(0, right.length / 2));
    case "html":
      return { status: 200, headers: html, body: page("Please log in") };
    case "empty":
      return ok("");
    case "wrong-shape":
      return ok({ object: "{}", null: '{"operation_log": null}', list: "[]" }[fault.shape ?? "object"]);
    case "foreign-id":
      return ok(withId(right, fault.id ?? "f0e1d2c3-0000-4000-8000-000000000000"));
    case "status": {
      const { status, body = cloudBody(status), contentType = "application/json", headers } = fault;
      return { status, headers: { "content-type": contentType, ...headers }, body };
    }
    case "redirect":
      return {
        status: fault.status ?? 302,
        headers: { location: fault.location ?? "https://auth.example.invalid/login" },
        body: "",
      };
    case "raw":
      return { status: 200, headers: { "content-type": fault.contentType ?? "application/json" }, body: fault.body };
  }
}

const ok = (body: string): Answer => ({ status: 200, headers: json, body });

const page = (title: string) =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;

function withId(right: string, id: string): string {
  const { operation_log } = JSON.parse(right) as { operation_log: object };
  return JSON.stringify({ operation_log: { ...operation_log, id } });
}

function cloudBody(status: number): string {
  const body = cloudErrorOf(status);
  return body === undefined ? "" : JSON.stringify(body);
}

function cloudErrorOf(status: number): object | undefined {
  if (status === 401) return gatewayError("APIGW.0301");
  if (status === 403) return { error_code: "BackupService.8600", error_msg: "Not authenticated." };
  if (status === 404) return gatewayError("APIGW.0101");
  if (status === 429) return gatewayError("APIGW.0308");
  if (status === 502) return gatewayError("APIGW.0610");
  if (status === 503) return gatewayError("APIGW.0613");
  return status >= 500 ? gatewayError("APIGW.0201") : undefined;
}

function retryAfter({ retryAfter: after, retryAfterAs }: RetryAfter, nowMs: number): Record<string, string> {
  if (after === undefined) return {};
  const asDate = typeof after === "number" && retryAfterAs === "date";
  return { "retry-after": asDate ? new Date(nowMs + after * 1000).toUTCString() : String(after) };
}
