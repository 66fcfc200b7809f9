import type { ProjectApi } from "../cbr/project-api.ts";
import type { OperationLog, TaskId } from "../tasks/operation-log.ts";

export interface ListingOptions {
  readonly api: Pick<ProjectApi, "listOperationLogs">;
  readonly query: Omit<Parameters<ProjectApi["listOperationLogs"]>[0], "limit" | "offset">;
  readonly signal: AbortSignal;
  /** Called for each page that came. */
  readonly onPage: () => void;
}

/** Everything that one listing showed. */
export interface Listing {
  readonly logs: ReadonlyMap<TaskId, OperationLog>;
  /** Why it was ended before the cloud had shown all; absent for a whole one. */
  readonly cut?: string;
}

/** The most records of a page, and the most pages of a listing. */
const pageSize = 1000;
const mostPages = 100;

/**
 * Reads page after page until an empty one; neither `count` nor the length of a page tells that it is the last. Records
 * that move between pages while it reads come once; a cloud that repeats its pages, or never ends, is left.
 * @throws {ApiError} | {Held} | {Stopped} of the first page that does not come
 */
export async function listAll({ api, query, signal, onPage }: ListingOptions): Promise<Listing> {
  const logs = new Map<TaskId, OperationLog>();
  let offset = 0;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await api.listOperationLogs({ ...query, limit: pageSize, offset }, signal);
    onPage();
    if (page.received === 0) return { logs };
    const before = logs.size;
    // What comes again later has been read later.
    for (const log of page.logs) logs.set(log.id, log);
    if (logs.size === before && page.logs.length > 0) {
      // One that was not full has shown all there is.
      return page.received < pageSize ? { logs } : { logs, cut: "the cloud repeats its pages" };
    }
    offset += page.received;
  }
  return { logs, cut: `there are more than ${mostPages} pages` };
}
