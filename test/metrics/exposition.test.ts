import { deflateRawSync, gunzipSync } from "node:zlib";
import { Gauge, Registry } from "prom-client";
import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import type { CollectorState } from "../../src/collect/collector.ts";
import type { ProjectSummary } from "../../src/collect/project-health.ts";
import { createExposition, type Encoding, type Exposition } from "../../src/metrics/exposition.ts";
import { taskFamilies } from "../../src/metrics/families/task.ts";
import type { Deflate } from "../../src/metrics/gzip.ts";
import type { Format } from "../../src/metrics/text.ts";
import { createTaskStore, type Member, type TaskStore } from "../../src/tasks/task-store.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";
import { sources as wanted } from "../support/task-records.ts";
import { bytesOf, noon, textOf, withEstate } from "./support.ts";

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
  /** What a scrape would get. */
  text(format?: Format): Promise<string>;
  readonly store: TaskStore;
  readonly clock: ManualClock;
  /** How often the registry was collected. */
  readonly collected: () => number;
  breakOnce(): void;
  readonly collectors: CollectorState[];
  readonly projects: ProjectSummary[];
}

let isOutOfMemory = false;
const deflate: Deflate = async (text, options) => {
  if (isOutOfMemory) throw new Error("out of memory");
  return deflateRawSync(text, options);
};

function start(...ids: readonly string[]): Started {
  const store = createTaskStore();
  store.setSources(wanted({ c: ids.map(member) }));
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
  const sources = { ...withEstate(store), projects: () => projects, collectors: () => collectors };
  const exposition = createExposition(sources, { registry, clock, deflate });
  return {
    exposition,
    text: async (format = "text") => textOf(await exposition.body(format, "identity")),
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

test.each<Format>(["text", "openmetrics"])("%s: the length is that of the bytes, which gzip keeps", async (format) => {
  const { exposition } = start("a", "b");
  const [plain, zipped] = [await exposition.body(format, "identity"), await exposition.body(format, "gzip")];
  for (const body of [plain, zipped]) expect(bytesOf(body).byteLength).toBe(body.length);
  expect(gunzipSync(bytesOf(zipped))).toEqual(bytesOf(plain));
});

test("both formats share the chunks of the tasks", async () => {
  const { exposition } = start("a");
  const text = (await exposition.body("text", "identity")).chunks;
  const shared = (await exposition.body("openmetrics", "identity")).chunks.filter((chunk) => text.includes(chunk));
  // All but the last one.
  expect(shared).toEqual(text.slice(0, -1));
});

test("who asks again within a second gets the same at once, unless a task has changed", async () => {
  const { exposition, store, clock } = start("a", "b");
  for (const [format, encoding] of every) {
    const body = await exposition.body(format, encoding);
    expect(exposition.body(format, encoding)).toBe(body);
    await clock.advance(999);
    expect(exposition.body(format, encoding)).toBe(body);
    await clock.advance(1);
    const later = exposition.body(format, encoding);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).not.toBe(body);
  }
  store.apply({ ...poll, failure });
  expect(exposition.body("openmetrics", "gzip")).toBeInstanceOf(Promise);
});

test("without a change, a scrape gets the same objects; a changed task changes those of its own families alone", async () => {
  const { exposition, store } = start("a", "b");
  const plain = await exposition.body("text", "identity");
  const zipped = await exposition.body("text", "gzip");
  expect((await exposition.body("text", "identity")).chunks.every((chunk, at) => chunk === plain.chunks[at])).toBe(
    true,
  );
  store.apply({ ...poll, failure });
  const changed = (await exposition.body("text", "identity")).chunks.filter((chunk) => !plain.chunks.includes(chunk));
  const expected = [
    ...["cbr_task_poll_success", "cbr_task_poll_error_info"],
    ...["cbr_task_poll_failing_since_timestamp_seconds", "cbr_task_poll_next_timestamp_seconds"],
  ];
  // So short a family is one chunk.
  expect(changed.map((chunk) => /^# HELP (\w+)/.exec(String(chunk))?.[1])).toEqual(expected);
  const after = (await exposition.body("text", "gzip")).chunks;
  // That of gzip's header comes first.
  const families = taskFamilies.filter((_, at) => after[at + 1] !== zipped.chunks[at + 1]);
  expect(families.map(({ name }) => name)).toEqual(expected);
});

test("the registry is collected at most once a second, which scrapes that come together share", async () => {
  const { exposition, text, clock, collected } = start("a");
  await Promise.all(every.map(([format, encoding]) => exposition.body(format, encoding)));
  await clock.advance(999);
  await text();
  expect(collected()).toBe(1);
  await clock.advance(1);
  expect(await text()).toContain("\nx_collected 2\n");
  expect(collected()).toBe(2);
});

test("projects and collectors, as they are once a second, follow what the registry keeps", async () => {
  const { text, clock, collectors, projects } = start();
  const first = await text();
  expect(first).toMatch(/\nx_collected 1\n.*# HELP cbr_up .*\n# HELP cbr_collector_runs_total /s);
  expect(first).not.toMatch(/^cbr_(up|collector)/m);
  projects.push(project("p"), project("q"));
  collectors.push(collector("c"));
  expect(await text()).toBe(first);
  await clock.advance(1000);
  for (const [format, family] of [
    ["text", "cbr_collector_runs_total"],
    ["openmetrics", "cbr_collector_runs"],
  ] as const) {
    const shown = await text(format);
    expect(shown).toContain('\ncbr_up{project="p"} 1\ncbr_up{project="q"} 1\n');
    expect(shown).toContain('\ncbr_collector_runs_total{project="p",collector="c",result="success"} 1\n');
    expect(shown).toContain(`\n# TYPE ${family} counter\n`);
  }
  projects.length = 0;
  await clock.advance(1000);
  expect(await text()).not.toMatch(/^cbr_up/m);
});

test("a collection that fails is told, and not kept", async () => {
  const { text, breakOnce } = start("a");
  breakOnce();
  await expect(text()).rejects.toThrow("broken once");
  expect(await text()).toContain("\nx_collected 2\n");
});

test("a compression that fails is told, and not kept, not even for the second in which the registry's text is", async () => {
  const { exposition } = start("a");
  const plain = bytesOf(await exposition.body("text", "identity"));
  isOutOfMemory = true;
  await expect(exposition.body("text", "gzip")).rejects.toThrow("out of memory");
  isOutOfMemory = false;
  await exposition.body("text", "gzip");
  isOutOfMemory = true;
  // What is the same is not compressed once more.
  const zipped = await exposition.body("text", "gzip");
  isOutOfMemory = false;
  expect(gunzipSync(bytesOf(zipped))).toEqual(plain);
});

test("nor is a failed compression of the registry's text, whose tasks have been compressed", async () => {
  const { exposition, clock } = start("a");
  await exposition.body("text", "gzip");
  await clock.advance(1_000);
  isOutOfMemory = true;
  await expect(exposition.body("text", "gzip")).rejects.toThrow("out of memory");
  isOutOfMemory = false;
  const zipped = await exposition.body("text", "gzip");
  expect(gunzipSync(bytesOf(zipped))).toEqual(bytesOf(await exposition.body("text", "identity")));
});
