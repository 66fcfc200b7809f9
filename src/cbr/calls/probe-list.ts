import type { ProjectConfig } from "../../config/config.ts";
import { isObject } from "../answers/fields.ts";
import type { Reading, Requester } from "../transport/requester.ts";
import { operationLogsUrl } from "./operation-logs-url.ts";

const maxBody = 1024 * 1024;

/** `GET /v3/{project_id}/operation-logs?limit=1`: whether the login has the right to list tasks. */
export function probeList(
  { config, request }: { readonly config: Pick<ProjectConfig, "endpoint" | "id">; readonly request: Requester },
  signal: AbortSignal,
): Promise<void> {
  return request({
    operation: "ListOpLogs",
    url: (projectId) => new URL(`${operationLogsUrl(config, projectId)}?limit=1`),
    maxBody,
    signal,
    read(body): Reading<void> {
      try {
        const answer: unknown = JSON.parse(body);
        if (isObject(answer) && Array.isArray(answer["operation_logs"])) return { value: undefined };
      } catch {
        // Told below.
      }
      return { unusable: "the answer holds no list of tasks" };
    },
  });
}
