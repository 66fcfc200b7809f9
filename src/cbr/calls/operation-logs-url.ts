import type { ProjectConfig } from "../../config/config.ts";

/**
 * `{endpoint}/v3/{project_id}/operation-logs`.
 *
 * @param found the project's id where the login looked it up; the configuration's rules
 */
export function operationLogsUrl(config: Pick<ProjectConfig, "endpoint" | "id">, found: string | undefined): string {
  // All ids match [A-Za-z0-9_-]{1,64}, checked where they came in, so that they cannot change the path.
  return `${config.endpoint}/v3/${config.id ?? found ?? ""}/operation-logs`;
}
