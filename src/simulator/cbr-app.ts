import { type Context, Hono } from "hono";
import { jsonAnswer, toResponse } from "./answer.ts";
import type { FaultBook } from "./fault-book.ts";
import { type Access, gatewayRefusal } from "./gateway.ts";
import { later, playFault } from "./play-fault.ts";
import type { OperationLogBody } from "./sim-task.ts";
import { cbrErrorOf, gatewayError, noSuchTask } from "./vendor-errors.ts";
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
  const refused = gatewayRefusal(cloud.access, wireRequest(c), project);
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

/** The most, and the usual, records of a page. */
const pageSize = 1000;

/** ListOpLogs: pages of all tasks in the order of their ids, without its filters. Its faults go by `cbr:list`. */
async function listOperationLogs(c: Context<SimulatorEnv>, cloud: CbrCloud): Promise<Response> {
  const project = c.req.param("project") as string;
  await later(cloud.latency());
  const refused = gatewayRefusal(cloud.access, wireRequest(c), project);
  if (refused) return toResponse(refused);
  const [limit, offset] = [Number(c.req.query("limit") ?? pageSize), Number(c.req.query("offset") ?? 0)];
  const isRight = Number.isInteger(limit) && limit >= 1 && limit <= pageSize && Number.isInteger(offset) && offset >= 0;
  const right = () => {
    if (!isRight)
      return jsonAnswer({ error_code: "BackupService.0001", error_msg: "limit or offset is invalid." }, 400);
    const ids = [...cloud.ids()].sort().slice(offset, offset + limit);
    const page = ids.map((id) => cloud.operationLog(id, project));
    return jsonAnswer({ operation_logs: page, count: page.length, limit, offset });
  };
  const fault = cloud.faults.strike("cbr:list");
  return playFault(c, fault, { right, errorBodyOf: cbrErrorOf, now: cloud.now });
}
