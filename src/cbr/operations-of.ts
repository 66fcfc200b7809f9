import type { ProjectConfig } from "../config/config.ts";
import type { Operation } from "./api-error.ts";

/** The operations that a project of these settings calls, so that their counters can be there at 0 from the start. */
export function operationsOf({ auth, id, iamEndpoint }: ProjectConfig): readonly Operation[] {
  switch (auth.method) {
    case "token":
    case "token_file":
      return iamEndpoint === undefined ? ["ShowOpLog"] : ["ShowOpLog", "KeystoneValidateToken"];
    case "password":
      return ["ShowOpLog", "KeystoneCreateToken", ...(id === undefined ? ["KeystoneListProjects" as const] : [])];
    case "ak_sk":
      return ["ShowOpLog"];
    case "ecs_agency":
      return ["ShowOpLog", "GetSecurityKey"];
  }
}
