import type { ContentfulStatusCode } from "hono/utils/http-status";

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonType: Readonly<Record<string, string>> = { "content-type": "application/json" };

export function jsonAnswer(body: object, status: ContentfulStatusCode = 200, headers = {}): Answer {
  return { status, headers: { ...jsonType, ...headers }, body: JSON.stringify(body) };
}

/** Statuses with which a `Response` refuses a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(bodiless.has(status) ? null : body, { status, headers });
}
