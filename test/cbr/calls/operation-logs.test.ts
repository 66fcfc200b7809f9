import { expect, test } from "vitest";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import { openCloud } from "../../support/cloud.ts";
import { errorOf } from "../../support/error-of.ts";
import { never } from "../../support/never.ts";

test("a login that may list tasks is told so by one request, also where there are none", async () => {
  const { api, observer } = await openCloud({}, { tasks: [] });
  await expect(api.probeList(never)).resolves.toBeUndefined();
  expect(observer.attempts).toEqual({ "ListOpLogs 200": 1 });
});

test("a login without the right is told which one it needs", async () => {
  const { api } = await openCloud({ id: "another-project" });
  const error = await errorOf(api.probeList(never));
  expect(error).toMatchObject({ reason: "forbidden", operation: "ListOpLogs" });
  expect(error.message).toContain("cbr:tasks:list");
});

test.each<[string, Fault]>([
  ["a page", { kind: "html" }],
  ["an empty object", { kind: "wrong-shape" }],
  ["a list without a name", { kind: "wrong-shape", shape: "list" }],
])("an answer of %s says nothing about the right", async (_, fault) => {
  const { api, simulator } = await openCloud();
  simulator.setFault("cbr:list", fault);
  const { reason, message } = await errorOf(api.probeList(never));
  expect([reason, message]).toEqual(["bad_body", "the answer holds no list of tasks"]);
});
