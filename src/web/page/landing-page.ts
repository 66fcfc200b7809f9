import { html, raw } from "hono/html";
import type { Micros } from "../../base/micros.ts";
import type { Shard } from "../../base/shard.ts";
import type { ResourceRecord } from "../../estate/resources.ts";
import { type Status, statuses } from "../../tasks/operation-log.ts";
import { statusOf } from "../../tasks/rules.ts";
import type { TaskRecord } from "../../tasks/task-record.ts";
import type { TaskStore } from "../../tasks/task-store.ts";
import { type MissingOptions, missing } from "./missing.ts";
import { resourceLines, resourceRow } from "./resource-row.ts";
import { style } from "./style.ts";
import { taskRow } from "./task-row.ts";

/** In all tables together; nobody reads more, and the whole is in the metrics. */
const mostRows = 500;

/** What needs attention first. */
const urgency: readonly Status[] = ["failed", "timeout", "unknown", "running", "waiting", "skipped", "success"];

export interface LandingPageOptions {
  readonly store: Pick<TaskStore, "records">;
  readonly shard: Shard;
  /** What found tasks have shown; none: nothing is found by itself. */
  readonly resources: readonly ResourceRecord[];
  readonly inventory: Omit<MissingOptions, "now">;
  readonly now: Micros;
  readonly version: string;
  /** Relative to the page. */
  readonly telemetryPath: string;
}

/** What runs, where to look, and tasks and resources as tables, what needs attention first. */
export function landingPage(options: LandingPageOptions) {
  const { store, shard, resources, inventory, now, version, telemetryPath } = options;
  const records = [...store.records()].sort(byUrgency);
  const counts = new Map<Status, number>(statuses.map((status) => [status, 0]));
  for (const record of records) counts.set(statusOf(record), (counts.get(statusOf(record)) ?? 0) + 1);
  const lines = resourceLines(resources);
  // Each table has at least half of the room, and what the other leaves.
  const shown = records.slice(0, Math.max(mostRows / 2, mostRows - lines.length));
  const shownLines = lines.slice(0, mostRows - shown.length);

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
          ${shard.count === 1 ? "" : html`<p>Shard ${shard.index} of ${shard.count}, which has its part of them alone.</p>`}
          <nav>
            <a href="${telemetryPath}">Metrics</a>
            <a href="config">Configuration</a>
            <a href="-/healthy">Healthy</a>
            <a href="-/ready">Ready</a>
          </nav>
        </header>
        <main>
          ${missing({ ...inventory, now })}
          <h2>${records.length} ${records.length === 1 ? "task" : "tasks"}</h2>
          <ul class="counts">
            ${urgency.map((status) => html`<li class="${status}">${counts.get(status)} ${status}</li>`)}
          </ul>
          ${
            records.length === 0
              ? noTasks(shard)
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
          ${moreThan(shown.length, records.length)}
          ${
            lines.length === 0
              ? ""
              : html`<h2>${resources.length} ${resources.length === 1 ? "resource" : "resources"}</h2>
                <div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Last</th>
                        <th scope="col">Resource</th>
                        <th scope="col">Operation</th>
                        <th scope="col">Project</th>
                        <th scope="col">Last success</th>
                        <th scope="col" class="number">Took</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${shownLines.map((line) => resourceRow(line, now))}
                    </tbody>
                  </table>
                </div>
                ${moreThan(shownLines.length, lines.length)}`
          }
        </main>
      </body>
    </html>`;
}

function noTasks({ count }: Shard) {
  return count === 1
    ? html`<p>No tasks are configured. Name some under <code>collectors</code> in the configuration.</p>`
    : html`<p>None of the tasks is this shard's.</p>`;
}

function moreThan(shown: number, all: number) {
  return all > shown ? html`<p>${all - shown} more are in the metrics.</p>` : "";
}

/** What a later success has made up for is of the past. */
function urgencyOf(record: TaskRecord): number {
  return urgency.indexOf(record.superseded ? "skipped" : statusOf(record));
}

function byUrgency(a: TaskRecord, b: TaskRecord): number {
  return (
    urgencyOf(a) - urgencyOf(b) ||
    a.project.localeCompare(b.project) ||
    a.origin.collector.localeCompare(b.origin.collector)
  );
}
