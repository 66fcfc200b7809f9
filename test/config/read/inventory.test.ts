import { expect, test } from "vitest";
import { problemAt, readCollector } from "./one-collector.ts";

const hour = 3_600_000;

/** What becomes of a collector with this. */
async function read(part: string) {
  const found = await readCollector(part);
  return "collector" in found ? found.collector.inventory : found;
}

const usual = { vaults: [], restorePoints: true, unprotected: [], graceMs: 6 * hour };

test("its defaults, for a collector that has nothing else", async () => {
  expect(await read("inventory: {}")).toEqual(usual);
});

test("all of it, beside a list and a discovery; a kind twice is that kind", async () => {
  const all = `tasks: [a]
    discover: {}
    inventory:
      vaults: [gold, 0e81]
      restore_points: false
      unprotected: [server, disk, turbo, workspace, disk]
      grace: 0s
      enterprise_project_id: all_granted_eps`;
  expect(await read(all)).toEqual({
    vaults: ["gold", "0e81"],
    restorePoints: false,
    unprotected: ["server", "disk", "turbo", "workspace"],
    graceMs: 0,
    enterpriseProjectId: "all_granted_eps",
  });
});

const at = (path: string, what: string) => problemAt(path, what).map((pattern) => expect.stringMatching(pattern));

test.each([
  ["inventory: yes", at("inventory", "must be a map, as inventory: \\{\\} with all its defaults")],
  ['inventory: { vaults: [""] }', at("inventory.vaults\\[0\\]", "must be the id or the name of a vault")],
  ["inventory: { restore_points: maybe }", at("inventory.restore_points", "must be true or false")],
  ["inventory: { unprotected: server }", at("inventory.unprotected", "must be a list of kinds")],
  ["inventory: { unprotected: [vm] }", at("inventory.unprotected\\[0\\]", "must be server, disk, turbo or workspace")],
  ["inventory: { grace: 32d }", at("inventory.grace", "must be a duration from 0s to 31d")],
  [
    "inventory: { enterprise_project_id: a/b }",
    at("inventory.enterprise_project_id", "must be the id of an enterprise"),
  ],
  ["inventory: { restore_point: true }", at("inventory", 'unknown key "restore_point"; did you mean "restore_points"')],
])("%s", async (collector, problems) => expect(await read(collector)).toEqual(problems));
