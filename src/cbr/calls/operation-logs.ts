import { defined, listAt } from "../../base/json.ts";
import { later, type Micros, micros, toMillis } from "../../base/micros.ts";
import type { OperationLog, TaskId } from "../../tasks/operation-log.ts";
import { type Decoded, type DecodedPage, decodeListOpLogs, decodeShowOpLog } from "../answers/operation-log.ts";
import type { ApiObserver } from "../operations.ts";
import type { Reading, Requester } from "../transport/call.ts";

const path = "/v3/{project_id}/operation-logs";

/** How far ahead of the cloud's clock a time may be: clocks differ within a cloud, and a zone may be forgotten. */
const margin = micros(24 * 3600e6);

/** A thousand records are 1 to 2 MB. */
const maxPageBody = 16 * 1024 * 1024;

/** Which tasks a page of ListOpLogs shows. */
export interface ListQuery {
  /** Of those that were created, or started (the vendor does not say), at or after this. */
  readonly startTime?: Micros;
  readonly operationType?: string;
  readonly enterpriseProjectId?: string;
  readonly limit: number;
  readonly offset: number;
}

export type Page = Extract<DecodedPage, { logs: unknown }>;

export interface OperationLogsContext {
  readonly request: Requester;
  readonly observer: Pick<ApiObserver, "invalidField">;
  /** The cloud's clock, as the answer that is being read showed it. */
  readonly cloudNow: () => Micros;
  /** Gives equal texts as one and the same string. */
  readonly intern: (text: string) => string;
}

/** `GET /v3/{project_id}/operation-logs/{operation_log_id}`. @throws {ApiError} | {Held} | {Stopped} */
export async function showOperationLog(
  { request, observer, cloudNow, intern }: OperationLogsContext,
  id: TaskId,
  signal: AbortSignal,
): Promise<OperationLog> {
  const { log, invalidFields } = await request({
    operation: "ShowOpLog",
    path: `${path}/${id}`,
    signal,
    read({ json }): Reading<Extract<Decoded, { log: OperationLog }>> {
      const decoded = decodeShowOpLog(json, id, { latest: later(cloudNow(), margin), intern });
      return "log" in decoded ? { value: decoded } : decoded;
    },
  });
  for (const field of invalidFields) observer.invalidField(field);
  return log;
}

/** `GET /v3/{project_id}/operation-logs`. @throws {ApiError} | {Held} | {Stopped} */
export async function listOperationLogs(
  { request, observer, cloudNow, intern }: OperationLogsContext,
  { startTime, operationType, enterpriseProjectId, limit, offset }: ListQuery,
  signal: AbortSignal,
): Promise<Page> {
  const page = await request({
    operation: "ListOpLogs",
    path,
    query: defined({
      limit: String(limit),
      offset: String(offset),
      start_time: startTime === undefined ? undefined : queryTime(startTime),
      operation_type: operationType,
      enterprise_project_id: enterpriseProjectId,
    }),
    maxBody: maxPageBody,
    signal,
    read({ json }): Reading<Page> {
      const decoded = decodeListOpLogs(json, { latest: later(cloudNow(), margin), intern });
      return "logs" in decoded ? { value: decoded } : decoded;
    },
  });
  for (const field of page.invalidFields) observer.invalidField(field);
  return page;
}

/** `2018-02-01T12:00:00Z`; digits after the second would be refused. */
function queryTime(time: Micros): string {
  return `${new Date(Math.floor(toMillis(time))).toISOString().slice(0, 19)}Z`;
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
