import type { FailureReason } from "../../tasks/failure-reason.ts";
import { isAboutCbr, type Operation, rightsOf } from "../operations.ts";
import type { ErrorBody } from "./error-body.ts";

/** Why an answer with this status, which is not that of a success, brought nothing. */
export function reasonOfStatus(status: number, body: ErrorBody): FailureReason {
  // Only CBR itself can say that a task does not exist; the gateway's 404 means a wrong endpoint.
  if (status === 404) return body.code?.startsWith("BackupService.") ? "not_found" : "client_error";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 429) return "throttled";
  if (status >= 500) return "server_error";
  return status >= 200 && status < 300 ? "bad_body" : "client_error";
}

/** What to do about a status whose body explains nothing. */
const hints: Readonly<Record<number, string>> = {
  431: "the headers are too long for what stands before the API; a token can take 16 KiB and more",
  401: "the login is not accepted; renew it, and check that it belongs to this project and region",
  403: "the user lacks a right",
  404: "there is no such API there; check the endpoint and the project's id",
  429: "too many requests; lower rate_limit, or poll less often",
};

/** What to do about a status whose body is not the vendor's: something before the API answers. */
const hintsForOthers: Readonly<Record<number, string>> = {
  400: "something before the API answers; perhaps it wants a client certificate (tls_config), or shorter headers (a token can take 16 KiB and more)",
};

/** What to do about a status that has no hint of its own, by its first digit. */
const hintOfClass: Readonly<Record<number, string>> = {
  2: "the API never answers so; check the endpoint, and what stands before it",
  3: "redirects are not followed; check the endpoint",
};

/** Where the operation makes a status mean something else. */
const hintsOf: Readonly<Partial<Record<Operation, Readonly<Record<number, string>>>>> = {
  KeystoneCreateToken: {
    401: "IAM does not accept the user for this project; check user_name, domain_name, the password, and the project's id or region",
    403: "IAM does not let this user log in; check its access mode, and that it may use the project",
    404: "there is no IAM there; check iam_endpoint",
  },
  KeystoneListProjects: {
    403: "IAM does not let this user look up projects; give the project's id in the configuration",
    404: "there is no IAM there; check iam_endpoint",
  },
};

function hintOfRights(rights: readonly string[]): string {
  const needed = rights.length === 1 ? `${rights[0]} is` : `${rights.slice(0, -1).join(", ")} and ${rights.at(-1)} are`;
  return `the user lacks a right; ${needed} needed`;
}

/** One line about a failed request: status, the vendor's code and message, and what to do about it where that is known. */
export function describeStatus(operation: Operation, status: number, body: ErrorBody, reason: FailureReason): string {
  const details = [body.code, body.message].filter((part) => part !== undefined).join(": ");
  if (reason === "not_found") {
    return operation === "ShowOpLog"
      ? `the task does not exist (${details}); check its id and project`
      : `what was asked for does not exist (${details})`;
  }
  const hint =
    (details === "" ? hintsForOthers[status] : undefined) ??
    hintsOf[operation]?.[status] ??
    (status === 403 && isAboutCbr(operation) ? hintOfRights(rightsOf[operation]) : undefined) ??
    hints[status] ??
    hintOfClass[Math.floor(status / 100)];
  return `HTTP ${status}${details ? ` (${details})` : ""}${hint ? `: ${hint}` : ""}`;
}
