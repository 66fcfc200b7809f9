import { listAt } from "../../base/json.ts";
import { later, type Micros, micros } from "../../base/micros.ts";
import type { OperationLog, TaskId } from "../../tasks/operation-log.ts";
import { type Decoded, decodeShowOpLog } from "../answers/operation-log.ts";
import type { ApiObserver } from "../operations.ts";
import type { Reading, Requester } from "../transport/call.ts";

const path = "/v3/{project_id}/operation-logs";

/** How far ahead of the cloud's clock a time may be: clocks differ within a cloud, and a zone may be forgotten. */
const margin = micros(24 * 3600e6);

export interface ShowOperationLogContext {
  readonly request: Requester;
  readonly observer: Pick<ApiObserver, "invalidField">;
  /** The cloud's clock, as the answer that is being read showed it. */
  readonly cloudNow: () => Micros;
}

/** `GET /v3/{project_id}/operation-logs/{operation_log_id}`. @throws {ApiError} | {Held} | {Stopped} */
export async function showOperationLog(
  { request, observer, cloudNow }: ShowOperationLogContext,
  id: TaskId,
  signal: AbortSignal,
): Promise<OperationLog> {
  const { log, invalidFields } = await request({
    operation: "ShowOpLog",
    path: `${path}/${id}`,
    signal,
    read({ json }): Reading<Extract<Decoded, { log: OperationLog }>> {
      const decoded = decodeShowOpLog(json, id, later(cloudNow(), margin));
      return "log" in decoded ? { value: decoded } : decoded;
    },
  });
  for (const field of invalidFields) observer.invalidField(field);
  return log;
}

/**
 * `GET /v3/{project_id}/operation-logs?limit=1`: whether the login has the right to list tasks.
 * @throws {ApiError} | {Held} | {Stopped}
 */
export function probeList(request: Requester, signal: AbortSignal): Promise<void> {
  return request({
    operation: "ListOpLogs",
    path,
    query: { limit: "1" },
    signal,
    read: ({ json }): Reading<void> =>
      listAt(json, "operation_logs") ? { value: undefined } : { unusable: "the answer holds no list of tasks" },
  });
}
