import type { Micros } from "../../base/micros.ts";
import type { OperationLog, TaskId } from "../../tasks/operation-log.ts";
import { decodeListOpLogs, decodeShowOpLog } from "../answers/operation-log.ts";
import type { Page } from "../answers/page.ts";
import type { Reading } from "../transport/call.ts";
import { answerContext, type CallContext, listPage, type Paging, queryTime } from "./list-page.ts";

const path = "/v3/{project_id}/operation-logs";

/** Which tasks ListOpLogs shows. */
export interface OperationLogsQuery {
  /** Of those that were created, or started (the vendor does not say), at or after this. */
  readonly startTime?: Micros;
  readonly operationType?: string;
  readonly enterpriseProjectId?: string;
}

/** `GET /v3/{project_id}/operation-logs/{operation_log_id}`. @throws {ApiError} | {Held} | {Stopped} */
export function showOperationLog(context: CallContext, id: TaskId, signal: AbortSignal): Promise<OperationLog> {
  return context.request({
    operation: "ShowOpLog",
    path: `${path}/${id}`,
    signal,
    read({ json }): Reading<OperationLog> {
      const decoded = decodeShowOpLog(json, id, answerContext(context));
      if ("unusable" in decoded) return decoded;
      for (const field of decoded.invalidFields) context.observer.invalidField(field);
      return { value: decoded.log };
    },
  });
}

/** `GET /v3/{project_id}/operation-logs`. @throws {ApiError} | {Held} | {Stopped} */
export function listOperationLogs(
  context: CallContext,
  { startTime, operationType, enterpriseProjectId, ...paging }: OperationLogsQuery & Paging,
  signal: AbortSignal,
): Promise<Page<OperationLog>> {
  return listPage(context, {
    operation: "ListOpLogs",
    path,
    paging,
    query: {
      start_time: queryTime(startTime),
      operation_type: operationType,
      enterprise_project_id: enterpriseProjectId,
    },
    decode: decodeListOpLogs,
    signal,
  });
}
