import type { Protectable, ProtectableKind } from "../../estate/protectables.ts";
import type { Page } from "../answers/page.ts";
import { decodeListProtectable } from "../answers/protectable.ts";
import { type CallContext, listPage, type Paging } from "./list-page.ts";

/** Which resources ListProtectable shows. */
export interface ProtectablesQuery {
  readonly kind: ProtectableKind;
  readonly enterpriseProjectId?: string;
}

/** `GET /v3/{project_id}/protectables/{kind}/instances`, at most 50 a page. @throws {ApiError} | {Held} | {Stopped} */
export function listProtectables(
  context: CallContext,
  { kind, enterpriseProjectId, ...paging }: ProtectablesQuery & Paging,
  signal: AbortSignal,
): Promise<Page<Protectable>> {
  return listPage(context, {
    operation: "ListProtectable",
    path: `/v3/{project_id}/protectables/${kind}/instances`,
    paging,
    query: { enterprise_project_id: enterpriseProjectId },
    decode: decodeListProtectable,
    signal,
  });
}
