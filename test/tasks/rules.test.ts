import { describe, expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { type OperationLog, statuses } from "../../src/tasks/operation-log.ts";
import {
  afterAnswer,
  afterNotFound,
  durationOf,
  endOf,
  isFinished,
  pauseAfter,
  statusOf,
} from "../../src/tasks/rules.ts";
import type { TaskFacts } from "../../src/tasks/task-record.ts";
import { newYear } from "../support/manual-clock.ts";
import { facts } from "../support/task-records.ts";

const id = "a";
const endedAt = newYear;
const at = (minute: number) => micros(newYear + minute * 60e6);

describe("status", () => {
  test.each<[string, TaskFacts | undefined, string]>([
    ["never answered", undefined, "unknown"],
    ["answered", facts({ log: { id, status: "running" } }), "running"],
    ["not found, ever", facts({ found: false }), "unknown"],
    ["found once, but not any more", facts({ found: false, log: { id, status: "running" } }), "unknown"],
    ["found, but without an answer", facts({}), "unknown"],
  ])("of a task %s", (_, known, status) => expect(statusOf(known ? { facts: known } : {})).toBe(status));
});

describe("finished", () => {
  test.each(statuses)("%s, with an end", (status) => {
    expect(isFinished(facts({ log: { id, status, endedAt } }))).toBe(
      ["success", "skipped", "failed", "timeout"].includes(status),
    );
  });

  test.each<[string, TaskFacts | undefined, boolean]>([
    ["nothing known", undefined, false],
    ["a final status without its end", facts({ log: { id, status: "success" }, finalPolls: 1 }), false],
    ["the same, twice", facts({ log: { id, status: "success" }, finalPolls: 2 }), false],
    ["the same, three times", facts({ log: { id, status: "success" }, finalPolls: 3 }), true],
    ["no final status, three times", facts({ log: { id, status: "running" }, finalPolls: 3 }), false],
    ["not found", facts({ found: false, log: { id, status: "success", endedAt } }), false],
    ["found, without an answer", facts({ finalPolls: 3 }), false],
  ])("%s: %s", (_, known, finished) => expect(isFinished(known)).toBe(finished));

  test("a final status without its end is counted while it stays the same", () => {
    let known: TaskFacts | undefined;
    const counts: number[] = [];
    for (const status of ["running", "failed", "failed", "success", "success", "running", "success"] as const) {
      known = afterAnswer(known, { id, status }, newYear);
      counts.push(known.finalPolls);
    }
    expect(counts).toEqual([0, 1, 2, 1, 2, 0, 1]);
  });

  test("a task that is not found in between starts to be counted anew", () => {
    const once = afterAnswer(undefined, { id, status: "success" }, newYear);
    expect(afterAnswer(afterNotFound(once, newYear), { id, status: "success" }, newYear).finalPolls).toBe(1);
  });

  test("the end, once there, needs no counting", () => {
    const once = afterAnswer(undefined, { id, status: "success" }, newYear);
    expect(afterAnswer(once, { id, status: "success", endedAt }, newYear)).toMatchObject({
      finalPolls: 0,
      log: { endedAt },
    });
  });
});

describe("duration", () => {
  test.each([
    ["no answer", undefined, undefined],
    ["no start", { endedAt }, undefined],
    ["no end", { startedAt: newYear }, undefined],
    ["both", { startedAt: micros(newYear - 1), endedAt }, 1],
    ["both at once", { startedAt: newYear, endedAt }, 0],
    ["the wrong way round", { startedAt: micros(newYear + 1), endedAt }, undefined],
  ])("%s", (_, log, duration) => expect(durationOf(log && { id, status: "success", ...log })).toBe(duration));
});

describe("what names a task", () => {
  const before = facts({
    log: {
      id,
      status: "running",
      operationType: "backup",
      resourceId: "r",
      resourceName: "n",
      resourceType: "t",
      vaultId: "v",
      vaultName: "w",
      policyId: "p",
      checkpointId: "c",
      providerId: "q",
      backup: { id: "b", name: "m" },
      progress: 40,
      error: { code: "X" },
    },
  });

  test("is not blanked by an answer without it; what else there was, is", () => {
    const { progress: _, error: __, ...named } = before.log ?? { id, status: "running" };
    expect(afterAnswer(before, { id, status: "success" }, newYear).log).toEqual({ ...named, status: "success" });
  });

  test("is replaced by an answer with it, each part on its own", () => {
    const { log } = afterAnswer(
      before,
      { id, status: "running", resourceName: "new", backup: { name: "new" } },
      newYear,
    );
    expect(log).toMatchObject({ resourceId: "r", resourceName: "new", backup: { id: "b", name: "new" } });
  });

  test("outlives a 404", () => {
    const { log, found } = afterNotFound(before, newYear);
    expect([log, found]).toEqual([before.log, false]);
    expect(afterAnswer(afterNotFound(before, newYear), { id, status: "running" }, newYear).log).toMatchObject({
      resourceName: "n",
    });
  });

  test("is not invented", () => {
    expect(afterAnswer(facts({ log: { id, status: "running" } }), { id, status: "success" }, newYear).log).toEqual({
      id,
      status: "success",
    });
  });
});

describe("pauses", () => {
  const missing = facts({ found: false });
  const seconds = (value: number) => micros(value * 1e6);

  test.each<[string, TaskFacts]>([
    ["a task that is not found", missing],
    ["an ended task of a status that this version does not know", facts({ log: { id, status: "unknown", endedAt } })],
  ])("%s is asked for less and less often, at most hourly", (_, known) => {
    let pause = pauseAfter(undefined, known, newYear);
    const lengths: number[] = [];
    for (let n = 0; n < 10 && pause; n += 1) {
      expect(pause.until).toBe(newYear + (pause.length ?? 0));
      lengths.push((pause.length ?? 0) / 1e6);
      pause = pauseAfter(pause, known, newYear);
    }
    expect(lengths).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  test.each<[string, TaskFacts]>([
    ["that is found", facts({ log: { id, status: "running" } })],
    ["of an unknown status, while it has no end", facts({ log: { id, status: "unknown" } })],
    ["that was found without an answer", facts({})],
  ])("a task %s has none", (_, known) => {
    expect(pauseAfter({ until: newYear, length: seconds(60) }, known, newYear)).toBeUndefined();
  });

  test("one that a server asked for does not count as the last", () => {
    expect(pauseAfter({ until: newYear }, missing, newYear)).toEqual({
      until: newYear + seconds(30),
      length: seconds(30),
    });
  });
});

describe("facts that a rule would have to remember", () => {
  type Poll = Partial<OperationLog> | "404";

  /** The facts after each poll, one a minute. */
  function history(polls: readonly Poll[]): readonly TaskFacts[] {
    let known: TaskFacts | undefined;
    return polls.map((poll, minute) => {
      known =
        poll === "404"
          ? afterNotFound(known, at(minute))
          : afterAnswer(known, { id, status: "running", ...poll }, at(minute));
      return known;
    });
  }

  test.each<[string, readonly Poll[], readonly number[]]>([
    ["from its first answer on", [{}, {}, {}], [0, 0, 0]],
    ["anew with another", [{ status: "waiting" }, {}, {}, { status: "failed" }], [0, 1, 1, 3]],
    ["of a status that is not known too", [{ status: "unknown" }, { status: "unknown" }], [0, 0]],
    ["from the first 404 on, and anew when it is found again", ["404", "404", {}, "404", {}], [0, 0, 2, 3, 4]],
    ["anew where an unknown status is found after a 404", ["404", { status: "unknown" }], [0, 1]],
  ])("the status is there %s", (_, polls, minutes) => {
    expect(history(polls).map(({ statusSince }) => statusSince)).toEqual(minutes.map(at));
  });

  test.each<[string, readonly Poll[], readonly (number | undefined)[]]>([
    ["with the first answer that shows it running", [{ status: "waiting" }, {}, {}], [undefined, 1, 1]],
    [
      "with each answer above all before",
      [{ progress: 0 }, { progress: 0 }, { progress: 5 }, { progress: 6 }],
      [0, 0, 2, 3],
    ],
    [
      "not when it comes back to where it was",
      [{ progress: 9 }, { progress: 3 }, { progress: 9 }, { progress: 10 }],
      [0, 0, 0, 3],
    ],
    ["with the first that is told at all", [{}, { progress: 0 }, {}], [0, 1, 1]],
    ["over a 404", [{ progress: 9 }, "404", { progress: 9 }], [0, 0, 0]],
    ["anew when it runs again", [{ progress: 9 }, { status: "waiting" }, { progress: 1 }], [0, undefined, 2]],
    ["no more once it has ended", [{ progress: 9 }, { status: "success", progress: 100 }], [0, undefined]],
  ])("progress rises %s", (_, polls, minutes) => {
    const rises = history(polls).map(({ climb }) => climb?.roseAt);
    expect(rises).toEqual(minutes.map((minute) => (minute === undefined ? undefined : at(minute))));
  });

  test.each<[string, readonly Poll[], readonly (number | undefined)[]]>([
    ["of a task that was seen unfinished", [{}, { status: "failed" }, { status: "failed" }], [undefined, 1, 1]],
    [
      "of one that was waiting, or of a status that is not known",
      [{ status: "unknown" }, { status: "success" }],
      [undefined, 1],
    ],
    [
      "not of one that was finished already",
      [{ status: "success" }, { status: "success", endedAt }],
      [undefined, undefined],
    ],
    ["not of one of which only a 404 is known", ["404", { status: "success" }], [undefined, undefined]],
    ["over a 404", [{}, "404", { status: "timeout" }], [undefined, undefined, 2]],
    ["anew after it ran again", [{}, { status: "failed" }, {}, { status: "success" }], [undefined, 1, undefined, 3]],
  ])("a finish is seen %s", (_, polls, minutes) => {
    const seen = history(polls).map(({ finishSeenAt }) => finishSeenAt);
    expect(seen).toEqual(minutes.map((minute) => (minute === undefined ? undefined : at(minute))));
  });
});

test("what is not known is no property at all, so that records compare", () => {
  const once = afterAnswer(undefined, { id, status: "running" }, newYear);
  expect(once).toStrictEqual({
    log: { id, status: "running" },
    found: true,
    finalPolls: 0,
    statusSince: newYear,
    climb: { roseAt: newYear },
  });
  expect(afterAnswer(once, { id, status: "running" }, newYear)).toStrictEqual(once);
});

test.each<[string, Partial<TaskFacts>, Partial<OperationLog> | undefined, number | undefined]>([
  ["its end", { finishSeenAt: at(3) }, { endedAt: at(1), updatedAt: at(2) }, 1],
  ["its last change", { finishSeenAt: at(3) }, { updatedAt: at(2) }, 2],
  ["when its finish was seen", { finishSeenAt: at(3) }, {}, 3],
  ["since when its status is known", {}, {}, 4],
  ["nothing, of one that never answered", {}, undefined, undefined],
])("a task ended at %s", (_, facts, log, minute) => {
  const known = log && { log: { id, status: "success" as const, ...log } };
  const end = endOf({ found: true, finalPolls: 0, statusSince: at(4), ...facts, ...known });
  expect(end).toBe(minute === undefined ? undefined : at(minute));
});

test("of a task without facts no end is known", () => expect(endOf(undefined)).toBeUndefined());
