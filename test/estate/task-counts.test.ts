import fc from "fast-check";
import { expect, test } from "vitest";
import { followTaskCounts } from "../../src/estate/task-counts.ts";
import { statuses } from "../../src/tasks/operation-log.ts";
import { statusOf } from "../../src/tasks/rules.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { member, sources } from "../support/task-records.ts";

const times = { at: newYear, runAt: newYear, nextTick: newYear };

test("the counts are those of the tasks held, whatever happened before", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const event = fc.oneof(
    fc.record({ watch: fc.uniqueArray(id) }),
    fc.record({ missing: id }),
    fc.record({
      answered: id,
      status: fc.constantFrom(...statuses),
      operation: fc.constantFrom("backup", "x", undefined),
    }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const store = createTaskStore();
      const counts = followTaskCounts(store);
      for (const one of events) {
        if ("watch" in one) store.setSources(sources({ c: one.watch.map((task) => member(task)) }));
        else if ("missing" in one) {
          store.apply({ type: "not_found", key: `prod/${one.missing}`, ...times, message: "none" });
        } else {
          const log = { id: one.answered, status: one.status, ...(one.operation && { operationType: one.operation }) };
          store.apply({ type: "answered", key: `prod/${one.answered}`, ...times, log });
        }
      }
      const expected: Record<string, Record<string, number>> = {};
      for (const record of store.records()) {
        const key = `prod/${record.facts?.log?.operationType ?? ""}`;
        const status = statusOf(record);
        expected[key] = { ...expected[key], [status]: (expected[key]?.[status] ?? 0) + 1 };
      }
      const counted = [...counts.records()].map(({ key, tasks }) => [
        key,
        Object.fromEntries(Object.entries(tasks).filter(([, count]) => count !== 0)),
      ]);
      expect(Object.fromEntries(counted)).toEqual(expected);
    }),
  );
});
