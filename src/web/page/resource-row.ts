import { html } from "hono/html";
import { type Micros, since } from "../../base/micros.ts";
import { namesOf, type ResourceOperation, type ResourceRecord } from "../../estate/resources.ts";
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

function rank({ operation: { last } }: ResourceLine): number {
  return last.status === "failed" || last.status === "timeout" ? 0 : 1;
}

function successOf({ operation: { lastSuccess } }: ResourceLine): number {
  return lastSuccess?.at ?? 0;
}

/** One line of the table. */
export function resourceRow({ resource, operation }: ResourceLine, now: Micros) {
  const { project, resourceId } = resource;
  const { resourceName, vaultId, vaultName = vaultId } = namesOf(resource);
  const { operationType, last, lastSuccess, lastTimed } = operation;
  return html`<tr>
    <td><span class="status ${last.status}">${last.status}</span></td>
    <td>
      ${resourceName ? html`${resourceName} <small><code>${resourceId}</code></small>` : html`<code>${resourceId}</code>`}
    </td>
    <td>${operationType}</td>
    <td>${project} ${vaultName ? html`<small>${vaultName}</small>` : ""}</td>
    <td>${lastSuccess ? `${formatSpan(since(lastSuccess.at, now))} ago` : "not known"}</td>
    <td class="number">${lastTimed?.duration === undefined ? "" : formatSpan(lastTimed.duration)}</td>
  </tr>`;
}
