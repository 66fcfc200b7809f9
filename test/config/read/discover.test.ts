import { expect, test } from "vitest";
import { problemAt, readCollector } from "./one-collector.ts";

const hour = 3_600_000;

/** What becomes of a collector with this. */
async function read(part: string) {
  const found = await readCollector(part);
  return "collector" in found ? { discover: found.collector.discover, notices: found.notices } : found;
}

const usual = {
  sinceMs: 168 * hour,
  operationTypes: [],
  vaults: [],
  resources: [],
  maxTasks: 2000,
  keepMs: 24 * hour,
};

test("its defaults, for a collector that has nothing else", async () => {
  expect(await read("discover: {}")).toEqual({ discover: usual, notices: [] });
});

test("all of it, beside a list", async () => {
  const all = `tasks: [a]
    discover:
      since: 2d
      operation_types: [backup, new_one]
      vaults: [gold, 0e81]
      resources: ["the \\"db\\" server"]
      enterprise_project_id: all_granted_eps
      max_tasks: 0
      keep: 31d`;
  expect(await read(all)).toEqual({
    discover: {
      sinceMs: 48 * hour,
      operationTypes: ["backup", "new_one"],
      vaults: ["gold", "0e81"],
      resources: ['the "db" server'],
      enterpriseProjectId: "all_granted_eps",
      maxTasks: 0,
      keepMs: 31 * 24 * hour,
    },
    notices: [],
  });
});

test("tasks that keep their series for less than a day are told of", async () => {
  expect(await read("discover: { keep: 0s }")).toEqual({
    discover: { ...usual, keepMs: 0 },
    notices: [
      "c.yaml:6:23: collectors[0].discover.keep: with less than 24h a task's alerts end when its series do; those of its resource go on",
    ],
  });
});

const at = (path: string, what: string) => problemAt(path, what).map((pattern) => expect.stringMatching(pattern));

test.each([
  ["discover: yes", at("discover", "must be a map, as discover: \\{\\} with all its defaults")],
  ["discover: { since: 59m }", at("discover.since", "must be a duration from 1h to 31d")],
  ["discover: { since: 32d }", at("discover.since", "must be a duration from 1h to 31d")],
  ["discover: { keep: -1s }", at("discover.keep", "must be a duration from 0s to 31d")],
  ["discover: { max_tasks: 50001 }", at("discover.max_tasks", "must be a whole number from 0 to 50000")],
  ["discover: { operation_types: backup }", at("discover.operation_types", "must be a list of operation types")],
  ["discover: { operation_types: [Backup] }", at("discover.operation_types\\[0\\]", "must be an operation type")],
  ['discover: { vaults: [""] }', at("discover.vaults\\[0\\]", "must be the id or the name of a vault")],
  ['discover: { resources: ["a\\nb"] }', at("discover.resources\\[0\\]", "must be the id or the name of a resource")],
  ["discover: { enterprise_project_id: a/b }", at("discover.enterprise_project_id", "must be the id of an enterprise")],
  ["discover: { max_task: 5 }", at("discover", 'unknown key "max_task"; did you mean "max_tasks"')],
  ["discovr: {}", [expect.stringContaining('unknown key "discovr"; did you mean "discover"')]],
])("%s", async (collector, problems) => expect(await read(collector)).toEqual(problems));
