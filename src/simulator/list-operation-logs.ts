import type { OperationLogBody } from "./sim-task.ts";

/** Reads one parameter of the query. */
type Query = (name: string) => string | undefined;
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
 * A page of ListOpLogs (`reference/cloud-access.md`) in the order given. Of what the cloud leaves open: `count` is the
 * page's, times are those of creation. Tasks have no enterprise project here, so each one is in all of them.
 *
 * @returns undefined where a parameter is wrong
 */
export function pageOf(logs: readonly (OperationLogBody | undefined)[], query: Query): OperationLogBody | undefined {
  const [limit, offset] = [wholeNumber(query("limit"), pageSize), wholeNumber(query("offset"), 0)];
  const [from, until] = [time(query("start_time")), time(query("end_time"))];
  // One value each: there are no lists.
  const isOneEach = statuses.has(query("status") ?? "success") && /^\w+$/.test(query("operation_type") ?? "backup");
  const isRight = limit >= 1 && limit <= pageSize && offset >= 0 && from !== "wrong" && until !== "wrong";
  if (!isOneEach || !isRight) return undefined;
  const filters: Filter[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const wanted = query(name);
    if (wanted !== undefined) filters.push((log) => field(log) === wanted);
  }
  if (from !== undefined) filters.push((log) => createdAt(log) >= from);
  if (until !== undefined) filters.push((log) => createdAt(log) <= until);
  const found = logs.filter((log) => log && filters.every((filter) => filter(log)));
  const page = found.slice(offset, offset + limit);
  return { operation_logs: page, count: page.length, limit, offset };
}

/** -1 where it is none. */
function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : -1;
}

/** Milliseconds since 1970. */
function time(text: string | undefined): number | undefined | "wrong" {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? "wrong" : at;
}

/** Milliseconds since 1970; NaN, which no filter lets through, where it is not known. */
function createdAt(log: OperationLogBody): number {
  const text = String(log["created_at"]);
  return Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

function resourceOf(log: OperationLogBody): OperationLogBody {
  const { resource } = (log["extra_info"] ?? {}) as { readonly resource?: OperationLogBody };
  return resource ?? {};
}
