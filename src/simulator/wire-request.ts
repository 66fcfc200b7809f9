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
}

export function wireRequest(c: Context<SimulatorEnv>): WireRequest {
  const { method = "", url = "", headers } = c.env.incoming;
  const entries = Object.entries(headers).map(([name, value = ""]) => [name, String(value)] as const);
  return { method, target: url.replace(/^https?:\/\/[^/]*/, ""), headers: Object.fromEntries(entries) };
}
