import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import type { TaskFamily } from "../../src/metrics/task-families.ts";
import { createTaskText, type TaskText } from "../../src/metrics/task-text.ts";
import { createTaskStore, type Member, type TaskStore } from "../../src/tasks/task-store.ts";
import { noon } from "./support.ts";

const families: readonly TaskFamily[] = [
  { name: "x_id", help: "One.", labelNames: [], samples: () => [{ value: 1 }] },
  {
    name: "x_next",
    help: "Two.",
    labelNames: [],
    samples: ({ poll }) => (poll.nextAt === undefined ? [] : [{ value: poll.nextAt / 1e6 }]),
  },
];

function member(taskId: string): Member {
  return { project: "p", taskId, origin: { collector: "c", labels: {} }, dueAt: noon };
}

function storeOf(...ids: readonly string[]): TaskStore {
  const store = createTaskStore();
  store.setMembers(new Map([["c", ids.map(member)]]));
  return store;
}

function read(text: TaskText): readonly string[] {
  return text.chunks().map((chunk) => Buffer.from(chunk).toString("utf8"));
}

const poll = { type: "failed", key: "p/a", at: noon, runAt: noon, nextTick: micros(noon + 30e6) } as const;
const failure = { reason: "network", message: "refused" } as const;

test("one chunk a family: HELP, TYPE and the series of all tasks, those of before included", () => {
  expect(read(createTaskText(storeOf("a", "b"), families))).toEqual([
    '# HELP x_id One.\n# TYPE x_id gauge\nx_id{project="p",task_id="a"} 1\nx_id{project="p",task_id="b"} 1\n',
    '# HELP x_next Two.\n# TYPE x_next gauge\nx_next{project="p",task_id="a"} 1795521600\nx_next{project="p",task_id="b"} 1795521600\n',
  ]);
});

test("without a task, a family still says what it is", () => {
  expect(read(createTaskText(createTaskStore(), families))[0]).toBe("# HELP x_id One.\n# TYPE x_id gauge\n");
});

test("chunks are the same objects while nothing changes", () => {
  const text = createTaskText(storeOf("a"), families);
  const [first, second] = [text.chunks(), text.chunks()];
  expect(second[0]).toBe(first[0]);
  expect(second[1]).toBe(first[1]);
});

test("a changed task makes anew only the chunks of the families that say something else", () => {
  const store = storeOf("a", "b");
  const text = createTaskText(store, families);
  const before = text.chunks();
  store.apply({ ...poll, failure });
  const after = text.chunks();
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(read(text)[1]).toContain('x_next{project="p",task_id="a"} 1795521630\n');
});

test("a change that shows nowhere costs nothing", () => {
  const store = storeOf("a");
  const text = createTaskText(store, families);
  store.apply({ ...poll, failure });
  const before = text.chunks();
  store.apply({ ...poll, at: micros(noon + 1), failure });
  expect(text.chunks()[1]).toBe(before[1]);
});

test("a task that leaves, comes, or loses a series shows in the next chunks", () => {
  const store = storeOf("a", "b");
  const text = createTaskText(store, families);
  text.chunks();
  store.setMembers(new Map([["c", [member("b"), member("d")]]]));
  expect(read(text)[0]).toBe(
    '# HELP x_id One.\n# TYPE x_id gauge\nx_id{project="p",task_id="b"} 1\nx_id{project="p",task_id="d"} 1\n',
  );
  const log = { id: "b", status: "success", endedAt: noon } as const;
  store.apply({ ...poll, type: "answered", key: "p/b", log });
  expect(read(text)[1]).not.toContain('task_id="b"');
});

test("a task that comes and leaves between two looks was never there", () => {
  const store = storeOf("a");
  const text = createTaskText(store, families);
  const before = text.chunks();
  store.setMembers(new Map([["c", [member("a"), member("b")]]]));
  store.setMembers(new Map([["c", [member("a")]]]));
  expect(text.chunks()[0]).toBe(before[0]);
});
