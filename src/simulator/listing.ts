import type { OperationLogBody } from "./tasks/sim-task.ts";
import { seededFraction } from "./tasks/values.ts";

/** How ListOpLogs behaves where the vendor leaves it open, or breaks its word. */
export interface ListingManner {
  /** Default `id`; with `newest` records move to later pages while one reads; `any` is no order at all, but a lasting one. */
  readonly order?: "id" | "newest" | "any";
  /** Whether `count` is the page's or that of all that were found; default `page`. */
  readonly count?: "page" | "total";
  /** What `start_time` and `end_time` bound; default `created_at`. With `started_at`, they hide what has not started. */
  readonly timeOf?: "created_at" | "started_at";
  /** Whether each page begins with the last record of the one before. */
  readonly repeats?: boolean;
}

type Filter = (log: OperationLogBody) => boolean;

/** The most, and the usual, records of a page. */
const pageSize = 1000;

const statuses: ReadonlySet<string> = new Set(["success", "skipped", "failed", "running", "timeout", "waiting"]);

/** What each parameter that is compared as it is stands for in a record. */
const fields: Readonly<Record<string, (log: OperationLogBody) => unknown>> = {
  status: (log) => log["status"],
  operation_type: (log) => log["operation_type"],
  vault_id: (log) => log["vault_id"],
  vault_name: (log) => log["vault_name"],
  resource_id: (log) => resourceOf(log)["id"],
  resource_name: (log) => resourceOf(log)["name"],
  provider_id: (log) => log["provider_id"],
};

/**
 * A page of ListOpLogs (`reference/cloud-access.md`). Tasks have no enterprise project here, so each one is in all of them.
 * @returns undefined where a parameter is wrong
 */
export function pageOf(
  logs: readonly OperationLogBody[],
  query: Readonly<Record<string, string | undefined>>,
  { order = "id", count = "page", timeOf = "created_at", repeats = false }: ListingManner = {},
): OperationLogBody | undefined {
  const { status = "success", operation_type: type = "backup", start_time, end_time } = query;
  const [limit, offset] = [wholeNumber(query["limit"], pageSize), wholeNumber(query["offset"], 0)];
  const [from, until] = [time(start_time, Number.NEGATIVE_INFINITY), time(end_time, Number.POSITIVE_INFINITY)];
  // One value each: there are no lists.
  const isOneEach = statuses.has(status) && /^\w+$/.test(type);
  if (!isOneEach || !(limit >= 1 && limit <= pageSize && offset >= 0)) return undefined;
  if (Number.isNaN(from) || Number.isNaN(until)) return undefined;
  const filters = Object.entries(fields).flatMap(([name, field]): Filter[] => {
    const wanted = query[name];
    return wanted === undefined ? [] : [(log) => field(log) === wanted];
  });
  if (start_time !== undefined || end_time !== undefined)
    filters.push((log) => timeIn(log, timeOf) >= from && timeIn(log, timeOf) <= until);
  const matching = logs.filter((log) => filters.every((filter) => filter(log)));
  const found = sorted(matching, keys[order]);
  const begin = repeats && offset > 0 && offset < found.length ? offset - 1 : offset;
  const page = found.slice(begin, begin + limit);
  return { operation_logs: page, count: count === "total" ? found.length : page.length, limit, offset };
}

const idOf = (log: OperationLogBody): string => String(log["id"]);

/** What the records are sorted by. */
const keys: Readonly<Record<NonNullable<ListingManner["order"]>, (log: OperationLogBody) => string | number>> = {
  id: idOf,
  newest: (log) => -(timeIn(log, "created_at") || 0),
  any: (log) => seededFraction(idOf(log)),
};

function sorted(logs: readonly OperationLogBody[], keyOf: (log: OperationLogBody) => string | number) {
  const keyed = logs.map((log) => ({ log, key: keyOf(log) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ log }) => log);
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

/** Milliseconds since 1970; NaN, which lies between no two times, where it is not known. */
function timeIn(log: OperationLogBody, field: string): number {
  const text = String(log[field]);
  return Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

function resourceOf(log: OperationLogBody): OperationLogBody {
  const { resource } = (log["extra_info"] ?? {}) as { readonly resource?: OperationLogBody };
  return resource ?? {};
}
