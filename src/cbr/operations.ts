import type { ProjectConfig } from "../config/config.ts";
import type { FailureReason } from "../tasks/failure-reason.ts";

/** An operation of the vendor's APIs that the exporter calls: the label `operation`. */
export type Operation =
  | "ShowOpLog"
  | "ListOpLogs"
  | "ListVault"
  | "ListPolicies"
  | "ListBackups"
  | "ListProtectable"
  | "KeystoneCreateToken"
  | "KeystoneValidateToken"
  | "KeystoneListProjects"
  | "GetSecurityKey";

/** Counts and times the requests of one project. */
export interface ApiObserver {
  /** An attempt begins. */
  sending(operation: Operation): void;
  /** @param code the HTTP status, or `none` when no answer came; @param seconds from sending to the last byte */
  attempted(operation: Operation, code: string, seconds: number): void;
  failed(operation: Operation, reason: FailureReason): void;
  /** @param field dotted path of the documented schema */
  invalidField(field: string): void;
}

/**
 * The operations that a project of these settings calls, so that their counters can be there at 0 from the start.
 * @param lists whether its tasks are also listed
 */
export function operationsOf(config: ProjectConfig, lists = false): readonly Operation[] {
  return ["ShowOpLog", ...(lists ? (["ListOpLogs"] as const) : []), ...operationsOfLogin(config)];
}

function operationsOfLogin({ auth, id, iamEndpoint }: ProjectConfig): readonly Operation[] {
  switch (auth.method) {
    case "token":
    case "token_file":
      return iamEndpoint === undefined ? [] : ["KeystoneValidateToken"];
    case "password":
      return id === undefined ? ["KeystoneCreateToken", "KeystoneListProjects"] : ["KeystoneCreateToken"];
    case "ecs_agency":
      return ["GetSecurityKey"];
    default:
      return [];
  }
}
