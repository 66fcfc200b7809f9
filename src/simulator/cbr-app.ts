import { setTimeout as wait } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { breakWire } from "./break-wire.ts";
import type { Fault, WireFault } from "./fault.ts";
import { faultAnswer } from "./fault-answer.ts";
import type { FaultBook } from "./fault-book.ts";
import { faultRoutes } from "./fault-routes.ts";
import type { OperationLogBody } from "./sim-task.ts";
import { type GatewayCode, gatewayError, noSuchTask } from "./vendor-errors.ts";

/** What the routes need of the simulator around them. */
export interface CbrCloud {
  readonly token: string;
  readonly projectId: string;
  readonly faults: FaultBook;
  ids(): Iterable<string>;
  operationLog(id: string): OperationLogBody | undefined;
  /** Called with each ShowOpLog request before anything is checked. */
  received(id: string): void;
  /** Milliseconds that the next answer takes. */
  latency(): number;
  now(): number;
}

export type CbrEnv = { Bindings: HttpBindings };

/** Answers as CBR's API does (`reference/show-op-log.md`, `reference/cloud-access.md`), its gateway included. */
export function cbrApp(cloud: CbrCloud): Hono<CbrEnv> {
  const app = new Hono<CbrEnv>();
  app.get("/", (c) => c.text([...cloud.ids()].map((id) => `${id}\n`).join("")));
  app.get("/v3/:project/operation-logs/:id", (c) => showOperationLog(c, cloud));
  app.route("/simulator/faults", faultRoutes(cloud.faults));
  app.notFound((c) => refuse(c, 404, "APIGW.0101"));
  app.onError((error, c) => c.json({ error_code: "Simulator.0500", error_msg: error.message }, 500));
  return app;
}

async function showOperationLog(c: Context<CbrEnv>, cloud: CbrCloud): Promise<Response> {
  const id = c.req.param("id") as string;
  cloud.received(id);
  await later(cloud.latency());
  // The gateway looks at the token before it looks at anything else.
  if (c.req.header("x-auth-token") !== cloud.token) return refuse(c, 401, "APIGW.0301");
  if (c.req.param("project") !== cloud.projectId) return refuse(c, 403, "APIGW.0306");
  const fault = cloud.faults.strike(id);
  if (fault?.kind === "latency") await later(fault.ms);
  else if (fault) return failed(c, fault, cloud, id);
  // A body is made at the moment of its answer, late or not.
  const body = cloud.operationLog(id);
  return body ? c.json({ operation_log: body }) : c.json(noSuchTask, 404);
}

/** Unreferenced: an hour's latency must not outlive the server. */
async function later(ms: number): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { ref: false });
}

function failed(c: Context<CbrEnv>, fault: Exclude<Fault, { kind: "latency" }>, cloud: CbrCloud, id: string): Response {
  const right = JSON.stringify({ operation_log: cloud.operationLog(id) ?? { id } });
  if (isWireFault(fault)) {
    breakWire(fault, c.env.outgoing, right);
    return RESPONSE_ALREADY_SENT;
  }
  const { status, headers, body } = faultAnswer(fault, right, cloud.now());
  return new Response(bodiless.has(status) ? null : body, { status, headers });
}

/** Statuses with which a `Response` refuses a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

const wireKinds: Readonly<Record<WireFault["kind"], true>> = {
  hang: true,
  "slow-body": true,
  cut: true,
  "cut-body": true,
  "endless-body": true,
  "huge-body": true,
};

function isWireFault(fault: Fault): fault is WireFault {
  return Object.hasOwn(wireKinds, fault.kind);
}

function refuse(c: Context<CbrEnv>, status: 401 | 403 | 404, code: GatewayCode): Response {
  return c.json(gatewayError(code), status);
}
