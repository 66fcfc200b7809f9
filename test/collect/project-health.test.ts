import { describe, expect, test } from "vitest";
import { createProjectHealth } from "../../src/collect/project-health.ts";
import { createTaskStore } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { ended, member } from "../support/task-records.ts";

function watched() {
  const store = createTaskStore();
  const health = createProjectHealth(store);
  health.setProjects(["prod"]);
  store.setMembers(new Map([["weekend", [member("a"), member("b")]]]));
  const times = { at: newYear, runAt: newYear, nextTick: newYear };
  return {
    store,
    health,
    up: () => health.states().find(({ project }) => project === "prod")?.up,
    finish: (id: string) => store.apply({ type: "answered", key: `prod/${id}`, ...times, log: ended(id) }),
  };
}

describe("whether the cloud answers", () => {
  test("is not known before the first judgement", () => {
    expect(watched().up()).toBeUndefined();
  });

  test("is yes with the first usable answer, no after a run that got nothing, yes again", () => {
    const { health, up } = watched();
    health.answered("prod");
    expect(up()).toBe(true);
    health.gotNothing("prod");
    expect(up()).toBe(false);
    health.answered("prod");
    expect(up()).toBe(true);
  });

  test("a no becomes unknown once no task is left that could clear it", () => {
    const { health, up, finish } = watched();
    health.gotNothing("prod");
    finish("a");
    expect(up()).toBe(false);
    finish("b");
    expect(up()).toBeUndefined();
  });

  test("a no becomes unknown once all tasks have left, and is there again with a new one", () => {
    const { health, up, store } = watched();
    health.gotNothing("prod");
    store.setMembers(new Map([["weekend", []]]));
    expect(up()).toBeUndefined();
    store.setMembers(new Map([["weekend", [member("c")]]]));
    expect(up()).toBe(false);
  });

  test("a yes stays when all tasks are finished", () => {
    const { health, up, finish } = watched();
    health.answered("prod");
    finish("a");
    finish("b");
    expect(up()).toBe(true);
  });
});

test("projects that stay keep what is known of them; those that leave are forgotten", () => {
  const { health } = watched();
  health.answered("prod");
  health.requested("prod", newYear);
  health.setProjects(["prod", "test"]);
  expect(health.states()).toEqual([
    { project: "prod", up: true, lastRequestAt: newYear },
    { project: "test", up: undefined, lastRequestAt: undefined },
  ]);
  health.setProjects(["test"]);
  health.answered("prod");
  health.setProjects(["prod"]);
  expect(health.states()).toEqual([{ project: "prod", up: undefined, lastRequestAt: undefined }]);
});
