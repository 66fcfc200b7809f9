import { type Context, Hono } from "hono";
import { type Cloud, respond } from "./cloud.ts";
import { badParameter, cbrErrorOf, gatewayError, noSuchTask } from "./errors.ts";
import { type Answer, jsonAnswer, type SimulatorEnv, wireRequest } from "./exchange.ts";
import type { Fault } from "./faults/kinds.ts";
import { gatewayRefusal } from "./gateway.ts";
import type { OperationLogBody } from "./tasks/sim-task.ts";

/** Answers as CBR's API does (`reference/show-op-log.md`, `reference/cloud-access.md`), its gateway included. */
export function cbrApp(cloud: Cloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  app.get("/", (c) => c.text([...cloud.ids()].map((id) => `${id}\n`).join("")));
  app.get("/v3/:project/operation-logs/:id", (c) => showOperationLog(c, cloud));
  app.get("/v3/:project/operation-logs", (c) => listOperationLogs(c, cloud));
  app.notFound((c) => c.json(gatewayError("APIGW.0101"), 404));
  app.onError((error, c) => c.json({ error_code: "Simulator.0500", error_msg: error.message }, 500));
  return app;
}

function showOperationLog(c: Context<SimulatorEnv>, cloud: Cloud): Promise<Response> {
  const id = c.req.param("id") ?? "";
  cloud.received(id);
  return behindGateway(c, cloud, id, (project, fault) => {
    // A fault needs a right answer to spoil, also for an id that does not exist.
    const body = cloud.operationLog(id, project) ?? (fault && fault.kind !== "latency" ? { id } : undefined);
    return body ? jsonAnswer({ operation_log: body }) : jsonAnswer(noSuchTask, 404);
  });
}

/** In the order of the ids. */
function listOperationLogs(c: Context<SimulatorEnv>, cloud: Cloud): Promise<Response> {
  return behindGateway(c, cloud, "cbr:list", (project) => {
    const logs = [...cloud.ids()].sort().map((id) => cloud.operationLog(id, project) ?? {});
    const page = pageOf(logs, c.req.query());
    return page ? jsonAnswer(page) : jsonAnswer(badParameter, 400);
  });
}

function behindGateway(
  c: Context<SimulatorEnv>,
  cloud: Cloud,
  target: string,
  right: (project: string, fault?: Fault) => Answer,
): Promise<Response> {
  const project = c.req.param("project") ?? "";
  const refusal = async () => gatewayRefusal(cloud.access, await wireRequest(c), project);
  const route = { targets: [target, "*"], errorBodyOf: cbrErrorOf, refusal } as const;
  return respond(c, cloud, route, (fault) => right(project, fault));
}

type Filter = (log: OperationLogBody) => boolean;

/** The most, and the usual, records of a page. */
const pageSize = 1000;

const statuses: ReadonlySet<string> = new Set(["success", "skipped", "failed", "running", "timeout", "waiting"]);

/** What each parameter that is compared as it is stands for in a record. */
const fields: Readonly<Record<string, (log: OperationLogBody) => unknown>> = {
  status: (log) => log["status"],
  operation_type: (log) => log["operation_type"],
  vault_id: (log) => log["vault_id"],
  vault_name: (log) => log["vault_name"],
  resource_id: (log) => resourceOf(log)["id"],
  resource_name: (log) => resourceOf(log)["name"],
  provider_id: (log) => log["provider_id"],
};

/**
 * A page of ListOpLogs (`reference/cloud-access.md`). Of what the cloud leaves open: `count` is the page's, times are
 * those of creation. Tasks have no enterprise project here, so each one is in all of them.
 *
 * @returns undefined where a parameter is wrong
 */
function pageOf(
  logs: readonly OperationLogBody[],
  query: Readonly<Record<string, string | undefined>>,
): OperationLogBody | undefined {
  const { status = "success", operation_type: type = "backup", start_time, end_time } = query;
  const [limit, offset] = [wholeNumber(query["limit"], pageSize), wholeNumber(query["offset"], 0)];
  const [from, until] = [time(start_time, Number.NEGATIVE_INFINITY), time(end_time, Number.POSITIVE_INFINITY)];
  // One value each: there are no lists.
  const isOneEach = statuses.has(status) && /^\w+$/.test(type);
  if (!isOneEach || !(limit >= 1 && limit <= pageSize && offset >= 0)) return undefined;
  if (Number.isNaN(from) || Number.isNaN(until)) return undefined;
  const filters = Object.entries(fields).flatMap(([name, field]): Filter[] => {
    const wanted = query[name];
    return wanted === undefined ? [] : [(log) => field(log) === wanted];
  });
  if (start_time !== undefined || end_time !== undefined)
    filters.push((log) => createdAt(log) >= from && createdAt(log) <= until);
  const found = logs.filter((log) => filters.every((filter) => filter(log)));
  const page = found.slice(offset, offset + limit);
  return { operation_logs: page, count: page.length, limit, offset };
}

/** -1 where it is none. */
function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : -1;
}

/** Milliseconds since 1970; NaN where it is none. */
function time(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
}

/** Milliseconds since 1970; NaN, which lies between no two times, where it is not known. */
function createdAt(log: OperationLogBody): number {
  const text = String(log["created_at"]);
  return Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

function resourceOf(log: OperationLogBody): OperationLogBody {
  const { resource } = (log["extra_info"] ?? {}) as { readonly resource?: OperationLogBody };
  return resource ?? {};
}
