import { afterAll, beforeAll, expect, test } from "vitest";
import { fixedTask } from "../../src/simulator/sim-task.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { vendorProjectId } from "../../src/simulator/vendor-example.ts";

const body = (id: string, part: Readonly<Record<string, unknown>>) =>
  fixedTask(id, { id, status: "success", operation_type: "backup", ...part });

const tasks = [
  body("c", {
    status: "running",
    created_at: "2026-01-01T12:00:00.000000",
    vault_id: "v1",
    vault_name: "gold",
    extra_info: { resource: { id: "r1", name: "db" } },
  }),
  body("a", {
    created_at: "2026-01-01T11:59:59.999+00:00",
    provider_id: "p1",
    vault_id: "v1",
    vault_name: "gold",
    extra_info: { resource: { id: "r1", name: "db" } },
  }),
  body("b", {
    status: "failed",
    operation_type: "restore",
    created_at: "2026-01-02T00:00:00Z",
    vault_id: "v2",
    extra_info: { resource: { id: "r2", name: "db 2" } },
  }),
  body("d", { status: "waiting", created_at: null, extra_info: {} }),
];

let cloud: Simulator;
beforeAll(async () => {
  cloud = await startSimulator({ latencyMs: [0, 0], tasks });
});
afterAll(() => cloud.close());

async function list(query: string, token = "demo-token") {
  const answer = await fetch(`${cloud.url}/v3/${vendorProjectId}/operation-logs${query}`, {
    headers: { "x-auth-token": token },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test.each<[string, readonly string[]]>([
  ["", ["a", "b", "c", "d"]],
  ["limit=2", ["a", "b"]],
  ["limit=2&offset=2", ["c", "d"]],
  ["offset=4", []],
  ["status=success", ["a"]],
  ["status=failed", ["b"]],
  ["status=timeout", []],
  ["operation_type=backup", ["a", "c", "d"]],
  ["operation_type=migrate_resources", []],
  ["operation_type=backup&status=running", ["c"]],
  ["vault_id=v1", ["a", "c"]],
  ["vault_name=gold", ["a", "c"]],
  ["vault_name=gol", []],
  ["resource_id=r1", ["a", "c"]],
  ["resource_name=db", ["a", "c"]],
  ["resource_name=db%202", ["b"]],
  ["resource_name=DB", []],
  ["provider_id=p1", ["a"]],
  ["start_time=2026-01-01T12:00:00Z", ["b", "c"]],
  ["end_time=2026-01-01T12:00:00Z", ["a", "c"]],
  ["start_time=2026-01-01T12:00:00Z&end_time=2026-01-01T23:59:59Z", ["c"]],
  ["enterprise_project_id=all_granted_eps", ["a", "b", "c", "d"]],
  ["operation_type=backup&limit=1&offset=1", ["c"]],
])("a page of %s", async (query, ids) => {
  const { status, body } = await list(`?${query}`);
  expect(status).toBe(200);
  expect((body["operation_logs"] as { id: string }[]).map(({ id }) => id)).toEqual(ids);
  expect(body["count"]).toBe(ids.length);
});

test.each([
  "limit=0",
  "limit=1001",
  "limit=x",
  "limit=",
  "offset=-1",
  "offset=1.5",
  "status=done",
  "status=success,failed",
  "status=",
  "operation_type=backup,copy",
  "start_time=yesterday",
  "start_time=2026-01-01T12:00:00",
  "end_time=2026-13-01T12:00:00Z",
])("%s is refused", async (query) => {
  const { status, body } = await list(`?${query}`);
  expect([status, body["error_code"]]).toEqual([400, "BackupService.0001"]);
});

test("wants a login, and takes faults of its own", async () => {
  expect((await list("", "wrong")).status).toBe(401);
  cloud.setFault("cbr:list", { kind: "status", status: 403, times: 1 });
  expect((await list("")).status).toBe(403);
  expect((await list("")).status).toBe(200);
});
