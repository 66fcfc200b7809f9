import { inVault, onResource } from "./resources.ts";
import { part } from "./status-code.ts";

// What inventories list of resources. Of several replicas the one that knows of the newer restore point is right.

const chosen = `project=~"$project", resource_id=~"$resource"`;
const byResource = "by (project, resource_id)";

/** One series a resource, whatever the number of replicas. */
export function ofResource(metric: string, matchers: string = chosen): string {
  return `max ${byResource} (${metric}{${matchers}})`;
}

/** 1 for each resource that a policy backs up, 0 for those that lie in a vault and follow none. */
export const isProtected = ofResource("cbr_resource_protected");

/** When the newest restore point was made; copies from other regions do not count. */
export const newestPoint = ofResource(
  "cbr_resource_last_restore_point_timestamp_seconds",
  `${chosen}, image_type="backup"`,
);

/** When one was last due. */
export const due = ofResource("cbr_resource_restore_point_due_timestamp_seconds");

/** Resources without a restore point since then, a set. */
export const missing = `(${due} unless ${newestPoint} >= ${due})`;

/** Seconds since the newest restore point. */
export const ageOfPoint = `(time() - ${newestPoint})`;

export const notProtectedCode = 0;
export const protectedCode = 1;
export const missingCode = 3;

/** Which of these each resource is. */
export const protectionCode = `sum ${byResource} (${isProtected} or ${part("missing", `2 + 0 * ${missing}`)})`;

/** The greater, the more it needs to be looked at: missing, then the age of the newest restore point, or all time where there is none. */
export const attention = `sum ${byResource} (
  ${ageOfPoint} or time() * (${isProtected} >= bool 0) or ${part("missing", `1e10 + 0 * ${missing}`)}
)`;

/** How many of the selected resources are in the set; 0 when none is, nothing when there is no inventory. */
export function countOf(set: string): string {
  return `count(${set} and ${onResource} ${inVault}) or 0 * count(${isProtected} and ${onResource} ${inVault})`;
}
