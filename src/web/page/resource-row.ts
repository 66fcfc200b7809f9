import { html } from "hono/html";
import { type Micros, since } from "../../base/micros.ts";
import type { ResourceOperation, ResourceRecord } from "../../estate/resources.ts";
import { formatSpan } from "./task-row.ts";

/** How one operation went for one resource. */
export interface ResourceLine {
  readonly resource: ResourceRecord;
  readonly operation: ResourceOperation;
}

/** A line for each operation of each resource; first those that failed, then those whose last success is the oldest. */
export function resourceLines(resources: Iterable<ResourceRecord>): readonly ResourceLine[] {
  const lines = [...resources].flatMap((resource) => resource.operations.map((operation) => ({ resource, operation })));
  return lines.sort((a, b) => rank(a) - rank(b) || successOf(a) - successOf(b));
}

function rank({ operation: { lastStatus } }: ResourceLine): number {
  return lastStatus.value === "failed" || lastStatus.value === "timeout" ? 0 : 1;
}

function successOf({ operation: { lastSuccess } }: ResourceLine): number {
  return lastSuccess?.value ?? 0;
}

/** One line of the table. */
export function resourceRow({ resource, operation }: ResourceLine, now: Micros) {
  const { project, resourceId, names } = resource;
  const { operationType, lastStatus, lastSuccess, lastDuration } = operation;
  const vault = names.vaultName?.value ?? names.vaultId?.value;
  return html`<tr>
    <td><span class="status ${lastStatus.value}">${lastStatus.value}</span></td>
    <td>
      ${names.resourceName ? html`${names.resourceName.value} <small><code>${resourceId}</code></small>` : html`<code>${resourceId}</code>`}
    </td>
    <td>${operationType}</td>
    <td>${project} ${vault ? html`<small>${vault}</small>` : ""}</td>
    <td>${lastSuccess ? `${formatSpan(since(lastSuccess.value, now))} ago` : "not known"}</td>
    <td class="number">${lastDuration ? formatSpan(lastDuration.value) : ""}</td>
  </tr>`;
}
