import type { CollectorConfig, ProjectConfig } from "../config/config.ts";
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

/** What the login must be allowed to do for those calls that are about CBR: the vendor's IAM actions. */
export const rightsOf = {
  ShowOpLog: ["cbr:tasks:get"],
  ListOpLogs: ["cbr:tasks:list"],
  ListVault: ["cbr:vaults:list"],
  ListPolicies: ["cbr:policies:list"],
  ListBackups: ["cbr:backups:list"],
  ListProtectable: ["cbr:vaults:listProtectables", "ecs:cloudServers:list", "evs:volumes:list"],
} as const satisfies Partial<Record<Operation, readonly string[]>>;

/** An operation that lists something of CBR. */
export type ListOperation = Exclude<keyof typeof rightsOf, "ShowOpLog">;

/** Whether a call says something about CBR; logging in does not. */
export function isAboutCbr(operation: Operation): operation is keyof typeof rightsOf {
  return Object.hasOwn(rightsOf, operation);
}

/**
 * The operations that a project calls, so that their counters can be there at 0 from the start.
 * @param collectors those of the project
 */
export function operationsOf(
  config: ProjectConfig,
  collectors: readonly Pick<CollectorConfig, "discover" | "inventory">[],
): readonly Operation[] {
  return ["ShowOpLog", ...listsOf(collectors), ...operationsOfLogin(config)];
}

/** The lists that collectors ask for. */
export function listsOf(
  collectors: readonly Pick<CollectorConfig, "discover" | "inventory">[],
): readonly ListOperation[] {
  const inventories = collectors.flatMap(({ inventory }) => inventory ?? []);
  const lists: readonly [ListOperation, boolean][] = [
    ["ListOpLogs", collectors.some(({ discover }) => discover !== undefined)],
    ["ListVault", inventories.length > 0],
    ["ListPolicies", inventories.length > 0],
    ["ListBackups", inventories.some(({ restorePoints }) => restorePoints)],
    ["ListProtectable", inventories.some(({ unprotected }) => unprotected.length > 0)],
  ];
  return lists.filter(([, isAskedFor]) => isAskedFor).map(([operation]) => operation);
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
