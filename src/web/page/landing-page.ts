import { html, raw } from "hono/html";
import type { Micros } from "../../base/micros.ts";
import { type Status, statuses } from "../../tasks/operation-log.ts";
import { statusOf } from "../../tasks/rules.ts";
import type { TaskRecord } from "../../tasks/task-record.ts";
import type { TaskStore } from "../../tasks/task-store.ts";
import { style } from "./style.ts";
import { taskRow } from "./task-row.ts";

/** More rows than somebody reads; the whole is in the metrics. */
const mostRows = 500;

/** What needs attention first. */
const urgency: readonly Status[] = ["failed", "timeout", "unknown", "running", "waiting", "skipped", "success"];

export interface LandingPageOptions {
  readonly store: Pick<TaskStore, "records" | "size">;
  readonly now: Micros;
  readonly version: string;
  /** Relative to the page. */
  readonly telemetryPath: string;
}

/** What runs, where to look, and the tasks as a table, those that need attention first. */
export function landingPage({ store, now, version, telemetryPath }: LandingPageOptions) {
  const records = [...store.records()].sort(byUrgency);
  const counts = new Map<Status, number>(statuses.map((status) => [status, 0]));
  for (const record of records) counts.set(statusOf(record), (counts.get(statusOf(record)) ?? 0) + 1);
  const shown = records.slice(0, mostRows);

  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>cbr-exporter</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>cbr-exporter <small>${version}</small></h1>
          <p>Tasks of Cloud Backup and Recovery (CBR) for Prometheus.</p>
          <nav>
            <a href="${telemetryPath}">Metrics</a>
            <a href="-/healthy">Healthy</a>
            <a href="-/ready">Ready</a>
          </nav>
        </header>
        <main>
          <h2>${records.length} ${records.length === 1 ? "task" : "tasks"}</h2>
          <ul class="counts">
            ${urgency.map((status) => html`<li class="${status}">${counts.get(status)} ${status}</li>`)}
          </ul>
          ${
            records.length === 0
              ? html`<p>No tasks are configured. Name some under <code>collectors</code> in the configuration.</p>`
              : html`<div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Status</th>
                        <th scope="col">Task</th>
                        <th scope="col">Operation</th>
                        <th scope="col">Resource</th>
                        <th scope="col">Progress</th>
                        <th scope="col" class="number">Duration</th>
                        <th scope="col">Error</th>
                        <th scope="col">Polled</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${shown.map((record) => taskRow(record, now))}
                    </tbody>
                  </table>
                </div>`
          }
          ${records.length > shown.length ? html`<p>${records.length - shown.length} more are in the metrics.</p>` : ""}
        </main>
      </body>
    </html>`;
}

function byUrgency(a: TaskRecord, b: TaskRecord): number {
  return (
    urgency.indexOf(statusOf(a)) - urgency.indexOf(statusOf(b)) ||
    a.project.localeCompare(b.project) ||
    a.origin.collector.localeCompare(b.origin.collector)
  );
}
