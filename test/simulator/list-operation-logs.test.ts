import { describe, expect, test } from "vitest";
import type { ListingManner } from "../../src/simulator/listing.ts";
import { fixedTask } from "../support/cloud.ts";
import { start } from "./start.ts";

const task = (id: string, part: Readonly<Record<string, unknown>>) =>
  fixedTask(id, { id, status: "success", operation_type: "backup", ...part });
const resource = (id: string, name: string) => ({ extra_info: { resource: { id, name } } });

const tasks = [
  task("c", { status: "running", created_at: "2026-01-01T12:00:00.000000", vault_id: "v1", ...resource("r1", "db") }),
  task("a", {
    created_at: "2026-01-01T11:59:59.999+00:00",
    started_at: "2026-01-01T12:00:01Z",
    provider_id: "p1",
    vault_id: "v1",
    vault_name: "gold",
  }),
  task("b", {
    status: "failed",
    operation_type: "restore",
    created_at: "2026-01-02T00:00:00Z",
    ...resource("r2", "d b"),
  }),
  task("d", { status: "waiting", created_at: null, extra_info: {} }),
];

async function list(query: string) {
  const simulator = await start({ tasks, projectId: "p" });
  const url = `${simulator.url}/v3/p/operation-logs?${query}`;
  const ask = async (token = "demo-token") => {
    const answer = await fetch(url, { headers: { "x-auth-token": token } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { simulator, ask, ...(await ask()) };
}

test.each<[string, readonly string[]]>([
  ["", ["a", "b", "c", "d"]],
  ["limit=2", ["a", "b"]],
  ["limit=2&offset=2", ["c", "d"]],
  ["status=failed", ["b"]],
  ["operation_type=backup&limit=1&offset=1", ["c"]],
  ["vault_id=v1", ["a", "c"]],
  ["vault_name=gol", []],
  ["vault_name=gold", ["a"]],
  ["resource_id=r1", ["c"]],
  ["resource_name=d%20b", ["b"]],
  ["provider_id=p1", ["a"]],
  ["start_time=2026-01-01T12:00:00Z", ["b", "c"]],
  ["end_time=2026-01-01T12:00:00Z", ["a", "c"]],
  ["start_time=2026-01-01T12:00:00Z&end_time=2026-01-01T23:59:59Z", ["c"]],
  ["enterprise_project_id=all_granted_eps", ["a", "b", "c", "d"]],
])("a page of %s", async (query, ids) => {
  const { status, body } = await list(query);
  expect(status).toBe(200);
  expect((body["operation_logs"] as { id: string }[]).map(({ id }) => id)).toEqual(ids);
  expect(body["count"]).toBe(ids.length);
});

test.each([
  "limit=0",
  "limit=1001",
  "offset=-1",
  "status=done",
  "status=success,failed",
  "operation_type=backup,copy",
  "start_time=yesterday",
  "start_time=2026-01-01T12:00:00",
  "end_time=2026-13-01T12:00:00Z",
])("%s is refused", async (query) => {
  const { status, body } = await list(query);
  expect([status, body["error_code"]]).toEqual([400, "BackupService.0001"]);
});

test("wants a login, and takes faults of its own", async () => {
  const { simulator, ask } = await list("");
  expect((await ask("wrong")).status).toBe(401);
  simulator.setFault("cbr:list", { kind: "status", status: 403, times: 1 });
  expect([(await ask()).status, (await ask()).status]).toEqual([403, 200]);
  simulator.setFault("ListOpLogs", { kind: "status", status: 503, times: 1 });
  expect([(await ask()).status, (await ask()).status]).toEqual([503, 200]);
  expect(simulator.requestsOf("ListOpLogs")).toBe(6);
});

describe("where the vendor leaves it open", () => {
  const manners = async (listing: ListingManner, query: string) => {
    const simulator = await start({ tasks, projectId: "p", listing });
    const answer = await fetch(`${simulator.url}/v3/p/operation-logs?${query}`, {
      headers: { "x-auth-token": "demo-token" },
    });
    const { operation_logs: logs, count } = (await answer.json()) as {
      operation_logs: { id: string }[];
      count: number;
    };
    return [logs.map(({ id }) => id).join(""), count];
  };

  test.each<[ListingManner, string, readonly [string, number]]>([
    [{ order: "newest" }, "", ["bcad", 4]],
    [{ order: "newest" }, "limit=2&offset=1", ["ca", 2]],
    [{ count: "total" }, "limit=2&offset=2", ["cd", 4]],
    [{ count: "total" }, "operation_type=restore", ["b", 1]],
    [{ repeats: true }, "limit=2", ["ab", 2]],
    [{ repeats: true }, "limit=2&offset=2", ["bc", 2]],
    [{ repeats: true }, "limit=2&offset=4", ["", 0]],
    [{ timeOf: "started_at" }, "start_time=2026-01-01T12:00:00Z", ["a", 1]],
  ])("%j: %s", async (listing, query, expected) => {
    expect(await manners(listing, query)).toEqual(expected);
  });

  test("no order at all is one that lasts", async () => {
    const [all] = await manners({ order: "any" }, "");
    expect([...String(all)].sort().join("")).toBe("abcd");
    expect(all).not.toBe("abcd");
    const [first] = await manners({ order: "any" }, "limit=1&offset=0");
    const [others] = await manners({ order: "any" }, "limit=3&offset=1");
    expect(`${first}${others}`).toBe(all);
  });
});

test("a fleet is listed with the tasks of its own", async () => {
  const simulator = await start({ tasks, projectId: "p", fleet: { resources: 3, days: 10 } });
  const answer = await fetch(`${simulator.url}/v3/p/operation-logs?vault_name=fleet-01`, {
    headers: { "x-auth-token": "demo-token" },
  });
  const { operation_logs: logs } = (await answer.json()) as { operation_logs: { id: string }[] };
  expect(logs.length).toBeGreaterThan(25);
  const one = await fetch(`${simulator.url}/v3/p/operation-logs/${logs[0]?.id}`, {
    headers: { "x-auth-token": "demo-token" },
  });
  expect(await one.json()).toEqual({ operation_log: logs[0] });
});
