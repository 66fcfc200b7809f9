import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/vendor-example.ts";
import { runningTask } from "../support/cloud.ts";

let cloud: Simulator;
beforeAll(async () => {
  cloud = await startSimulator({ latencyMs: [0, 0], tasks: ["c", "a", "b"].map((id) => runningTask(id)) });
});
afterAll(() => cloud.close());

async function list(query: string, token = "demo-token") {
  const answer = await fetch(`${cloud.url}/v3/${vendorProjectId}/operation-logs${query}`, {
    headers: { "x-auth-token": token },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test.each([
  ["", ["a", "b", "c"]],
  ["?limit=2", ["a", "b"]],
  ["?limit=2&offset=2", ["c"]],
  ["?offset=3", []],
])("a page of %s", async (query, ids) => {
  const { status, body } = await list(query);
  expect(status).toBe(200);
  expect((body["operation_logs"] as { id: string }[]).map(({ id }) => id)).toEqual(ids);
  expect(body["count"]).toBe(ids.length);
});

test.each(["?limit=0", "?limit=1001", "?limit=x", "?offset=-1"])("%s is refused", async (query) => {
  expect((await list(query)).status).toBe(400);
});

test("wants a login, and takes faults of its own", async () => {
  expect((await list("", "wrong")).status).toBe(401);
  cloud.setFault("cbr:list", { kind: "status", status: 403, times: 1 });
  expect((await list("")).status).toBe(403);
  expect((await list("")).status).toBe(200);
});
