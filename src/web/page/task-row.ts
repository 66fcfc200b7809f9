import { html } from "hono/html";
import { type Micros, since } from "../../base/micros.ts";
import { durationOf, statusOf } from "../../tasks/rules.ts";
import type { TaskRecord } from "../../tasks/task-record.ts";

/** One task of the table. */
export function taskRow(record: TaskRecord, now: Micros) {
  const { project, taskId, origin, facts, poll } = record;
  const log = facts?.log;
  const status = statusOf(record);
  const duration = durationOf(log);
  const running = status === "running" && log?.startedAt !== undefined ? since(log.startedAt, now) : undefined;
  const resource = origin.name ?? log?.resourceName;
  return html`<tr>
    <td>
      <span class="status ${status}">${status}</span>
      ${record.superseded ? html`<small>made up for</small>` : ""}
    </td>
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

/** A span for people, its two largest units: `0 s`, `3 min 47 s`, `2 h 5 min`, `3 d 1 h`; a negative one is `0 s`. */
export function formatSpan(span: Micros): string {
  const seconds = Math.max(0, Math.floor(span / 1e6));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
