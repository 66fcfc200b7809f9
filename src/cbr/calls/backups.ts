import type { Micros } from "../../base/micros.ts";
import type { Backup } from "../../estate/backups.ts";
import { decodeListBackups } from "../answers/backup.ts";
import type { Page } from "../answers/page.ts";
import { type CallContext, listPage, type Paging, queryTime } from "./list-page.ts";

/** Which backups ListBackups shows. */
export interface BackupsQuery {
  /** Of those that were made at or after this. */
  readonly startTime?: Micros;
  readonly resourceId?: string;
  readonly vaultId?: string;
  readonly enterpriseProjectId?: string;
}

/** `GET /v3/{project_id}/backups`, at most 1000 a page. @throws {ApiError} | {Held} | {Stopped} */
export function listBackups(
  context: CallContext,
  { startTime, resourceId, vaultId, enterpriseProjectId, ...paging }: BackupsQuery & Paging,
  signal: AbortSignal,
): Promise<Page<Backup>> {
  return listPage(context, {
    operation: "ListBackups",
    path: "/v3/{project_id}/backups",
    paging,
    query: {
      start_time: queryTime(startTime),
      resource_id: resourceId,
      vault_id: vaultId,
      enterprise_project_id: enterpriseProjectId,
      // What is made while one reads comes first, so that it moves nothing out of the pages to come, and what ends is last.
      sort: "created_at:desc",
    },
    decode: decodeListBackups,
    signal,
  });
}
