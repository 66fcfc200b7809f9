import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { vendorExample, vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { createAuthority } from "../support/certificates.ts";
import { fixedTask } from "../support/cloud.ts";
import { json, show, start } from "./start.ts";

test("a token that is missing or wrong is the gateway's 401, whatever else is wrong", async () => {
  const simulator = await start();
  simulator.setFault("*", { kind: "hang" });
  for (const headers of [{}, { "X-Auth-Token": "demo-tokem" }]) {
    const response = await show(simulator, "nobody", { headers });
    expect(response.status).toBe(401);
    expect(await json(response)).toEqual({
      error_code: "APIGW.0301",
      error_msg: "Incorrect IAM authentication information: decrypt token fail",
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  }
});

test("token and project id can be chosen, and another project is 403", async () => {
  const token = "x".repeat(40 * 1024);
  const simulator = await start({ token, projectId: "mine" });
  const get = (project: string) =>
    fetch(`${simulator.url}/v3/${project}/operation-logs/${vendorExample.id}`, { headers: { "X-Auth-Token": token } });
  expect((await json(await get("mine"))).operation_log.project_id).toBe("mine");
  const refused = await get(vendorProjectId);
  expect([refused.status, (await json(refused)).error_code]).toEqual([403, "APIGW.0306"]);
});

test("an unknown id is CBR's 404, an unknown path or method the gateway's", async () => {
  const simulator = await start();
  const unknown = await show(simulator, "0e5d0ef6-7f0a-4890-b98c-cb12490e31c1");
  expect(unknown.status).toBe(404);
  expect(await json(unknown)).toEqual({
    error_code: "BackupService.6500",
    error_msg: "Operation log does not exist.",
  });
  for (const response of [await fetch(`${simulator.url}/v3/x`), await show(simulator, undefined, { method: "POST" })]) {
    expect([response.status, (await json(response)).error_code]).toEqual([404, "APIGW.0101"]);
  }
});

test("GET / lists the ids, one a line, as tasks come and go; a task's time begins when it comes", async () => {
  let now = 1_800_000_000_000;
  const simulator = await start({ tasks: [fixedTask("a", {}), fixedTask("b", {})], now: () => now });
  const list = async () => (await fetch(`${simulator.url}/`)).text();
  expect(await list()).toBe("a\nb\n");
  simulator.removeTask("a");
  now += 1_000;
  simulator.setTask({ id: "c", body: ({ beganMs, elapsedMs }) => ({ beganMs, elapsedMs }) });
  now += 5_000;
  expect(await list()).toBe("b\nc\n");
  expect((await show(simulator, "a")).status).toBe(404);
  const response = await show(simulator, "c");
  expect(await json(response)).toEqual({ operation_log: { beganMs: now - 5_000, elapsedMs: 5_000 } });
  expect(response.headers.get("date")).toBe("Fri, 15 Jan 2027 08:00:06 GMT");
});

test("requests are counted, told and remembered, refused ones included", async () => {
  let now = 1000;
  const told: unknown[] = [];
  const simulator = await start({ now: () => now++, tasks: [], onRequest: (request) => told.push(request) });
  await show(simulator, "a");
  await show(simulator, "a", { headers: {} });
  await show(simulator, "b");
  await fetch(`${simulator.url}/`);
  expect([simulator.requests(), simulator.requests("a"), simulator.requests("c")]).toEqual([3, 2, 0]);
  for (let n = 0; n < 257; n += 1) await show(simulator, "many", { headers: {} });
  expect([simulator.requests("many"), simulator.requestTimes("many").length]).toEqual([257, 256]);
  expect(told.slice(0, 3)).toEqual([
    ...simulator.requestTimes("a").map((at) => ({ id: "a", at })),
    { id: "b", at: simulator.requestTimes("b")[0] },
  ]);
});

test("a task whose body throws is a 500, not the end of the simulator", async () => {
  const simulator = await start({ tasks: [{ id: "x", body: () => JSON.parse("{") }] });
  expect((await show(simulator, "x")).status).toBe(500);
  expect((await show(simulator, "y")).status).toBe(404);
});

test("a request without a Host header is answered", async () => {
  const simulator = await start({ tasks: [fixedTask("a", {})] });
  const socket = connect(simulator.port, "127.0.0.1");
  socket.end("GET / HTTP/1.0\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\na\n$/);
});

test("with an empty host it listens on every address and names one that can be called", async () => {
  const simulator = await start({ host: "" });
  expect(simulator.address).toMatch(/^(\[::\]|0\.0\.0\.0):\d+$/);
  expect(simulator.url).toBe(`http://127.0.0.1:${simulator.port}`);
  expect((await show(simulator)).status).toBe(200);
});

test("close ends at once, idle, hanging, slow and endless answers included", async () => {
  const simulator = await startSimulator({ latencyMs: [0, 0] });
  await show(simulator); // leaves an idle connection
  simulator.setFault("hang", { kind: "hang" });
  simulator.setFault("slow", { kind: "slow-body", intervalMs: 60_000 });
  simulator.setFault("endless", { kind: "endless-body" });
  simulator.setFault("late", { kind: "latency", ms: 60_000 });
  const hanging = ["hang", "late"].map((id) => expect(show(simulator, id)).rejects.toThrow());
  const started = await Promise.all(["slow", "endless"].map((id) => show(simulator, id)));
  await expect.poll(() => simulator.requests()).toBe(5); // so all of them are under way
  await simulator.close();
  await Promise.all(hanging);
  for (const response of started) await expect(response.text()).rejects.toThrow();
  await expect(show(simulator)).rejects.toThrow();
});

test("a handshake that does not go on does not hold the end up", async () => {
  const simulator = await startSimulator({ tls: createAuthority().issue({ names: ["127.0.0.1"] }) });
  const { port } = simulator;
  await once(
    connect(port, "127.0.0.1").on("error", () => {}),
    "connect",
  );
  // So the server has taken the first socket before.
  await once(
    connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }).on("error", () => {}),
    "secureConnect",
  );
  await simulator.close();
});

test("a wrong key and a taken port reject", async () => {
  const { port } = await start();
  const { cert } = createAuthority().issue({ names: ["127.0.0.1"] });
  await expect(startSimulator({ tls: { cert, key: "x" } })).rejects.toThrow();
  await expect(startSimulator({ port })).rejects.toThrow("EADDRINUSE");
});
