import type { ProjectConfig } from "../config/config.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";
import type { ApiObserver } from "./api-observer.ts";
import { type Decoded, decodeShowOpLog } from "./decode-operation-log.ts";
import { operationLogsUrl } from "./operation-logs-url.ts";
import type { Reading, Requester } from "./requester.ts";

/** An answer has about 1 KiB; a thousand times that is no answer. */
const maxBody = 1024 * 1024;

export interface ShowOperationLogContext {
  readonly config: Pick<ProjectConfig, "endpoint" | "id">;
  readonly request: Requester;
  readonly observer: ApiObserver;
}

/** `GET /v3/{project_id}/operation-logs/{operation_log_id}`. @throws {ApiError} | {Held} | {Stopped} */
export async function showOperationLog(
  { config, request, observer }: ShowOperationLogContext,
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
      const decoded = decodeShowOpLog(json, id);
      return "log" in decoded ? { value: decoded } : decoded;
    },
  });
  for (const field of new Set(invalidFields)) observer.invalidField(field);
  return log;
}
