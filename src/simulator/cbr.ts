import { type Context, Hono } from "hono";
import { type Cloud, type Operation, respond, targetsOf } from "./cloud.ts";
import { badParameter, cbrErrorOf, gatewayError, noSuchTask } from "./errors.ts";
import { backupList } from "./estate/backups.ts";
import { policyList } from "./estate/policies.ts";
import { protectableList } from "./estate/protectables.ts";
import { vaultList } from "./estate/vaults.ts";
import { type Answer, jsonAnswer, type SimulatorEnv, wireRequest } from "./exchange.ts";
import type { Fault } from "./faults/kinds.ts";
import { gatewayRefusal } from "./gateway.ts";
import { type List, pageOf } from "./listing.ts";
import { operationLogList } from "./tasks/operation-logs.ts";

/** Answers as CBR's API does (`reference/show-op-log.md`, `reference/cloud-access.md`), its gateway included. */
export function cbrApp(cloud: Cloud): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  app.get("/", (c) => c.text([...cloud.ids()].map((id) => `${id}\n`).join("")));
  app.get("/v3/:project/operation-logs/:id", (c) => showOperationLog(c, cloud));
  /** Answers a page of the list, which is undefined where there is none of that name. */
  const list = <R>(
    path: string,
    operation: Operation,
    listOf: (project: string, c: Context<SimulatorEnv>) => List<R> | undefined,
  ) =>
    app.get(`/v3/:project/${path}`, (c) => {
      cloud.asked(operation);
      return behindGateway(c, cloud, targetsOf(operation), (project) => {
        const all = listOf(project, c);
        const page = all && pageOf(changed(all, cloud), c.req.queries(), cloud.listing);
        return page ? jsonAnswer(page) : jsonAnswer(badParameter, 400);
      });
    });
  list("operation-logs", "ListOpLogs", (project) => {
    const logs = [...cloud.ids()].map((id) => cloud.operationLog(id, project) ?? {});
    return operationLogList(logs, cloud.listing);
  });
  list("vaults", "ListVault", (project) => vaultList(cloud.estate(project)));
  list("policies", "ListPolicies", (project) => policyList(cloud.estate(project)));
  list("backups", "ListBackups", (project) => backupList(cloud.estate(project)));
  list("protectables/:type/instances", "ListProtectable", (project, c) =>
    protectableList(cloud.estate(project), c.req.param("type") ?? ""),
  );
  app.notFound((c) => c.json(gatewayError("APIGW.0101"), 404));
  app.onError((error, c) => c.json({ error_code: "Simulator.0500", error_msg: error.message }, 500));
  return app;
}

/** As tests want its records to be. */
function changed<R>(list: List<R>, { changes }: Cloud): List<R> {
  const change = changes.get(list.key);
  return change ? { ...list, body: (record) => change(list.body(record)) } : list;
}

function showOperationLog(c: Context<SimulatorEnv>, cloud: Cloud): Promise<Response> {
  const id = c.req.param("id") ?? "";
  cloud.received(id);
  return behindGateway(c, cloud, [id], (project, fault) => {
    // A fault needs a right answer to spoil, also for an id that does not exist.
    const body = cloud.operationLog(id, project) ?? (fault && fault.kind !== "latency" ? { id } : undefined);
    return body ? jsonAnswer({ operation_log: body }) : jsonAnswer(noSuchTask, 404);
  });
}

function behindGateway(
  c: Context<SimulatorEnv>,
  cloud: Cloud,
  targets: readonly string[],
  right: (project: string, fault?: Fault) => Answer,
): Promise<Response> {
  const project = c.req.param("project") ?? "";
  const refusal = async () => gatewayRefusal(cloud.access, await wireRequest(c), project);
  const route = { targets: [...targets, "*"], errorBodyOf: cbrErrorOf, refusal };
  return respond(c, cloud, route, (fault) => right(project, fault));
}
