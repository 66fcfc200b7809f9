import type { FailureReason } from "../tasks/failure-reason.ts";
import type { ErrorBody } from "./error-body.ts";

/** Why an answer with this status, which is not 200, brought nothing. */
export function reasonOfStatus(status: number, body: ErrorBody): FailureReason {
  // Only CBR itself can say that a task does not exist; the gateway's 404 means a wrong endpoint.
  if (status === 404) return body.code?.startsWith("BackupService.") ? "not_found" : "client_error";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 429) return "throttled";
  if (status >= 500) return "server_error";
  return status >= 200 && status < 300 ? "bad_body" : "client_error";
}

const retryable: ReadonlySet<FailureReason> = new Set(["timeout", "network", "throttled", "server_error"]);

export function isRetryable(reason: FailureReason): boolean {
  return retryable.has(reason);
}

/** What to do about a status whose body explains nothing. */
const hints: Readonly<Record<number, string>> = {
  401: "the token is not accepted; renew it, and check that it belongs to this project and region",
  403: "the user lacks a right; cbr:tasks:get is needed",
  404: "there is no such API there; check the endpoint and the project's id",
  429: "too many requests; lower rate_limit, or poll less often",
};

/** One line about an answer that is no success: status, the vendor's code and words, and what to do where one can tell. */
export function describeStatus(status: number, body: ErrorBody, reason: FailureReason): string {
  const said = [body.code, body.message].filter((part) => part !== undefined).join(": ");
  if (reason === "not_found") return `the task does not exist (${said}); check its id and project`;
  const hint =
    status >= 300 && status < 400 ? "redirects are not followed; check the endpoint" : (hints[status] ?? undefined);
  return `HTTP ${status}${said ? ` (${said})` : ""}${hint ? `: ${hint}` : ""}`;
}
