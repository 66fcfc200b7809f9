import { vector } from "./status-code.ts";
import { finalStatuses } from "./statuses.ts";

// A resource and an operation are one thing to look at, whatever the number of replicas that have seen it.

/** Operations after which there is one more copy of the resource. */
const protecting = "backup|copy|replication";

/** Those of the chosen resources, whatever their vault: these labels are on every series of an operation. */
export const chosen = operationsOf("resource");

/** Those of the table, found by the hidden variable. */
export const shown = operationsOf("shown");

/** @param variable holds ids */
function resourcesIn(variable: string): string {
  return `project=~"$project", resource_id=~"$${variable}"`;
}

function operationsOf(variable: string): string {
  return `${resourcesIn(variable)}, operation_type=~"$operation_type", operation_type=~"${protecting}"`;
}

/** The operations that the variable offers. */
export const operationTypes = `label_values(cbr_resource_last_status{project=~"$project", operation_type=~"${protecting}"}, operation_type)`;

export const onResource = "on (project, resource_id)";
export const onOperation = "on (project, resource_id, operation_type)";
export const byOperation = "by (project, resource_id, operation_type)";

/** The resources that the variables name, a set. */
export const inVault = `cbr_resource_info{${resourcesIn("resource")}, vault_name=~"$vault"}`;

export const success = "cbr_resource_last_success_timestamp_seconds";
export const known = "cbr_resource_last_status";
export const ended = "cbr_resource_last_ended_timestamp_seconds";

/** When the newest success ended. */
export function newestSuccess(resources: string = chosen): string {
  return `max ${byOperation} (${success}{${resources}})`;
}

/** The codes of statuses that are set, one series for each replica. */
export function ofStatus(set: string): string {
  return `(${set}) * on (status) group_left () ${vector(finalStatuses.map(({ status, code }) => [status, code]))}`;
}

/** The code of the newest finished task's status: the newest that any replica knows. */
export function lastStatusCode(resources: string = chosen): string {
  return `max ${byOperation} (
  ${ofStatus(`${known}{${resources}} == 1`)} + ignoring (status) group_left () 10 * floor(${ended}{${resources}})
) % 10`;
}

/** Codes above this one are of what did not go well. */
const skipped = 4;

/** Operations of resources whose newest finished task failed or timed out, a set. */
export const lastFailed = `(${lastStatusCode()} > ${skipped})`;

/** Operations of resources that have no success, a set. */
export function neverSucceeded(resources: string = chosen): string {
  return `(group ${byOperation} (${known}{${resources}}) unless ${onOperation} ${success}{${resources}})`;
}

/** Seconds for which a resource may be without a success: a day, and two hours for a night that takes longer. */
export const staleAfter = 26 * 3600;

/** Seconds since the newest success of each resource and operation. */
export function ageOfSuccess(resources: string = chosen): string {
  return `(time() - ${newestSuccess(resources)})`;
}

/**
 * How much each operation of a resource needs to be looked at: seconds since its newest success, or since 1970 where there is
 * none, and a day more where its newest task failed.
 */
export function attention(resources: string = chosen): string {
  return `(${ageOfSuccess(resources)} or time() * ${neverSucceeded(resources)})
  + 86400 * (${lastStatusCode(resources)} > bool ${skipped})`;
}

/** How many of the selected resources are in the set; 0 when none is, nothing when there are no resources at all. */
export function countOf(set: string): string {
  const selected = (of: string) => `count(group by (project, resource_id) (${of} and ${onResource} ${inVault}))`;
  return `${selected(set)} or 0 * ${selected(`${known}{${chosen}}`)}`;
}

/** The labels that say what a resource is, as of now or as of the end of the time range, where it may not have been scraped. */
export const shownNow = `cbr_resource_info{${resourcesIn("shown")}}`;
export const shownAtEnd = `last_over_time(${shownNow}[25h] @ end() offset -1d)`;

/** Adds such labels. */
export function labelled(expression: string, info: string, names: readonly string[] = ["resource_name"]): string {
  return `(${expression}) * ${onResource} group_left (${names.join(", ")}) topk by (project, resource_id) (1, ${info})`;
}

/** The legend of what that gives. */
export const legend = "{{resource_name}} {{operation_type}}";
