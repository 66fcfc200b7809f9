import type { Policy } from "../../estate/policies.ts";
import type { Page } from "../answers/page.ts";
import { decodeListPolicies } from "../answers/policy.ts";
import { type CallContext, listPage } from "./list-page.ts";

/**
 * `GET /v3/{project_id}/policies`: all of them on one page, as an account has at most 32 of each type.
 * @throws {ApiError} | {Held} | {Stopped}
 */
export function listPolicies(context: CallContext, signal: AbortSignal): Promise<Page<Policy>> {
  return listPage(context, {
    operation: "ListPolicies",
    path: "/v3/{project_id}/policies",
    decode: decodeListPolicies,
    signal,
  });
}
