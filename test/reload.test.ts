import { expect, test } from "vitest";
import type { Config } from "../src/config/config.ts";
import type { ShownResult } from "../src/config/shown-config.ts";
import { noLook } from "../src/config/task-files/look-at-files.ts";
import { createReloader } from "../src/reload.ts";
import { projectConfig } from "./support/configs.ts";
import { settled } from "./support/manual-clock.ts";
import { recordedLog } from "./support/recorded-log.ts";

const configOf = (...names: readonly string[]): Config => ({
  projects: names.map((name) => projectConfig({ name })),
  collectors: [],
});

function loaded(config: Config, ...broken: readonly string[]): ShownResult {
  const brokenProjects = broken.map((project) => ({ project, lines: [`config.yaml: ${project}: no such file`] }));
  return {
    ok: true,
    config,
    shown: "",
    firstLook: noLook,
    warnings: [],
    notices: ["n"],
    brokenProjects,
    brokenFiles: [],
  };
}

/** One whose loads are answered by hand. */
function reloading(config: Config = configOf("a")) {
  const loads: { answer: (result: ShownResult) => void; fail: (error: Error) => void }[] = [];
  const applied: [Config, readonly string[]][] = [];
  const log = recordedLog();
  let rejected = 0;
  const { reload } = createReloader({
    config,
    log,
    load: () => new Promise((answer, fail) => loads.push({ answer, fail })),
    apply: async (next, broken) => void applied.push([next.config, [...broken]]),
    onRejected() {
      rejected += 1;
    },
  });
  return { reload, loads, applied, log, rejected: () => rejected };
}

test("reloads that come while one is under way are one more, which reads what the last of them wants", async () => {
  const { reload, loads, applied } = reloading();
  const first = reload();
  const others = [reload(), reload(), reload()];
  await settled();
  expect(loads).toHaveLength(1);
  loads[0]?.answer(loaded(configOf("a", "b")));
  expect(await first).toEqual({ ok: true });
  await settled();
  expect(loads).toHaveLength(2);
  loads[1]?.answer(loaded(configOf("c")));
  expect(await Promise.all(others)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(applied.map(([{ projects }]) => projects.map(({ name }) => name))).toEqual([["a", "b"], ["c"]]);
  void reload();
  await settled();
  expect(loads).toHaveLength(3);
});

test("a bad one changes nothing, and is told with all that is wrong; the next is another chance", async () => {
  const { reload, loads, applied, log, rejected } = reloading();
  const bad = reload();
  loads[0]?.answer({ ok: false, problems: ["config.yaml:1:1: one", "config.yaml:2:1: two"] });
  expect(await bad).toEqual({ ok: false, problems: ["config.yaml:1:1: one", "config.yaml:2:1: two"] });
  const broken = reload();
  loads[1]?.fail(new Error("out of memory"));
  expect(await broken).toEqual({ ok: false, problems: ["Error: out of memory"] });
  expect([applied, rejected()]).toEqual([[], 2]);
  expect(log.lines.map(({ level, msg, fields }) => [level, msg, fields["problem"] ?? fields["problems"]])).toEqual([
    ["error", "Configuration", "config.yaml:1:1: one"],
    ["error", "Configuration", "config.yaml:2:1: two"],
    ["error", "Reload failed, the configuration before stays in force", 2],
    ["error", "Configuration", "Error: out of memory"],
    ["error", "Reload failed, the configuration before stays in force", 1],
  ]);
  const good = reload();
  loads[2]?.answer(loaded(configOf("b")));
  expect(await good).toEqual({ ok: true });
  expect(applied).toHaveLength(1);
});

test("a project that goes on as it is is not down because a file of it is absent for a moment; a new one is", async () => {
  const { reload, loads, applied, log } = reloading(configOf("a"));
  const done = reload();
  loads[0]?.answer(loaded(configOf("a", "b"), "a", "b"));
  await done;
  expect(applied).toEqual([[configOf("a", "b"), ["b"]]]);
  expect(log.messages("error")).toHaveLength(2);
  expect(log.messages("info")).toEqual(["Configuration"]);
});
