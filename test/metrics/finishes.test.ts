import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { later, micros } from "../../src/base/micros.ts";
import { registerFinishes } from "../../src/metrics/finishes.ts";
import type { OperationLog } from "../../src/tasks/operation-log.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { ended, member, running, sources } from "../support/task-records.ts";
import { registryTexts, sampleLines } from "./support.ts";

const times = { at: newYear, runAt: newYear, nextTick: newYear };

function counted() {
  const registry = new Registry();
  const finishes = registerFinishes(registry);
  const store = createTaskStore();
  finishes.start("prod");
  finishes.follow(store);
  const lines = async () => sampleLines((await registryTexts(registry)).text);
  return {
    finishes,
    watch: (...ids: readonly string[]) => store.setSources(sources({ c: ids.map((id) => member(id)) })),
    see(...logs: readonly OperationLog[]) {
      for (const log of logs) store.apply({ type: "answered", key: `prod/${log.id}`, ...times, log });
    },
    lines,
    /** What is not 0. */
    async some() {
      return (await lines())
        .filter((line) => !line.endsWith(" 0"))
        .map((line) => line.replaceAll('project="prod",', ""));
    },
  };
}

const backup = { operationType: "backup" };

test("all documented pairs are there from the start, at 0", async () => {
  const { lines } = counted();
  expect(await lines()).toHaveLength(8 * 4);
  expect(await lines()).toContain(
    'cbr_tasks_finished_total{project="prod",operation_type="vault_delete",status="timeout"} 0',
  );
});

test("a finish is counted once where it was seen, with its duration", async () => {
  const { watch, see, some, lines } = counted();
  watch("a", "b", "c");
  // Its end was not seen: it had finished when it was first asked for.
  see(ended("a", backup));
  see(running("b", backup), running("c", backup));
  expect(await some()).toEqual([]);
  expect(await lines()).toContain('cbr_finished_task_duration_seconds_count{project="prod",operation_type="backup"} 0');
  see(ended("b", backup), ended("b", backup), { id: "c", status: "failed", ...backup });
  // A final status without an end may still change.
  expect(await some()).toContain('cbr_tasks_finished_total{operation_type="backup",status="success"} 1');
  expect(await some()).not.toContain('cbr_tasks_finished_total{operation_type="backup",status="failed"} 1');
  see(ended("c", { ...backup, status: "failed", endedAt: later(newYear, micros(59 * 60e6)) }));
  const counts = await some();
  expect(counts).toContain('cbr_tasks_finished_total{operation_type="backup",status="failed"} 1');
  expect(counts).toContain('cbr_finished_task_duration_seconds_bucket{operation_type="backup",le="60.0"} 1');
  expect(counts).toContain('cbr_finished_task_duration_seconds_sum{operation_type="backup"} 3660');
});

test("one that leaves unfinished and comes back finished is not counted, for nobody saw its end", async () => {
  const { watch, see, some } = counted();
  watch("a");
  see(running("a", backup));
  watch();
  watch("a");
  see(ended("a", backup));
  expect(await some()).toEqual([]);
});

test("operations that are not documented are told apart, but not without bound", async () => {
  const { watch, see, some } = counted();
  const ids = Array.from({ length: 50 }, (_, index) => `t${index}`);
  watch(...ids);
  see(...ids.flatMap((id) => [running(id, { operationType: `new-${id}` }), ended(id, { operationType: `new-${id}` })]));
  const totals = (await some()).filter((line) => line.startsWith("cbr_tasks_finished_total"));
  expect(totals).toHaveLength(21);
  expect(totals).toContain('cbr_tasks_finished_total{operation_type="new-t0",status="success"} 1');
  expect(totals).toContain('cbr_tasks_finished_total{operation_type="other",status="success"} 30');
});

test("the counters of a project go with it, and begin anew when it comes back", async () => {
  const { finishes, watch, see, lines, some } = counted();
  watch("a");
  see(running("a", backup), ended("a", backup));
  finishes.forget("another");
  expect(await some()).not.toEqual([]);
  finishes.forget("prod");
  expect(await lines()).toEqual([]);
  finishes.start("prod");
  expect(await lines()).toHaveLength(8 * 4);
  expect(await some()).toEqual([]);
});
