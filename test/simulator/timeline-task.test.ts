import fc from "fast-check";
import { expect, test } from "vitest";
import type { SimTask } from "../../src/simulator/sim-task.ts";
import { fixedTask } from "../../src/simulator/sim-task.ts";
import { type TimelineTaskOptions, timelineTask } from "../../src/simulator/timeline-task.ts";

const beganMs = Date.UTC(2026, 10, 24, 12);
const base = { id: "t-1", operationType: "backup", outcome: "success", waitSeconds: 10, runSeconds: 100 } as const;

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

const outcomes = fc.constantFrom("success", "failed", "timeout", "skipped");
const span = fc.oneof(fc.constantFrom(0, Number.POSITIVE_INFINITY), fc.double({ min: 0, max: 1e5, noNaN: true }));
const timelines: fc.Arbitrary<TimelineTaskOptions> = fc
  .record({ id: fc.uuid(), outcome: outcomes, waitSeconds: span, runSeconds: span, agoSeconds: fc.nat(100_000) })
  .map((drawn) => ({ operationType: "backup", ...drawn }) as TimelineTaskOptions);

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

test("a running task's progress moves a percent for each hundredth of its run", () => {
  const task = timelineTask(base);
  const progress = Array.from({ length: 101 }, (_, second) => at(task, 10 + second).extra_info.common.progress);
  expect(progress).toEqual(Array.from({ length: 101 }, (_, percent) => percent));
});

test("phases begin at the whole second asked for", () => {
  const task = timelineTask(base);
  expect([9.998, 10, 109.998, 110].map((seconds) => at(task, seconds).status)).toEqual([
    "waiting",
    "running",
    "running",
    "success",
  ]);
});

test("a duration is exactly the run", () => {
  const { started_at, ended_at } = at(timelineTask({ ...base, id: "t-2", runSeconds: 60 }), 1000);
  expect(String(started_at).slice(-7)).toBe(String(ended_at).slice(-7));
  expect(Date.parse(`${ended_at}Z`) - Date.parse(`${started_at}Z`)).toBe(60_000);
});

test.each([
  ["success", 100, ""],
  ["failed", 60, "BackupService.9999"],
  ["timeout", 60, ""],
  ["skipped", 0, ""],
] as const)("%s ends at %i %% with the code %j", (outcome, progress, code) => {
  const task = timelineTask({ ...base, outcome });
  expect(at(task, 50).error_info).toEqual({ code: "", message: "" });
  expect(at(task, 200)).toMatchObject({ status: outcome, error_info: { code }, extra_info: { common: { progress } } });
});

test("error, place of failure, spelling and parts can be chosen", () => {
  const task = timelineTask({
    ...base,
    outcome: "failed",
    stopsAt: 7,
    error: { code: "X.1", message: "no" },
    spelling: "seconds",
    resource: { type: "OS::Nova::Server", id: "r", name: "n" },
    vaultName: "v",
    policyId: "po",
    providerId: "pr",
    parts: ({ progress }) => ({ sync: { sync_backup_num: progress } }),
  });
  expect(at(task, 110)).toMatchObject({
    error_info: { code: "X.1", message: "no" },
    created_at: expect.stringMatching(/:\d\dZ$/),
    vault_name: "v",
    policy_id: "po",
    provider_id: "pr",
    project_id: "p",
    extra_info: { common: { progress: 7 }, resource: { name: "n" }, sync: { sync_backup_num: 7 } },
  });
});

test("a fixed task answers just what it was given", () => {
  const task = fixedTask("f", { status: 7, operation_type: "sync" });
  expect(task.operationType).toBe("sync");
  expect(task.body({ beganMs, elapsedMs: 5, projectId: "p" })).toEqual({ status: 7, operation_type: "sync" });
  expect(fixedTask("f", {}).operationType).toBe("");
});
