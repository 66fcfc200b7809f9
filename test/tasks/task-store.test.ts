import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMillis, later, type Micros, micros } from "../../src/base/micros.ts";
import { type OperationLog, type Status, statuses } from "../../src/tasks/operation-log.ts";
import { statusOf } from "../../src/tasks/rules.ts";
import type { Answered, Failed, Listed, NotFound } from "../../src/tasks/task-change.ts";
import type { KnownTask, TaskRecord } from "../../src/tasks/task-record.ts";
import { createTaskStore, type Member } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { ended, facts, member, origin, running, sources } from "../support/task-records.ts";

const at = (seconds: number): Micros => later(newYear, fromMillis(seconds * 1000));
/** A poll that began with the tick at `seconds` and took one second; the next tick is 30 s after that one. */
const polled = (seconds: number, id = "a") =>
  ({ key: `prod/${id}`, at: at(seconds + 1), runAt: at(seconds), nextTick: at(seconds + 30) }) as const;

const answered = (seconds: number, log: OperationLog): Answered => ({
  type: "answered",
  ...polled(seconds, log.id),
  log,
});
const notFound = (seconds: number): NotFound => ({ type: "not_found", ...polled(seconds), message: "gone" });
const failed = (seconds: number, part: Partial<Failed> = {}): Failed => ({
  type: "failed",
  ...polled(seconds),
  failure: { reason: "timeout", message: "slow" },
  ...part,
});

/** A store with task `a`, and what its subscribers were told. */
function watched(members: readonly Member[] = [member("a")]) {
  const store = createTaskStore();
  store.setSources(sources({ weekend: members }));
  const told: [TaskRecord | undefined, TaskRecord | undefined][] = [];
  const unsubscribe = store.subscribe((before, after) => told.push([before, after]));
  const task = (id = "a"): TaskRecord => {
    const record = store.get(`prod/${id}`);
    if (!record) throw new Error(`no task ${id}`);
    return record;
  };
  return { store, told, task, unsubscribe };
}

describe("members", () => {
  test("a new task is owed its first poll, and nothing is known of it", () => {
    const { task, store } = watched([member("a", { dueAt: at(7) })]);
    expect(task()).toEqual({
      key: "prod/a",
      project: "prod",
      taskId: "a",
      origin,
      poll: { nextAt: at(7) },
      finished: false,
    });
    expect([store.size, [...store.records()]]).toEqual([1, [task()]]);
  });

  test("a task of which something was known before begins with that; one that had finished is owed no poll", () => {
    const store = createTaskStore();
    const [unfinished, finished] = [facts({ log: running("a") }), facts({ log: ended("b") })];
    const before: ReadonlyMap<string, KnownTask> = new Map([
      ["prod/a", { facts: unfinished, poll: { lastAt: at(1) }, finished: false }],
      ["prod/b", { facts: finished, poll: { lastAt: at(2) }, finished: true, superseded: false }],
      ["prod/c", { poll: { lastAt: at(3) }, finished: false }],
    ]);
    const members = ["a", "b", "c"].map((id) => member(id, { dueAt: at(7) }));
    store.setSources(sources({ weekend: members }), (key) => before.get(key));
    const known = [...store.records()].map(({ key: _, project: __, taskId: ___, origin: ____, ...rest }) => rest);
    expect(known).toStrictEqual([
      { facts: unfinished, poll: { lastAt: at(1), nextAt: at(7) }, finished: false, superseded: undefined },
      { facts: finished, poll: { lastAt: at(2) }, finished: true, superseded: false },
      { facts: undefined, poll: { lastAt: at(3), nextAt: at(7) }, finished: false, superseded: undefined },
    ]);
  });

  test("a task that leaves is gone at once, and its subscribers are told", () => {
    const { store, told, task } = watched([member("a"), member("b")]);
    const [a, b] = [task("a"), task("b")];
    store.setSources(sources({ weekend: [member("b")] }));
    expect(store.get("prod/a")).toBeUndefined();
    expect(task("b")).toBe(b);
    expect(told).toEqual([[a, undefined]]);
  });

  test("a source without members leaves nothing behind", () => {
    const { store, told } = watched([member("a"), member("b")]);
    store.setSources(sources({ weekend: [] }));
    expect([store.size, told.length]).toEqual([0, 2]);
  });

  test("other sources keep theirs", () => {
    const { store, told } = watched();
    store.setSources(sources({ daily: [member("b")] }));
    expect([...store.records()].map(({ taskId }) => taskId)).toEqual(["a", "b"]);
    expect(told).toHaveLength(1);
  });

  test("a task that moves between sources keeps its facts, whichever order they are named in", () => {
    const { store, task } = watched();
    store.apply(answered(0, running("a", { resourceName: "db" })));
    const { facts, poll } = task();
    const moved = member("a", { origin: { collector: "daily", labels: {} }, dueAt: at(99) });
    store.setSources(sources({ weekend: [], daily: [moved] }));
    expect(task()).toMatchObject({ facts, poll, origin: moved.origin });
    store.setSources(sources({ weekend: [member("a")], daily: [] }));
    expect(task()).toMatchObject({ facts, poll, origin });
  });

  test("the same id of two projects is two tasks", () => {
    const { store } = watched([member("a"), member("a", { project: "test" })]);
    expect([...store.records()].map(({ key }) => key)).toEqual(["prod/a", "test/a"]);
  });

  test("a task that comes back has forgotten everything", () => {
    const { store, task } = watched();
    store.apply(answered(0, ended("a")));
    store.setSources(sources({ weekend: [] }));
    store.setSources(sources({ weekend: [member("a")] }));
    expect(task().facts).toBeUndefined();
    expect(task().finished).toBe(false);
  });

  test.each([
    ["another name", { name: "db-master" }],
    ["another label", { labels: { team: "payments" } }],
    ["another collector", { collector: "daily" }],
  ])("%s changes where the task comes from, and nothing else", (_, part) => {
    const { store, told, task } = watched();
    store.apply(answered(0, ended("a")));
    const before = task();
    told.length = 0;
    store.setSources(sources({ weekend: [member("a", { origin: { ...origin, ...part } })] }));
    expect(task()).toEqual({ ...before, origin: { ...origin, ...part } });
    expect(told).toEqual([[before, task()]]);
    expect(told[0]?.[1]).toBe(task());
  });

  test("the same members again are no change", () => {
    const { store, told, task } = watched([member("a", { origin: { ...origin, labels: { x: "1" } } })]);
    const before = task();
    store.setSources(sources({ weekend: [member("a", { origin: { ...origin, labels: { x: "1" } }, dueAt: at(60) })] }));
    expect(task()).toBe(before);
    expect(told).toEqual([]);
  });
});

describe("sources", () => {
  const of = (collector: string, ...ids: readonly string[]) =>
    ids.map((id) => member(id, { origin: { collector, labels: {} }, dueAt: at(9) }));
  const change = (id: string, members: readonly Member[], rank: number) => new Map([[id, { members, rank }]]);

  test("know their own tasks, those of the moment", () => {
    const { store, task } = watched(of("weekend", "a", "b"));
    const own = store.of("weekend");
    expect([own.size, [...own]]).toEqual([2, [task("a"), task("b")]]);
    store.apply(answered(0, running("a")));
    expect([...own][0]).toBe(task("a"));
    store.setSources(change("weekend", of("weekend", "c", "b"), 0));
    expect([own.size, [...own]]).toEqual([2, [task("c"), task("b")]]);
    store.setSources(change("weekend", [], 0));
    expect([own.size, [...own]]).toEqual([0, []]);
    expect([store.of("nobody").size, [...store.of("nobody")]]).toEqual([0, []]);
  });

  test("that list a task twice have it once, as it was named first", () => {
    const { store, task } = watched([member("a", { dueAt: at(1) }), member("a", { dueAt: at(2) })]);
    expect([store.size, store.of("weekend").size, task().poll]).toEqual([1, 1, { nextAt: at(1) }]);
  });

  /** What task `a` belongs to, and how many each source has. */
  function contest() {
    const all = watched(of("weekend", "a"));
    all.store.apply(answered(0, running("a")));
    const { facts, poll } = all.task();
    return {
      ...all,
      owner: () => {
        const { store, task } = all;
        // Whatever happens, what is known of it stays.
        expect([task().facts, task().poll]).toEqual([facts, poll]);
        const sizes = ["weekend", "found", "daily"].map((id) => store.of(id).size);
        return `${task().origin.collector} ${sizes.join(" ")}`;
      },
    };
  }

  test("of the lowest rank have a task that several want; where one leaves, it falls to the next", () => {
    const { store, owner, told } = contest();
    expect(owner()).toBe("weekend 1 0 0");
    store.setSources(change("found", of("found", "a"), 2));
    expect(owner()).toBe("weekend 1 0 0");
    store.setSources(change("daily", of("daily", "a"), 1));
    expect(owner()).toBe("weekend 1 0 0");
    expect(told).toHaveLength(1);
    store.setSources(change("weekend", [], 0));
    expect(owner()).toBe("daily 0 0 1");
    store.setSources(change("daily", of("daily", "b"), 1));
    expect(owner()).toBe("found 0 1 1");
    store.setSources(change("weekend", of("weekend", "a"), 0));
    expect(owner()).toBe("weekend 1 0 1");
    expect(told).toHaveLength(5);
    store.setSources(change("found", [], 2));
    store.setSources(change("weekend", [], 0));
    expect(store.get("prod/a")).toBeUndefined();
  });

  test("of equal ranks leave it to the one that had it first", () => {
    const { store, owner } = contest();
    store.setSources(change("daily", of("daily", "a"), 0));
    store.setSources(change("weekend", of("weekend", "b", "a"), 0));
    expect(owner()).toBe("weekend 2 0 0");
  });

  test("that change their rank alone change whose it is, and nothing else", () => {
    const { store, owner, told } = contest();
    const [weekend, daily] = [of("weekend", "a", "b"), of("daily", "a", "c")];
    store.setSources(new Map([...change("weekend", weekend, 0), ...change("daily", daily, 1)]));
    expect(owner()).toBe("weekend 2 0 1");
    told.length = 0;
    store.setSources(new Map([...change("weekend", weekend, 3), ...change("daily", daily, 2)]));
    expect(owner()).toBe("daily 1 0 2");
    expect(told.map(([, after]) => after?.taskId)).toEqual(["a"]);
    store.setSources(change("weekend", weekend, 1));
    expect(owner()).toBe("weekend 2 0 1");
  });
});

describe("subscribers", () => {
  test("are told each change with the very records before and after it", () => {
    const { store, told, task } = watched();
    const first = task();
    store.apply(answered(0, running("a")));
    const second = task();
    store.apply(failed(30));
    expect(told).toHaveLength(2);
    expect(told[0]?.[0]).toBe(first);
    expect(told[0]?.[1]).toBe(second);
    expect(told[1]?.[0]).toBe(second);
    expect(told[1]?.[1]).toBe(task());
  });

  test("are told no more once they have left", () => {
    const { store, told, unsubscribe } = watched();
    unsubscribe();
    store.apply(failed(0));
    expect(told).toEqual([]);
  });

  test("find the store as it is after the change", () => {
    const { store, task } = watched();
    const seen: unknown[] = [];
    store.subscribe((_, after) => seen.push(store.get("prod/a") === after));
    store.apply(failed(0));
    expect(seen).toEqual([true]);
    expect(Object.isFrozen(task())).toBe(true);
    expect(Object.isFrozen(task().poll)).toBe(true);
  });
});

describe("a good answer", () => {
  test("brings the facts and owes the next poll at the next tick", () => {
    const { store, task } = watched();
    store.apply(answered(0, running("a", { progress: 3 })));
    expect(task()).toMatchObject({ facts: { found: true, log: { status: "running", progress: 3 } }, finished: false });
    expect(task().poll).toEqual({ lastAt: at(1), lastSuccessAt: at(1), nextAt: at(30) });
  });

  test("that ends the task owes nothing any more", () => {
    const { store, task } = watched();
    store.apply(answered(0, ended("a")));
    expect(task().finished).toBe(true);
    expect(task().poll).toEqual({ lastAt: at(1), lastSuccessAt: at(1) });
  });

  test("ends a failure and a pause", () => {
    const { store, task } = watched();
    store.apply(notFound(0));
    store.apply(answered(30, running("a")));
    expect(task().poll).toEqual({ lastAt: at(31), lastSuccessAt: at(31), nextAt: at(60) });
  });

  test("without its end ends the task at the third time", () => {
    const { store, task } = watched();
    const finished = [0, 30, 60].map((seconds) => {
      store.apply(answered(seconds, { id: "a", status: "failed" }));
      return task().finished;
    });
    expect(finished).toEqual([false, false, true]);
  });
});

describe("a 404", () => {
  test("is no success; facts stay, the status is unknown, and the pause is counted from the run's tick", () => {
    const { store, task } = watched();
    store.apply(answered(0, running("a", { progress: 3 })));
    store.apply(notFound(30));
    expect(task().facts).toMatchObject({ found: false, log: { progress: 3 } });
    expect(statusOf(task())).toBe("unknown");
    expect(task().poll).toEqual({
      lastAt: at(31),
      lastSuccessAt: at(1),
      failure: { reason: "not_found", message: "gone" },
      nextAt: at(60),
      pause: { until: at(60), length: 30e6 },
    });
  });

  test("after a 404 doubles the pause, and the next poll is owed when it ends", () => {
    const { store, task } = watched();
    store.apply(notFound(0));
    store.apply(notFound(30));
    expect(task().poll).toMatchObject({ nextAt: at(90), pause: { until: at(90), length: 60e6 } });
  });

  test("after a failure in between doubles it all the same", () => {
    const { store, task } = watched();
    store.apply(notFound(0));
    store.apply(failed(30));
    store.apply(notFound(60));
    expect(task().poll.pause).toEqual({ until: at(120), length: 60e6 });
  });

  test("an ended task of an unknown status is asked for less and less often", () => {
    const { store, task } = watched();
    const log: OperationLog = { id: "a", status: "unknown", endedAt: newYear };
    store.apply(answered(0, log));
    store.apply(answered(30, log));
    expect(task()).toMatchObject({ finished: false, poll: { nextAt: at(90), pause: { length: 60e6 } } });
  });
});

describe("a failure", () => {
  test("leaves the facts as they are, and the time of the last success", () => {
    const { store, task } = watched();
    store.apply(answered(0, running("a")));
    const { facts } = task();
    store.apply(failed(30));
    expect(task().facts).toBe(facts);
    expect(task().poll).toEqual({
      lastAt: at(31),
      lastSuccessAt: at(1),
      failure: { reason: "timeout", message: "slow" },
      failingSince: at(31),
      nextAt: at(60),
    });
  });

  test("is counted from the first of its row, which any answer ends, a 404 too", () => {
    const { store, task } = watched();
    const since: (Micros | undefined)[] = [];
    const polls = [
      failed(0),
      failed(30),
      notFound(60),
      failed(90),
      answered(120, running("a")),
      failed(150),
      failed(180),
    ];
    for (const poll of polls) {
      store.apply(poll);
      since.push(task().poll.failingSince);
    }
    expect(since).toEqual([at(1), at(1), undefined, at(91), undefined, at(151), at(151)]);
    store.apply(answered(210, ended("a")));
    expect(task().poll).not.toHaveProperty("failingSince");
  });

  test("before any answer brings no facts", () => {
    const { store, task } = watched();
    store.apply(failed(0));
    expect(task().facts).toBeUndefined();
    expect(task().poll).not.toHaveProperty("lastSuccessAt");
  });

  test("with which the server asks for a wait pauses this task for it", () => {
    const { store, task } = watched();
    store.apply(failed(0, { retryAt: at(100) }));
    expect(task().poll).toMatchObject({ nextAt: at(100), pause: { until: at(100) } });
    store.apply(failed(100));
    expect(task().poll).toMatchObject({ nextAt: at(130), pause: { until: at(100) } });
    store.apply(answered(130, running("a")));
    expect(task().poll).not.toHaveProperty("pause");
  });

  test("with which the server asks for a wait shorter than to the next tick owes the poll at that tick", () => {
    const { store, task } = watched();
    store.apply(failed(0, { retryAt: at(5) }));
    expect(task().poll.nextAt).toBe(at(30));
  });
});

test.each<[string, Answered | NotFound | Failed]>([
  ["an answer", answered(60, running("a"))],
  ["a 404", notFound(60)],
  ["a failure", failed(60)],
])("%s changes nothing of a finished task, and nothing of one that has left", (_, change) => {
  const { store, told, task } = watched();
  store.apply(answered(0, ended("a")));
  const record = task();
  told.length = 0;
  store.apply(change);
  expect(task()).toBe(record);
  store.setSources(sources({ weekend: [] }));
  told.length = 0;
  store.apply(change);
  expect(store.size).toBe(0);
  expect(told).toEqual([]);
});

type Event =
  | { readonly type: "answered"; readonly status: Status; readonly end: boolean }
  | { readonly type: "not_found" }
  | { readonly type: "failed" };

const events = fc.array(
  fc.oneof<fc.Arbitrary<Event>[]>(
    fc.record({ type: fc.constant("answered" as const), status: fc.constantFrom(...statuses), end: fc.boolean() }),
    fc.constant({ type: "not_found" }),
    fc.constant({ type: "failed" }),
  ),
  { maxLength: 25 },
);
const final = new Set<Status>(["success", "skipped", "failed", "timeout"]);

test("whatever the polls bring: one status, no way back from the end, no end without a reason, no facts lost to a failure", () => {
  fc.assert(
    fc.property(events, (list) => {
      const { store, task } = watched();
      let withoutEnd: Status[] = [];
      let seconds = 0;
      for (const event of list) {
        const before = task();
        seconds += 30;
        if (event.type === "failed") store.apply(failed(seconds));
        else if (event.type === "not_found") store.apply(notFound(seconds));
        else store.apply(answered(seconds, { id: "a", status: event.status, ...(event.end && { endedAt: newYear }) }));
        const after = task();

        expect(statuses.filter((status) => status === statusOf(after))).toHaveLength(1);
        if (before.finished) {
          expect(after).toBe(before);
          continue;
        }
        if (event.type === "failed") expect(after.facts).toBe(before.facts);
        if (event.type === "not_found") withoutEnd = [];
        if (event.type === "answered") {
          const waits = final.has(event.status) && !event.end;
          withoutEnd = waits ? [...withoutEnd.filter((status) => status === event.status), event.status] : [];
          const enough = final.has(event.status) && (event.end || withoutEnd.length >= 3);
          expect(after.finished).toBe(enough);
          expect(statusOf(after)).toBe(event.status);
        } else expect(after.finished).toBe(false);
        expect(after.poll.nextAt === undefined).toBe(after.finished);
        if (!after.finished) expect(after.poll.nextAt).toBeGreaterThanOrEqual(at(seconds + 30));
        expect(after.poll.pause?.length ?? 0).toBeLessThanOrEqual(3600e6);
        expect(after.poll.failure?.reason).toBe(
          { answered: undefined, failed: "timeout", not_found: "not_found" }[event.type],
        );
      }
    }),
  );
});

test("times are kept as they came, to the microsecond", () => {
  const { store, task } = watched();
  const odd = micros(newYear + 123_457);
  store.apply(answered(0, ended("a", { endedAt: odd })));
  expect(task().facts?.log?.endedAt).toBe(odd);
});

describe("a clock that is set back", () => {
  const hour = micros(3600e6);

  test("leaves no time of the exporter's own ahead, and the next poll is reckoned anew", () => {
    const { store, task } = watched();
    store.apply(answered(0, running("a", { progress: 10 })));
    store.apply(failed(30));
    const now = later(at(40), micros(-hour));
    store.clockSetBack({ now, step: hour, nextTick: () => later(now, micros(20e6)) });
    expect(task()).toMatchObject({
      facts: { statusSince: now, climb: { roseAt: now }, log: { progress: 10 } },
      poll: { lastAt: now, lastSuccessAt: now, failingSince: now, nextAt: later(now, micros(20e6)) },
    });
  });

  test("keeps pauses as long as they were, overdue polls overdue, and what the cloud says as it is", () => {
    const { store, task, told } = watched([member("a"), member("b", { dueAt: at(-7200) }), member("c")]);
    store.apply({ ...failed(0), retryAt: at(200) });
    store.apply({ type: "answered", ...polled(0, "c"), log: ended("c", { endedAt: at(-10) }) });
    told.length = 0;
    const now = later(at(40), micros(-hour));
    store.clockSetBack({ now, step: hour, nextTick: () => later(now, micros(20e6)) });
    expect(task("a").poll).toMatchObject({ pause: { until: later(at(200), micros(-hour)) } });
    expect(task("a").poll.nextAt).toBe(later(at(200), micros(-hour)));
    expect(task("b").poll).toEqual({ nextAt: at(-7200) });
    expect(task("c")).toMatchObject({ finished: true, facts: { log: { endedAt: at(-10) } }, poll: { lastAt: now } });
    expect(told.map(([, after]) => after?.taskId)).toEqual(["a", "c"]);
  });
});

test("a subscriber that changes a task in its turn does not make the others hear of it too early", () => {
  const { store, task } = watched();
  const heard: (boolean | undefined)[] = [];
  store.subscribe((before, after) => {
    if (after?.finished && !before?.finished) {
      store.apply({ type: "superseded", key: after.key, superseded: true });
    }
  });
  store.subscribe((_, after) => heard.push(after?.superseded));
  store.apply(answered(0, ended("a")));
  expect(heard).toEqual([undefined, true]);
  expect(task().superseded).toBe(true);
});

describe("a listing", () => {
  const listed = (seconds: number, log: OperationLog, isNew: boolean): Listed => ({
    type: "listed",
    ...polled(seconds, log.id),
    log,
    isNew,
  });

  test("says what an answer about the task alone would have said", () => {
    const [one, other] = [watched(), watched()];
    one.store.apply(answered(0, running("a", { progress: 5 })));
    other.store.apply(listed(0, running("a", { progress: 5 }), true));
    expect(other.task()).toEqual(one.task());
  });

  test.each<[string, boolean, OperationLog | undefined, Micros | undefined]>([
    ["has seen the finish of a task that is new", true, undefined, at(31)],
    ["has not of one that was there before", false, undefined, undefined],
    ["has of one that was seen unfinished", false, running("a"), at(31)],
    ["has not of one that had its final status before", true, { id: "a", status: "failed" }, undefined],
  ])("%s", (_, isNew, before, seenAt) => {
    const { store, task } = watched();
    if (before) store.apply(answered(0, before));
    store.apply(listed(30, ended("a"), isNew));
    expect([task().finished, task().facts?.finishSeenAt]).toEqual([true, seenAt]);
  });
});

test("a next poll that is owed when it was owed anyway is no change", () => {
  const { store, told, task } = watched([member("a", { dueAt: at(7) })]);
  const before = task();
  store.apply({ type: "owed", key: "prod/a", nextAt: at(7) });
  expect([task() === before, told.length]).toEqual([true, 0]);
  store.apply({ type: "owed", key: "prod/a", nextAt: at(8) });
  expect([task().poll.nextAt, told.length]).toEqual([at(8), 1]);
});
