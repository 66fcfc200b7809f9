import { createHash } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** What every route knows of the connection it answers on. */
export type SimulatorEnv = { Bindings: HttpBindings };

/** A request as it came over the wire, before any router has looked at it. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, still encoded. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the body, in hexadecimal; absent: of none. */
  readonly bodySha256?: string;
}

/** Reads the body to its end, which a `GET` may have too: the vendor's clients send and sign `{}`. */
export async function wireRequest(c: Context<SimulatorEnv>): Promise<WireRequest> {
  const { method = "", url: target = "", headers } = c.env.incoming;
  const entries = Object.entries(headers).map(([name, value = ""]) => [name, String(value)] as const);
  const hasBody = "content-length" in headers || "transfer-encoding" in headers;
  return {
    method,
    target,
    headers: Object.fromEntries(entries),
    ...(hasBody && { bodySha256: await sha256Of(c.env.incoming) }),
  };
}

/** Not through Hono's request, which knows no body of a GET. */
async function sha256Of(body: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk);
  return hash.digest("hex");
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonType: Readonly<Record<string, string>> = { "content-type": "application/json" };

export function jsonAnswer(body: object, status = 200, headers = {}): Answer {
  return { status, headers: { ...jsonType, ...headers }, body: JSON.stringify(body) };
}

/** Statuses with which a `Response` refuses a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(bodiless.has(status) ? null : body, { status, headers });
}
