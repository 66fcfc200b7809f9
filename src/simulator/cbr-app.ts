import { type Context, Hono } from "hono";
import { jsonAnswer, toResponse } from "./answer.ts";
import type { FaultBook } from "./fault-book.ts";
import { type Access, gatewayRefusal } from "./gateway.ts";
import { pageOf } from "./list-operation-logs.ts";
import { later, playFault } from "./play-fault.ts";
import type { OperationLogBody } from "./sim-task.ts";
import { badParameter, cbrErrorOf, gatewayError, noSuchTask } from "./vendor-errors.ts";
import { type SimulatorEnv, wireRequest } from "./wire-request.ts";

/** What the routes need of the simulator around them. */
export interface CbrCloud {
  readonly access: Access;
  readonly faults: FaultBook;
  ids(): Iterable<string>;
  operationLog(id: string, projectId: string): OperationLogBody | undefined;
  /** Called with each ShowOpLog request before anything is checked. */
  received(id: string): void;
  /** Milliseconds that the next answer takes. */
  latency(): number;
  now(): number;
}

/** Answers as CBR's API does (`reference/show-op-log.md`, `reference/cloud-access.md`), its gateway included. */
export function cbrApp(cloud: CbrCloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  app.get("/", (c) => c.text([...cloud.ids()].map((id) => `${id}\n`).join("")));
  app.get("/v3/:project/operation-logs/:id", (c) => showOperationLog(c, cloud));
  app.get("/v3/:project/operation-logs", (c) => listOperationLogs(c, cloud));
  app.notFound((c) => c.json(gatewayError("APIGW.0101"), 404));
  app.onError((error, c) => c.json({ error_code: "Simulator.0500", error_msg: error.message }, 500));
  return app;
}

async function showOperationLog(c: Context<SimulatorEnv>, cloud: CbrCloud): Promise<Response> {
  const [project, id] = [c.req.param("project") as string, c.req.param("id") as string];
  cloud.received(id);
  await later(cloud.latency());
  const refused = await gatewayRefusal(cloud.access, await wireRequest(c), project);
  if (refused) return toResponse(refused);
  const fault = cloud.faults.strike(id);
  // A fault needs a right answer to spoil, also for an id that does not exist.
  const spoiled = fault !== undefined && fault.kind !== "latency" ? { id } : undefined;
  // A body is made at the moment of its answer, late or not.
  const right = () => {
    const body = cloud.operationLog(id, project) ?? spoiled;
    return body ? jsonAnswer({ operation_log: body }) : jsonAnswer(noSuchTask, 404);
  };
  return playFault(c, fault, { right, errorBodyOf: cbrErrorOf, now: cloud.now });
}

/** ListOpLogs, in the order of the ids. Its faults go by `cbr:list`. */
async function listOperationLogs(c: Context<SimulatorEnv>, cloud: CbrCloud): Promise<Response> {
  const project = c.req.param("project") as string;
  await later(cloud.latency());
  const refused = await gatewayRefusal(cloud.access, await wireRequest(c), project);
  if (refused) return toResponse(refused);
  const right = () => {
    const logs = [...cloud.ids()].sort().map((id) => cloud.operationLog(id, project));
    const page = pageOf(logs, (name) => c.req.query(name));
    return page ? jsonAnswer(page) : jsonAnswer(badParameter, 400);
  };
  const fault = cloud.faults.strike("cbr:list");
  return playFault(c, fault, { right, errorBodyOf: cbrErrorOf, now: cloud.now });
}
