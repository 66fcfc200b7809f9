import { describe, expect, test } from "vitest";
import { micros } from "../../src/tasks/micros.ts";
import { statuses } from "../../src/tasks/operation-log.ts";
import { afterAnswer, afterNotFound, durationOf, isFinished, pauseAfter, statusOf } from "../../src/tasks/rules.ts";
import type { TaskFacts } from "../../src/tasks/task-record.ts";
import { newYear } from "../support/manual-clock.ts";

const id = "a";
const endedAt = newYear;
const facts = (part: Partial<TaskFacts>): TaskFacts => ({ found: true, finalPolls: 0, ...part });

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
      known = afterAnswer(known, { id, status });
      counts.push(known.finalPolls);
    }
    expect(counts).toEqual([0, 1, 2, 1, 2, 0, 1]);
  });

  test("a task that is not found in between starts to be counted anew", () => {
    const once = afterAnswer(undefined, { id, status: "success" });
    expect(afterAnswer(afterNotFound(once), { id, status: "success" }).finalPolls).toBe(1);
  });

  test("the end, once there, needs no counting", () => {
    const once = afterAnswer(undefined, { id, status: "success" });
    expect(afterAnswer(once, { id, status: "success", endedAt })).toMatchObject({ finalPolls: 0, log: { endedAt } });
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
    expect(afterAnswer(before, { id, status: "success" }).log).toEqual({ ...named, status: "success" });
  });

  test("is replaced by an answer with it, each part on its own", () => {
    const { log } = afterAnswer(before, { id, status: "running", resourceName: "new", backup: { name: "new" } });
    expect(log).toMatchObject({ resourceId: "r", resourceName: "new", backup: { id: "b", name: "new" } });
  });

  test("outlives a 404", () => {
    const { log, found } = afterNotFound(before);
    expect([log, found]).toEqual([before.log, false]);
    expect(afterAnswer(afterNotFound(before), { id, status: "running" }).log).toMatchObject({ resourceName: "n" });
  });

  test("is not invented", () => {
    expect(afterAnswer(facts({ log: { id, status: "running" } }), { id, status: "success" }).log).toEqual({
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
