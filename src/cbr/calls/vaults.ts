import type { Vault } from "../../estate/vaults.ts";
import type { Page } from "../answers/page.ts";
import { decodeListVault } from "../answers/vault.ts";
import { type CallContext, listPage, type Paging } from "./list-page.ts";

/** Which vaults ListVault shows. */
export interface VaultsQuery {
  readonly enterpriseProjectId?: string;
}

/** A thousand vaults with the most resources that they may have, 256, would be 70 MB; few are anywhere near. */
const maxPage = 64 * 1024 * 1024;

/** `GET /v3/{project_id}/vaults`, at most 1000 a page. @throws {ApiError} | {Held} | {Stopped} */
export function listVaults(
  context: CallContext,
  { enterpriseProjectId, ...paging }: VaultsQuery & Paging,
  signal: AbortSignal,
): Promise<Page<Vault>> {
  return listPage(context, {
    operation: "ListVault",
    path: "/v3/{project_id}/vaults",
    paging,
    query: { enterprise_project_id: enterpriseProjectId },
    maxBody: maxPage,
    decode: decodeListVault,
    signal,
  });
}
