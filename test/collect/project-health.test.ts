import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createSecret } from "../../src/base/secret.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { endedTask, runningTask } from "../support/cloud.ts";
import { type ProjectPart, taskConfigs } from "../support/configs.ts";
import type { LiveExporter } from "../support/live-exporter.ts";
import { hour, minute, openLiveProject, second, startLiveProject } from "../support/live-project.ts";
import { passwordAuth, secret } from "../support/logins.ts";

/** What `cbr_up` was at each step of time, changes alone. */
async function course(exporter: LiveExporter, steps: number, ms: number): Promise<readonly (boolean | undefined)[]> {
  const seen = [exporter.up()];
  for (let step = 0; step < steps; step += 1) {
    await exporter.clock.advance(ms);
    if (exporter.up() !== seen.at(-1)) seen.push(exporter.up());
  }
  return seen;
}

describe("at the start", () => {
  test("nothing is known before the first judgement, and the first answer is a yes", async () => {
    const exporter = await startLiveProject({ collectors: { fast: { tasks: taskConfigs("a"), runOnStart: false } } });
    expect(await exporter.value('cbr_up{project="prod"}')).toBeUndefined();
    await exporter.clock.advance(30 * second);
    expect(await exporter.value('cbr_up{project="prod"}')).toBe(1);
  });

  test("a 404 alone is an answer", async () => {
    const exporter = await startLiveProject({ tasks: [] });
    expect(exporter.up()).toBe(true);
  });

  test("a collector without tasks says nothing", async () => {
    const exporter = await startLiveProject({ collectors: { none: {} } });
    expect(await course(exporter, 10, minute)).toEqual([undefined]);
  });

  test("a project that lacks a file is down at once, whatever its schedules; then it is tried again, and is up", async () => {
    const folder = await tempFolder({});
    const file = join(folder, "token");
    const daily = { tasks: taskConfigs("a"), schedule: "0 5 * * *", runOnStart: false };
    const exporter = await openLiveProject({ collectors: { daily } });
    await exporter.reload(exporter.config(undefined, { auth: { method: "token_file", path: file } }), {
      broken: new Set(["prod"]),
    });
    expect(exporter.up()).toBe(false);
    expect(exporter.log.messages("warn")).toEqual(["Polls failed"]);
    await writeFile(file, "demo-token\n");
    await exporter.clock.advance(2 * minute);
    expect(exporter.up()).toBe(true);
    expect(exporter.simulator.requests()).toBe(1);
  });
});

describe("logins", () => {
  const byPassword = (password = "demo-password") => ({
    project: (url: string): ProjectPart => ({ iamEndpoint: url, auth: passwordAuth(secret(password)) }),
  });
  const token = (text: string): ProjectPart => ({ auth: { method: "token", token: createSecret(text) } });

  test("a password that is wrong from the first start on: down with the first run, and why in one line", async () => {
    const exporter = await startLiveProject(byPassword("wrong"));
    expect(await course(exporter, 30, minute)).toEqual([false]);
    const told = exporter.log.lines.filter(({ level }) => level === "warn");
    expect(told.map(({ msg, fields }) => [msg, fields["reason"], fields["tasks"]])).toEqual([
      ["The cloud does not answer", "unauthorized", undefined],
      ["Polls failed", "unauthorized", 2],
    ]);
    for (const { fields } of told) expect(fields["error"]).toContain("IAM does not accept the user");
  });

  test("a password that is changed later, and set right again", async () => {
    const exporter = await startLiveProject(byPassword());
    expect(exporter.up()).toBe(true);
    const user = { domain: "demo", name: "exporter" };
    exporter.simulator.setUser({ ...user, password: "another" });
    exporter.simulator.revokeTokens();
    expect(await course(exporter, 60, minute)).toEqual([true, false]);
    exporter.simulator.setUser({ ...user, password: "demo-password" });
    expect(await course(exporter, 10, minute)).toEqual([false, true]);
    expect(exporter.log.messages("info")).toContain("The cloud answers again");
  });

  test.each([
    ["answers 503", { kind: "server-error", status: 503 }],
    ["hangs up", { kind: "cut" }],
    ["hangs", { kind: "hang" }],
  ] as const)("IAM that %s from the start on is down, and up soon after it is back", async (_, fault) => {
    const exporter = await startLiveProject({ ...byPassword(), faults: { "iam:tokens": fault } });
    expect((await course(exporter, 10, minute)).at(-1)).toBe(false);
    exporter.simulator.setFault("iam:tokens", undefined);
    await exporter.clock.advance(60 * second);
    expect(exporter.up()).toBe(true);
  });

  test("a token that is refused, then another one: what was known of the old says nothing, and it is tried at once", async () => {
    const daily = { daily: { tasks: taskConfigs("a"), schedule: "0 5 * * *" } };
    const exporter = await openLiveProject({ collectors: daily });
    await exporter.reload(exporter.config(undefined, token("wrong")));
    expect(exporter.up()).toBe(false);
    await exporter.apply(exporter.config());
    expect(exporter.up()).toBeUndefined();
    await exporter.settle();
    expect(exporter.up()).toBe(true);
  });
});

describe("a cloud that fails", () => {
  test("all finished: a yes stays, and nothing is asked", async () => {
    const exporter = await startLiveProject({ tasks: [endedTask("a"), endedTask("b")] });
    exporter.simulator.setFault("*", { kind: "cut" });
    expect(await course(exporter, 10, minute)).toEqual([true]);
    expect(exporter.simulator.requests()).toBe(2);
  });

  test("429 for an hour: down, without a flicker, until it lets us in again", async () => {
    const exporter = await startLiveProject();
    exporter.simulator.setFault("*", { kind: "throttle", retryAfter: 3600 });
    expect(await course(exporter, 360, 10 * second)).toEqual([true, false]);
    exporter.simulator.setFault("*", undefined);
    expect(await course(exporter, 36, 10 * second)).toEqual([false, true]);
  });

  test("a run that a hold kept from asking says nothing", async () => {
    const exporter = await startLiveProject();
    exporter.simulator.setFault("b", { kind: "throttle", retryAfter: 240, times: 1 });
    await exporter.clock.advance(30 * second);
    const asked = exporter.simulator.requests();
    expect(await course(exporter, 6, 30 * second)).toEqual([true]);
    expect(exporter.simulator.requests()).toBe(asked);
  });

  test("a daily run in a bad minute is made up for a minute later", async () => {
    const exporter = await startLiveProject({
      collectors: { daily: { tasks: taskConfigs("a"), schedule: "0 5 * * *" } },
    });
    exporter.simulator.setFault("*", { kind: "server-error", times: 1 });
    await exporter.clock.advance(5 * hour);
    expect(exporter.up()).toBe(false);
    await exporter.clock.advance(minute);
    expect(exporter.up()).toBe(true);
  });

  test("a long run in which it falls silent is judged after a minute, and its next answer is a yes", async () => {
    const ids = Array.from({ length: 50 }, (_, at) => `t${at}`);
    const exporter = await startLiveProject({
      collectors: { fast: { tasks: taskConfigs(...ids) } },
    });
    exporter.simulator.setFault("*", { kind: "hang" });
    await exporter.clock.advance(30 * second);
    await exporter.clock.advance(55 * second);
    expect(exporter.up()).toBe(true);
    await exporter.clock.advance(6 * second);
    expect(exporter.up()).toBe(false);
    const told = exporter.log.lines.filter(({ msg }) => msg === "The cloud does not answer");
    expect(told.map(({ fields }) => fields["reason"])).toEqual(["timeout"]);
    exporter.simulator.setFault("*", undefined);
    await exporter.clock.advance(11 * second);
    expect(exporter.up()).toBe(true);
  });

  test("a slow rate is no silence: nothing was asked in that minute", async () => {
    const exporter = await startLiveProject({
      collectors: { fast: { tasks: taskConfigs("a", "b", "c") } },
      project: { rateLimit: 0.01 },
    });
    expect(await course(exporter, 60, 10 * second)).toEqual([true]);
  });

  test("a daily collector beside a fast one: the cloud goes down between the daily's ticks, and comes back", async () => {
    const exporter = await startLiveProject({
      collectors: { fast: { tasks: taskConfigs("a") }, daily: { tasks: taskConfigs("b"), schedule: "30 0 * * *" } },
    });
    exporter.simulator.setFault("*", { kind: "server-error" });
    expect(await course(exporter, 60, minute)).toEqual([true, false]);
    exporter.simulator.setFault("*", undefined);
    expect(await course(exporter, 30, minute)).toEqual([false, true]);
  });
});

describe("trouble of single tasks", () => {
  test.each(Array.from({ length: 10 }, (_, at) => 3 * at))(
    "a collector that always fails beside a good one, %d s apart: down never again after the good one has answered",
    async (phase) => {
      const exporter = await startLiveProject({
        collectors: {
          good: { tasks: taskConfigs("a") },
          broken: { tasks: taskConfigs("b"), schedule: `${phase},${phase + 30} * * * * *` },
        },
        faults: { b: { kind: "server-error" } },
      });
      await exporter.clock.advance(minute);
      expect(await course(exporter, 150, 2 * second)).toEqual([true]);
    },
  );

  test("a task that hangs, with attempts longer than a minute, is its own trouble once something else was answered", async () => {
    const exporter = await startLiveProject({ project: { timeoutMs: 100_000 } });
    exporter.simulator.setFault("b", { kind: "hang" });
    await exporter.clock.advance(5 * minute);
    expect(await course(exporter, 300, second)).toEqual([true]);
  });

  test("a task that breaks, and is asked for alone until the next tick of an hourly schedule, is no outage", async () => {
    const exporter = await startLiveProject({
      collectors: { hourly: { tasks: taskConfigs("a", "b"), schedule: "0 * * * *" } },
      project: { retries: 3 },
      faults: { b: { kind: "server-error" } },
    });
    expect(await course(exporter, 90, minute)).toEqual([true]);
  });

  test("the last unfinished task breaks: that cannot be told from an outage", async () => {
    const exporter = await startLiveProject({ tasks: [endedTask("a"), runningTask("b")] });
    exporter.simulator.setFault("b", { kind: "server-error" });
    expect(await course(exporter, 60, minute)).toEqual([true, false]);
  });

  test("the last unfinished task was broken while others were answered", async () => {
    const exporter = await startLiveProject({ faults: { b: { kind: "server-error" } } });
    await exporter.clock.advance(2 * minute);
    exporter.simulator.setTask(endedTask("a"));
    expect(await course(exporter, 60, minute)).toEqual([true]);
  });

  test("a reload that removes what failed leaves nothing that could clear the no: it is absent", async () => {
    const both = { good: { tasks: taskConfigs("a") }, bad: { tasks: taskConfigs("b") } };
    const exporter = await startLiveProject({ collectors: both, tasks: [endedTask("a"), runningTask("b")] });
    exporter.simulator.setFault("b", { kind: "server-error" });
    await exporter.clock.advance(minute);
    expect(exporter.up()).toBe(false);
    await exporter.reload(exporter.config({ good: both.good }));
    expect(exporter.up()).toBeUndefined();
  });
});

describe("tasks that change in mid-run", () => {
  const slow = { tasks: taskConfigs("a", "b"), schedule: "0 5 * * *" };

  /** Task `a` fails, `b` is well; then the cloud is silent while a run asks for both, `a` last. */
  async function silent() {
    const exporter = await startLiveProject({
      collectors: { slow },
      faults: { a: { kind: "server-error" } },
    });
    expect(exporter.up()).toBe(true);
    exporter.simulator.setFault("*", { kind: "hang" });
    return exporter;
  }
  const watch = async (exporter: Awaited<ReturnType<typeof silent>>, ...ids: readonly string[]) => {
    await exporter.reload(exporter.config({ slow: { ...slow, tasks: taskConfigs(...ids) } }));
  };

  test("one that left says nothing, though the run was to ask for it", async () => {
    const exporter = await silent();
    await exporter.clock.advance(5 * hour - 5 * second);
    exporter.simulator.setFault("b", { kind: "hang" });
    await exporter.clock.advance(6 * second);
    await watch(exporter, "a");
    await exporter.clock.advance(30 * second);
    expect(exporter.up()).toBe(true);
  });

  test("one that came counts with the rest", async () => {
    const exporter = await silent();
    await watch(exporter, "a", "b", "c");
    await exporter.clock.advance(30 * second);
    expect(exporter.up()).toBe(false);
  });
});
