import { html } from "hono/html";
import { type Micros, since } from "../../base/micros.ts";
import { durationOf, statusOf } from "../../tasks/rules.ts";
import type { TaskRecord } from "../../tasks/task-record.ts";
import { formatSpan } from "./format-span.ts";

/** One task of the table. */
export function taskRow(record: TaskRecord, now: Micros) {
  const { project, taskId, origin, facts, poll } = record;
  const log = facts?.log;
  const status = statusOf(record);
  const duration = durationOf(log);
  const running = status === "running" && log?.startedAt !== undefined ? since(log.startedAt, now) : undefined;
  const resource = origin.name ?? log?.resourceName;
  return html`<tr>
    <td><span class="status ${status}">${status}</span></td>
    <td>
      <code>${taskId}</code>
      <small>${project} · ${origin.collector}</small>
    </td>
    <td>${log?.operationType ?? ""}</td>
    <td>${resource ?? ""} ${log?.vaultName ? html`<small>${log.vaultName}</small>` : ""}</td>
    <td>
      ${
        log?.progress === undefined
          ? ""
          : html`<progress max="100" value="${log.progress}" aria-label="Progress">${log.progress} %</progress> ${log.progress} %`
      }
    </td>
    <td class="number">
      ${duration !== undefined ? formatSpan(duration) : running !== undefined && running > 0 ? html`${formatSpan(running)} <small>so far</small>` : ""}
    </td>
    <td>${log?.error?.code ?? log?.appConsistencyError?.code ?? ""}</td>
    <td class="${poll.failure ? "stale" : ""}">
      ${poll.lastAt === undefined ? "not yet" : html`${formatSpan(since(poll.lastAt, now))} ago`}
      ${record.finished ? html`<small>finished</small>` : ""}
      ${poll.failure ? html`<small>${poll.failure.reason}: ${poll.failure.message}</small>` : ""}
    </td>
  </tr>`;
}
