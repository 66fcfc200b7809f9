import { seededFraction } from "./tasks/values.ts";

/** How lists behave where the vendor leaves it open, or breaks its word. */
export interface ListingManner {
  /**
   * With `newest` records move to later pages while one reads; `any` is no order at all, but a lasting one, whatever is asked
   * for. Default: the list's own.
   */
  readonly order?: Order;
  /** Whether `count` is the page's or that of all that were found. Default: the list's own. */
  readonly count?: "page" | "total";
  /** What `start_time` and `end_time` of ListOpLogs bound; default `created_at`. With `started_at`, they hide what has not started. */
  readonly timeOf?: "created_at" | "started_at";
  /** Whether each page begins with the last record of the one before. */
  readonly repeats?: boolean;
}

type Order = "id" | "newest" | "any";
export type Body = Readonly<Record<string, unknown>>;

/** A list of the cloud's, and how one asks for it. */
export interface List<R> {
  /** Under which key its answers have the records. */
  readonly key: string;
  readonly records: readonly R[];
  readonly id: (record: R) => string;
  /** Made of the records of a page alone. */
  readonly body: (record: R) => Body;
  /** The most, and the usual, records of a page. Default 1000. */
  readonly most?: number;
  /** Default `id`. */
  readonly order?: Order;
  /** Default `total`. */
  readonly count?: "page" | "total";
  /** What each parameter that is compared as it is stands for in a record; of several values, each is right. */
  readonly fields: Readonly<Record<string, (record: R) => unknown>>;
  /** Which values of a parameter are right, where not all are. */
  readonly words?: Readonly<Record<string, RegExp>>;
  /** By what `sort=name:asc` sorts. Default: it does not. */
  readonly sorts?: Readonly<Record<string, (record: R) => string | number>>;
  /** Whether `marker`, the id of the last record that was read, says where a page begins. */
  readonly takesMarker?: boolean;
  /** Milliseconds since 1970. */
  readonly createdMs?: (record: R) => number;
  /** What `start_time` and `end_time` bound; where nothing is, they are not looked at. Default `createdMs`. */
  readonly timeMs?: (record: R) => number;
}

/** @returns undefined where a parameter is wrong */
export function pageOf<R>(
  list: List<R>,
  query: Readonly<Record<string, readonly string[]>>,
  { order = list.order ?? "id", count = list.count ?? "total", repeats = false }: ListingManner,
): Body | undefined {
  const { most = 1000, timeMs = list.createdMs } = list;
  const { start_time: [start] = [], end_time: [end] = [], sort: [sort] = [], marker: [marker] = [] } = query;
  const [limit, offset] = [wholeNumber(query["limit"]?.[0], most), wholeNumber(query["offset"]?.[0], 0)];
  const [from, until] = [time(start, Number.NEGATIVE_INFINITY), time(end, Number.POSITIVE_INFINITY)];
  const isWrong = ([name, word]: readonly [string, RegExp]) => query[name]?.some((value) => !word.test(value));
  if (Object.entries(list.words ?? {}).some(isWrong)) return undefined;
  if (!(limit >= 1 && limit <= most && offset >= 0)) return undefined;
  if (Number.isNaN(from) || Number.isNaN(until)) return undefined;

  const filters = Object.entries(list.fields).flatMap(([name, field]) => {
    const wanted = new Set(query[name]?.flatMap((value) => (name.endsWith("_ids") ? value.split(",") : value)));
    return name in query ? [(record: R) => [field(record)].flat().some((value) => wanted.has(String(value)))] : [];
  });
  if (timeMs && (start !== undefined || end !== undefined))
    filters.push((record) => timeMs(record) >= from && timeMs(record) <= until);
  const matching = list.records.filter((record) => filters.every((filter) => filter(record)));
  const found = order === "any" ? sorted(matching, keysOf(list).any) : inOrder(list, matching, order, sort);

  const read = marker !== undefined && list.takesMarker ? found.findIndex((each) => list.id(each) === marker) : -2;
  if (read === -1) return undefined;
  const next = read === -2 ? offset : read + 1;
  const begin = repeats && next > 0 && next < found.length ? next - 1 : next;
  const page = found.slice(begin, begin + limit).map(list.body);
  return { [list.key]: page, count: count === "total" ? found.length : page.length, limit, offset };
}

/** What records are sorted by. */
function keysOf<R>({ id, createdMs }: List<R>): Record<Order, (record: R) => string | number> {
  return { id, newest: (record) => -(createdMs?.(record) || 0), any: (record) => seededFraction(id(record)) };
}

/** @param sort as `name:asc` or `name:desc` */
function inOrder<R>(list: List<R>, records: readonly R[], order: Order, sort: string | undefined): readonly R[] {
  const [name = "", direction] = sort?.split(":") ?? [];
  const keyOf = list.sorts?.[name];
  if (!keyOf) return sorted(records, keysOf(list)[order]);
  const ascending = sorted(records, keyOf);
  return direction === "desc" ? ascending.reverse() : ascending;
}

function sorted<R>(records: readonly R[], keyOf: (record: R) => string | number): R[] {
  const keyed = records.map((record) => ({ record, key: keyOf(record) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ record }) => record);
}

/** -1 where it is none. */
function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : -1;
}

/** Milliseconds since 1970; NaN where it is none. */
function time(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
}
