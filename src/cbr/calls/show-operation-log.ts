import { later, type Micros, micros } from "../../base/micros.ts";
import type { ProjectConfig } from "../../config/config.ts";
import type { OperationLog, TaskId } from "../../tasks/operation-log.ts";
import { type Decoded, decodeShowOpLog } from "../answers/operation-log.ts";
import type { ApiObserver } from "../api-observer.ts";
import type { Reading, Requester } from "../transport/requester.ts";
import { operationLogsUrl } from "./operation-logs-url.ts";

/** An answer has about 1 KiB; a thousand times that is no answer. */
const maxBody = 1024 * 1024;

/** How far ahead of the cloud's clock a time may be: clocks differ within a cloud, and a zone may be forgotten. */
const margin = micros(24 * 3600e6);

export interface ShowOperationLogContext {
  readonly config: Pick<ProjectConfig, "endpoint" | "id">;
  readonly request: Requester;
  readonly observer: ApiObserver;
  /** The cloud's clock, as the answer that is being read showed it. */
  readonly cloudNow: () => Micros;
}

/** `GET /v3/{project_id}/operation-logs/{operation_log_id}`. @throws {ApiError} | {Held} | {Stopped} */
export async function showOperationLog(
  { config, request, observer, cloudNow }: ShowOperationLogContext,
  id: TaskId,
  signal: AbortSignal,
): Promise<OperationLog> {
  const { log, invalidFields } = await request({
    operation: "ShowOpLog",
    url: (projectId) => new URL(`${operationLogsUrl(config, projectId)}/${id}`),
    maxBody,
    signal,
    read(body): Reading<Extract<Decoded, { log: OperationLog }>> {
      let json: unknown;
      try {
        json = JSON.parse(body);
      } catch {
        return { unusable: "the answer is not JSON" };
      }
      const decoded = decodeShowOpLog(json, id, later(cloudNow(), margin));
      return "log" in decoded ? { value: decoded } : decoded;
    },
  });
  for (const field of new Set(invalidFields)) observer.invalidField(field);
  return log;
}
