import fc from "fast-check";
import { expect, test } from "vitest";
import type { SimTask } from "../../../src/simulator/tasks/sim-task.ts";
import { type Outcome, type TimelineTaskOptions, timelineTask } from "../../../src/simulator/tasks/timeline-task.ts";

const beganMs = Date.UTC(2026, 10, 24, 12);
const base = { id: "t-1", life: { wait: 10, run: 100 } };

interface Body {
  status: string;
  created_at: string;
  started_at: string | null;
  updated_at: string;
  ended_at: string | null;
  error_info: { code: string; message: string };
  extra_info: { common: { progress: number } };
}

function at(task: SimTask, seconds: number): Body {
  return task.body({ beganMs, elapsedMs: seconds * 1000, projectId: "p" }) as unknown as Body;
}

const span = fc.oneof(fc.constantFrom(0, Number.POSITIVE_INFINITY), fc.double({ min: 0, max: 1e5, noNaN: true }));
const timelines: fc.Arbitrary<TimelineTaskOptions> = fc.record({
  id: fc.uuid(),
  outcome: fc.constantFrom<Outcome>("success", "failed", "timeout", "skipped"),
  life: fc.record({ ago: fc.nat(100_000), wait: span, run: span }),
});

/** 0 waiting, 1 running, 2 ended. */
const stage = (status: string) => ({ waiting: 0, running: 1 })[status] ?? 2;
const micros = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;

test("a task only ever moves forward, and ended_at is there when it has ended", () => {
  fc.assert(
    fc.property(timelines, fc.array(fc.nat(250_000), { minLength: 2, maxLength: 20 }), (options, moments) => {
      const task = timelineTask(options);
      let before: Body | undefined;
      for (const seconds of moments.sort((a, b) => a - b)) {
        const body = at(task, seconds);
        const now = new Date(beganMs + seconds * 1000).toISOString().replace("Z", "999");
        for (const time of [body.created_at, body.updated_at]) expect(time).toMatch(micros);
        expect(body.started_at === null).toBe(body.status === "waiting");
        expect(body.ended_at === null).toBe(stage(body.status) < 2);
        if (body.started_at !== null) expect(body.started_at >= body.created_at).toBe(true);
        if (body.ended_at !== null) expect(body.ended_at >= (body.started_at as string)).toBe(true);
        expect(body.updated_at >= body.created_at && body.updated_at <= now).toBe(true);
        const { progress } = body.extra_info.common;
        expect(Number.isInteger(progress) && progress >= 0 && progress <= 100).toBe(true);
        if (before) {
          expect(stage(body.status)).toBeGreaterThanOrEqual(stage(before.status));
          expect(progress).toBeGreaterThanOrEqual(before.extra_info.common.progress);
          expect(body.updated_at >= before.updated_at).toBe(true);
          expect(body.created_at).toBe(before.created_at);
          if (before.ended_at !== null) expect(body).toEqual(before);
        }
        before = body;
      }
    }),
  );
});

test("phases begin at the whole second asked for, and a run is exactly as long as asked for", () => {
  const task = timelineTask(base);
  expect([9.998, 10, 109.998, 110].map((seconds) => at(task, seconds).status)).toEqual([
    "waiting",
    "running",
    "running",
    "success",
  ]);
  const { started_at, ended_at } = at(task, 1000);
  expect(String(started_at).slice(-7)).toBe(String(ended_at).slice(-7));
  expect(Date.parse(`${ended_at}Z`) - Date.parse(`${started_at}Z`)).toBe(100_000);
});

test.each([
  ["success", 50, 100, ""],
  ["failed", 30, 60, "BackupService.9999"],
  ["timeout", 30, 60, ""],
  ["skipped", 0, 0, ""],
] as const)("%s is half way at %i %%, and ends at %i %% with the code %j", (outcome, half, progress, code) => {
  const task = timelineTask({ ...base, outcome });
  const noError = { code: "", message: "" };
  expect(at(task, 60)).toMatchObject({ error_info: noError, extra_info: { common: { progress: half } } });
  expect(at(task, 200)).toMatchObject({ status: outcome, error_info: { code }, extra_info: { common: { progress } } });
});
