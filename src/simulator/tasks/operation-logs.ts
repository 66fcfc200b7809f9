import type { List, ListingManner } from "../listing.ts";
import type { OperationLogBody } from "./sim-task.ts";

/** ListOpLogs (`reference/cloud-access.md`). Tasks have no enterprise project here, so each one is in all of them. */
export function operationLogList(
  records: readonly OperationLogBody[],
  { timeOf = "created_at" }: ListingManner,
): List<OperationLogBody> {
  return {
    key: "operation_logs",
    records,
    id: (log) => String(log["id"]),
    body: (log) => log,
    count: "page",
    fields: {
      status: (log) => log["status"],
      operation_type: (log) => log["operation_type"],
      vault_id: (log) => log["vault_id"],
      vault_name: (log) => log["vault_name"],
      resource_id: (log) => resourceOf(log)["id"],
      resource_name: (log) => resourceOf(log)["name"],
      provider_id: (log) => log["provider_id"],
    },
    // One value each: there are no lists.
    words: { status: /^(success|skipped|failed|running|timeout|waiting)$/, operation_type: /^\w+$/ },
    createdMs: (log) => timeIn(log, "created_at"),
    timeMs: (log) => timeIn(log, timeOf),
  };
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
