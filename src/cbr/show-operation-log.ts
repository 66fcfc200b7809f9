import type { ProjectConfig } from "../config/config.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";
import type { ApiObserver } from "./api-observer.ts";
import { type Decoded, decodeShowOpLog } from "./decode-operation-log.ts";
import type { Requester } from "./requester.ts";

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
  // Both ids match [A-Za-z0-9_-]{1,64}, checked where they came in, so that they cannot change the path.
  const url = new URL(`${config.endpoint}/v3/${config.id}/operation-logs/${id}`);
  const { log, invalidFields } = await request({
    operation: "ShowOpLog",
    url,
    maxBody,
    signal,
    read(body): { value: Extract<Decoded, { log: OperationLog }> } | { unusable: string } {
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
