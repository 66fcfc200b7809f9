import { gunzipSync } from "node:zlib";
import { Gauge, Registry } from "prom-client";
import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import type { CollectorState } from "../../src/collect/collector.ts";
import type { ProjectSummary } from "../../src/collect/project-health.ts";
import { createExposition, type Encoding, type Exposition } from "../../src/metrics/exposition.ts";
import { taskFamilies } from "../../src/metrics/families/task.ts";
import type { Format } from "../../src/metrics/text.ts";
import { createTaskStore, type Member, type TaskStore } from "../../src/tasks/task-store.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";
import { sources } from "../support/task-records.ts";
import { bytesOf, noon, textOf } from "./support.ts";

function member(taskId: string): Member {
  return { project: "p", taskId, origin: { collector: "c", labels: {} }, dueAt: noon };
}

function collector(name: string): CollectorState {
  const runs = { success: 1, partial: 0, failed: 0, skipped: 0 };
  return { project: "p", collector: name, runs, nextRunAt: noon, interval: micros(30e6) };
}

function project(name: string): ProjectSummary {
  const unknown = { lastRequestAt: undefined, skewMs: undefined, method: "token", expiresAt: undefined };
  return { project: name, up: true, ...unknown };
}

interface Started {
  readonly exposition: Exposition;
  readonly store: TaskStore;
  readonly clock: ManualClock;
  /** How often the registry was collected. */
  readonly collected: () => number;
  breakOnce(): void;
  readonly collectors: CollectorState[];
  readonly projects: ProjectSummary[];
}

function start(...ids: readonly string[]): Started {
  const store = createTaskStore();
  store.setSources(sources({ c: ids.map(member) }));
  const registry = new Registry();
  let count = 0;
  let broken = false;
  new Gauge({
    name: "x_collected",
    help: "How often.",
    registers: [registry],
    collect() {
      count += 1;
      this.set(count);
      if (!broken) return;
      broken = false;
      throw new Error("broken once");
    },
  });
  const clock = manualClock();
  const collectors: CollectorState[] = [];
  const projects: ProjectSummary[] = [];
  return {
    exposition: createExposition({ store, projects: () => projects, collectors: () => collectors }, registry, clock),
    collectors,
    projects,
    store,
    clock,
    collected: () => count,
    breakOnce: () => {
      broken = true;
    },
  };
}

const poll = { type: "failed", key: "p/a", at: noon, runAt: noon, nextTick: micros(noon + 30e6) } as const;
const failure = { reason: "network", message: "refused" } as const;
const every: readonly (readonly [Format, Encoding])[] = [
  ["text", "identity"],
  ["text", "gzip"],
  ["openmetrics", "identity"],
  ["openmetrics", "gzip"],
];

test.each(every)("%s, %s: the length is that of the bytes", async (format, encoding) => {
  const body = await start("a", "b").exposition.body(format, encoding);
  expect(bytesOf(body).byteLength).toBe(body.length);
});

test.each<Format>(["text", "openmetrics"])("%s: gzip holds the very same bytes", async (format) => {
  const { exposition } = start("a", "b");
  const plain = bytesOf(await exposition.body(format, "identity"));
  expect(gunzipSync(bytesOf(await exposition.body(format, "gzip")))).toEqual(plain);
});

test("# EOF ends OpenMetrics, once, and stands nowhere else", async () => {
  const { exposition } = start("a");
  const openmetrics = textOf(await exposition.body("openmetrics", "identity"));
  expect(openmetrics.split("# EOF")).toHaveLength(2);
  expect(openmetrics.endsWith("\n# EOF\n")).toBe(true);
  expect(textOf(await exposition.body("text", "identity"))).not.toContain("# EOF");
});

test.each(every)("%s, %s: without a change, a scrape gets the same objects", async (format, encoding) => {
  const { exposition } = start("a", "b");
  const first = await exposition.body(format, encoding);
  const second = await exposition.body(format, encoding);
  // The trailer of gzip is worked out anew: eight bytes.
  const shared = encoding === "gzip" ? first.chunks.length - 1 : first.chunks.length;
  for (let at = 0; at < shared; at += 1) expect(second.chunks[at]).toBe(first.chunks[at]);
  expect(bytesOf(second)).toEqual(bytesOf(first));
});

test("both formats share the chunks of the tasks", async () => {
  const { exposition } = start("a");
  const [text, openmetrics] = [
    await exposition.body("text", "identity"),
    await exposition.body("openmetrics", "identity"),
  ];
  taskFamilies.forEach((_, at) => {
    expect(openmetrics.chunks[at]).toBe(text.chunks[at]);
  });
});

test("a changed task changes the chunks of its own families alone, compressed ones too", async () => {
  const { exposition, store } = start("a", "b");
  const plain = await exposition.body("text", "identity");
  const zipped = await exposition.body("text", "gzip");
  store.apply({ ...poll, failure });
  const changed = (before: readonly Uint8Array[], after: readonly Uint8Array[], offset: number): readonly string[] =>
    taskFamilies.filter((_, at) => before[at + offset] !== after[at + offset]).map(({ name }) => name);
  const expected = [
    ...["cbr_task_poll_success", "cbr_task_poll_error_info"],
    ...["cbr_task_poll_failing_since_timestamp_seconds", "cbr_task_poll_next_timestamp_seconds"],
  ];
  expect(changed(plain.chunks, (await exposition.body("text", "identity")).chunks, 0)).toEqual(expected);
  // One chunk of gzip's header comes first.
  expect(changed(zipped.chunks, (await exposition.body("text", "gzip")).chunks, 1)).toEqual(expected);
});

test.each(every)("%s, %s: a removed task leaves the very next body", async (format, encoding) => {
  const { exposition, store } = start("a", "b");
  expect(textOf(await exposition.body(format, encoding), encoding)).toContain('task_id="a"');
  store.setSources(sources({ c: [member("b")] }));
  const text = textOf(await exposition.body(format, encoding), encoding);
  expect(text).not.toContain('task_id="a"');
  expect(text).toContain('task_id="b"');
});

test("the registry is collected at most once a second", async () => {
  const { exposition, clock, collected } = start("a");
  for (const [format, encoding] of every) await exposition.body(format, encoding);
  await clock.advance(999);
  await exposition.body("text", "identity");
  expect(collected()).toBe(1);
  await clock.advance(1);
  expect(textOf(await exposition.body("text", "identity"))).toContain("\nx_collected 2\n");
  expect(collected()).toBe(2);
});

test("projects and collectors, as they are once a second, follow what the registry keeps", async () => {
  const { exposition, clock, collectors, projects } = start();
  const first = await exposition.body("text", "identity");
  expect(textOf(first)).toMatch(/\nx_collected 1\n# HELP cbr_up .*\n# HELP cbr_collector_runs_total /s);
  expect(textOf(first)).not.toMatch(/^cbr_(up|collector)/m);
  projects.push(project("p"), project("q"));
  collectors.push(collector("c"));
  expect(textOf(await exposition.body("text", "identity"))).toBe(textOf(first));
  await clock.advance(1000);
  const [text, openmetrics] = [
    textOf(await exposition.body("text", "identity")),
    textOf(await exposition.body("openmetrics", "identity")),
  ];
  for (const each of [text, openmetrics]) {
    expect(each).toContain('\ncbr_up{project="p"} 1\ncbr_up{project="q"} 1\n');
    expect(each).toContain('\ncbr_collector_runs_total{project="p",collector="c",result="success"} 1\n');
  }
  expect(text).toContain("\n# TYPE cbr_collector_runs_total counter\n");
  expect(openmetrics).toContain("\n# TYPE cbr_collector_runs counter\n");
  projects.length = 0;
  await clock.advance(1000);
  expect(textOf(await exposition.body("text", "identity"))).not.toMatch(/^cbr_up/m);
});

test("scrapes that come together share one collection", async () => {
  const { exposition, collected } = start("a");
  const bodies = await Promise.all(every.map(([format, encoding]) => exposition.body(format, encoding)));
  expect(bodies).toHaveLength(4);
  expect(collected()).toBe(1);
});

test("a collection that fails is told, and not kept", async () => {
  const { exposition, breakOnce } = start("a");
  breakOnce();
  await expect(exposition.body("text", "identity")).rejects.toThrow("broken once");
  expect(textOf(await exposition.body("text", "identity"))).toContain("\nx_collected 2\n");
});
