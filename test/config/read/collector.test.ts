// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the configuration's own syntax
import { expect, test } from "vitest";
import { parseConfig } from "../../support/load-config.ts";
import { newYear } from "../../support/manual-clock.ts";
import { goodConfig, problemsIn } from "../parsed.ts";

const parse = (projects: readonly string[], collectors: readonly string[]) =>
  parseConfig({
    text: [
      `projects: [${projects.map((keys, index) => `{ id: p${index}, region: eu-de, auth: { token: t }, ${keys} }`)}]`,
      `collectors: [${collectors.map((keys, index) => `{ name: c${index}, schedule: "* * * * *", ${keys} }`)}]`,
    ].join("\n"),
    file: "/etc/cbr/config.yaml",
    env: { PROD: "prod", PRDO: "prdo" },
    now: newYear,
  });

const withoutPlaces = (lines: readonly string[]) => lines.map((line) => line.replace(/^\S+ /, ""));

const again = "the same task is listed already (/etc/cbr/config.yaml:2:57); list it once within a project";
const missing = "project: is missing; it may be left out only when there is one project";
const badName = "must be a name of 1 to 64 letters, digits, _, . or -";
const advice = "write the name of one of the projects";
const prod = ["name: prod"];
const both = ["name: prod", "name: test"];

/** All list the same task, which is told where they are known to be of one project. */
test.each<readonly [projects: readonly string[], collectors: readonly string[], problems: readonly string[]]>([
  [prod, ["", ""], [`collectors[1].tasks[0]: ${again}`]],
  [prod, ["", "project: prod"], [`collectors[1].tasks[0]: ${again}`]],
  [both, ["project: prod", "project: test"], []],
  [both, ["project: test", "project: test"], [`collectors[1].tasks[0]: ${again}`]],
  [both, ["", "", "project: prod"], [`collectors[0].${missing}`, `collectors[1].${missing}`]],
  [both, ["projct: prod"], ['collectors[0]: unknown key "projct"; did you mean "project"?']],
  [both, ["project: [prod]"], ["collectors[0].project: must be the name of a project"]],
  [both, ["project: prod one"], ["collectors[0].project: must be the name of a project"]],
  [both, ["project: prdo"], ['collectors[0].project: unknown project "prdo"; did you mean "prod"?']],
  [both, ['project: "${PRDO}"'], [`collectors[0].project: unknown project; ${advice}`]],
  [['name: "${PROD}"'], ["project: prdo"], [`collectors[0].project: unknown project "prdo"; ${advice}`]],
  [['name: "${PROD}"'], ["project: prod"], []],
  // The one that is meant may be the one whose name is wrong.
  [["name: prod", "name: te st"], ["project: test"], [`projects[1].name: ${badName}`]],
  [["name: prod", "name: te st"], ["project: prod"], [`projects[1].name: ${badName}`]],
  [["name: prod", "name: [test]"], ["project: test"], [`projects[1].name: ${badName}`]],
  [["name: prod", ""], ["project: test"], [`projects[1].name: is missing; it ${badName}`]],
  [[], ["project: test"], ["projects: must name at least one project"]],
])("of projects with %o, collectors with %o: %o", async (projects, collectors, problems) => {
  const result = await parse(
    projects,
    collectors.map((keys) => `tasks: [t], ${keys}`),
  );
  expect(withoutPlaces(problemsIn(result))).toEqual(problems);
  expect(result.ok).toBe(problems.length === 0);
});

test.each([
  [prod, ["discover: {}", "project: prod, discover: {}"], ["prod", "prod"]],
  [both, ["project: test, discover: {}", "project: prod, discover: {}"], ["test", "prod"]],
])("of projects with %o, collectors with %o have %o, and no tasks by themselves", async (projects, keys, expected) => {
  const { collectors } = goodConfig(await parse(projects, keys));
  expect(collectors.map(({ project, tasks }) => [project, tasks])).toEqual(expected.map((name) => [name, []]));
});

const none = "collectors[0]: tasks, task_files, discover or inventory is missing; write tasks: [] for none";
const notATask = "must be a task id, or a map with id, name and labels";
const notAPath = "must be a path or pattern of 1 to 1024 characters";

test.each<readonly [keys: string, problems: readonly string[]]>([
  ["tasks: []", []],
  ["discover: {}", []],
  ['task_files: ["none/*"]', []],
  ["task_files: [], discover: {}", []],
  ["task_files: []", [none]],
  ["labels: {}", [none]],
  ["tasks: [[x], [y]]", [`collectors[0].tasks[0]: ${notATask}`, `collectors[0].tasks[1]: ${notATask}`]],
  ["taskfiles: []", ['collectors[0]: unknown key "taskfiles"; did you mean "task_files"?']],
  ["discovr: {}", ['collectors[0]: unknown key "discovr"; did you mean "discover"?']],
  ["task_files: x", ["collectors[0].task_files: must be a list of paths or patterns, such as [ tasks/*.yaml ]"]],
  ['task_files: [""]', [`collectors[0].task_files[0]: ${notAPath}`]],
  ["task_files: [[x]]", [`collectors[0].task_files[0]: ${notAPath}`]],
])("a collector with %s: %o", async (keys, problems) => {
  expect(withoutPlaces(problemsIn(await parse(prod, [keys])))).toEqual(problems);
});

test.each([
  [1024, []],
  [1025, [`collectors[0].task_files[0]: ${notAPath}`]],
])("an entry of %d characters: %o", async (length, problems) => {
  const entry = "*".repeat(length);
  expect(withoutPlaces(problemsIn(await parse(prod, [`task_files: ["${entry}"]`])))).toEqual(problems);
});

test("each is held against the rate limit of its own project", async () => {
  const projects = ["name: prod, rate_limit: 0.001", "name: test"];
  const result = await parse(projects, ["project: test, tasks: [t]", "project: prod, tasks: [t]"]);
  expect(result.ok && withoutPlaces(result.warnings)).toEqual([
    expect.stringMatching(/^collectors\[1\]\.schedule: 1 tasks cannot be kept up with/),
  ]);
});
