import { expect, test } from "vitest";
import { micros } from "../../src/base/micros.ts";
import { membersOf } from "../../src/collect/members.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { newYear } from "../support/manual-clock.ts";

const config = {
  projects: [projectConfig()],
  collectors: [
    collectorConfig({ name: "weekend", labels: { team: "storage" } }),
    collectorConfig({ name: "daily", project: "test" }),
    collectorConfig({ name: "empty", labels: { unused: "x" } }),
  ],
};

test("each task has the project and name of its place, and the union of all extra labels in one order", () => {
  const lists = new Map([
    ["weekend", [{ id: "a", name: "db", labels: { zone: "1", team: "payments" } }]],
    ["daily", [{ id: "b", labels: {} }]],
  ]);
  const members = membersOf(config, lists, (collector) => (collector === "daily" ? newYear : micros(0)));
  expect([...members.keys()]).toEqual(["weekend", "daily", "empty"]);
  expect(members.get("weekend")).toEqual([
    {
      project: "prod",
      taskId: "a",
      dueAt: 0,
      origin: { collector: "weekend", name: "db", labels: { team: "payments", unused: "", zone: "1" } },
    },
  ]);
  expect(members.get("daily")).toEqual([
    {
      project: "test",
      taskId: "b",
      dueAt: newYear,
      origin: { collector: "daily", labels: { team: "", unused: "", zone: "" } },
    },
  ]);
  expect(members.get("empty")).toEqual([]);
  const orders = [...members.values()].flat().map(({ origin }) => Object.keys(origin.labels).join());
  expect(new Set(orders)).toEqual(new Set(["team,unused,zone"]));
});

test("a label that has the name of what every object inherits is a label like any other", () => {
  const lists = new Map([
    ["weekend", [{ id: "a", labels: { constructor: "x" } }]],
    ["daily", taskConfigs("b")],
  ]);
  const members = membersOf(config, lists, () => newYear);
  expect(members.get("daily")?.[0]?.origin.labels["constructor"]).toBe("");
});
