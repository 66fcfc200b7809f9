import type { Page, Paging } from "../cbr/project-api.ts";

export interface ListingOptions<T> {
  /** Asks for one page. */
  readonly page: (paging: Paging) => Promise<Page<T>>;
  /** The most records that a page may have. */
  readonly pageSize: number;
  /** However many there are, no more are read. */
  readonly mostRecords?: number | undefined;
  /** Called for each page that came. */
  readonly onPage?: () => void;
}

/** Everything that one listing showed. */
export interface Listing<T> {
  /** By id. */
  readonly records: ReadonlyMap<string, T>;
  /** Why it was ended before the cloud had shown all; absent for a whole one. */
  readonly cut?: string;
}

/**
 * Reads page after page until an empty one; neither `count` nor the length of a page tells that it is the last. Records
 * that move between pages while it reads come once; a cloud that repeats its pages, or never ends, is left.
 * @throws {ApiError} | {Held} | {Stopped} of the first page that does not come
 */
export async function listAll<T extends { readonly id: string }>(options: ListingOptions<T>): Promise<Listing<T>> {
  const { page: ask, pageSize, mostRecords = 100_000, onPage } = options;
  const records = new Map<string, T>();
  const mostPages = Math.ceil(mostRecords / pageSize);
  let offset = 0;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await ask({ limit: pageSize, offset });
    onPage?.();
    if (page.received === 0) return { records };
    const before = records.size;
    // What comes again later has been read later.
    for (const record of page.records) records.set(record.id, record);
    if (records.size === before && page.records.length > 0) {
      // One that was not full has shown all there is.
      return page.received < pageSize ? { records } : { records, cut: "the cloud repeats its pages" };
    }
    offset += page.received;
  }
  return { records, cut: `there are more than ${mostPages} pages` };
}
