import { expect, test } from "vitest";
import type { Fault } from "../../../src/simulator/faults/kinds.ts";
import { openCloud } from "../../support/cloud.ts";
import { errorOf } from "../../support/error-of.ts";
import { never } from "../../support/never.ts";

/** What tells whether a login may list. */
const one = { limit: 1, offset: 0 };

test("a login that may list tasks is told so by one request, also where there are none", async () => {
  const { api, observer } = await openCloud({}, { tasks: [] });
  await expect(api.listOperationLogs(one, never)).resolves.toMatchObject({ records: [] });
  expect(observer.attempts).toEqual({ "ListOpLogs 200": 1 });
});

test("a login without the right is told which one it needs", async () => {
  const { api } = await openCloud({ id: "another-project" });
  const error = await errorOf(api.listOperationLogs(one, never));
  expect(error).toMatchObject({ reason: "forbidden", operation: "ListOpLogs" });
  expect(error.message).toContain("cbr:tasks:list");
});

const noList = "the answer holds no list of tasks";

test.each<[string, Fault, string]>([
  ["a page", { kind: "html" }, "the answer is not JSON"],
  ["an empty object", { kind: "wrong-shape" }, noList],
  ["a list without a name", { kind: "wrong-shape", shape: "list" }, noList],
])("an answer of %s says nothing about the right", async (_, fault, said) => {
  const { api, simulator } = await openCloud();
  simulator.setFault("cbr:list", fault);
  const { reason, message } = await errorOf(api.listOperationLogs(one, never));
  expect([reason, message]).toEqual(["bad_body", said]);
});
