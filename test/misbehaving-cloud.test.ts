import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import type { Log } from "../src/base/log.ts";
import { type Running, serve } from "../src/serve.ts";
import type { Fault } from "../src/simulator/faults/kinds.ts";
import { type Simulator, startSimulator } from "../src/simulator/simulator.ts";
import type { SimTask } from "../src/simulator/tasks/sim-task.ts";
import { fixedTask } from "./support/cloud.ts";
import { parseConfig } from "./support/load-config.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Expected = readonly (readonly [Fault, string])[];

/** Every fault there is, with the reason that it must be counted under; those that end a run come in a test of theirs. */
const quickFaults: Expected = [
  [{ kind: "server-error", status: 500 }, "server_error"],
  [{ kind: "server-error", status: 502, html: true }, "server_error"],
  [{ kind: "server-error", status: 503, retryAfter: 0 }, "server_error"],
  [{ kind: "cut" }, "network"],
  [{ kind: "cut-body" }, "network"],
  [{ kind: "broken-json" }, "bad_body"],
  [{ kind: "html" }, "bad_body"],
  [{ kind: "empty" }, "bad_body"],
  [{ kind: "wrong-shape", shape: "list" }, "bad_body"],
  [{ kind: "foreign-id" }, "bad_body"],
  [{ kind: "endless-body" }, "bad_body"],
  [{ kind: "status", status: 400 }, "client_error"],
  [{ kind: "status", status: 404, body: '{"error_code":"APIGW.0101","error_msg":"no such API"}' }, "client_error"],
  [{ kind: "redirect" }, "client_error"],
  [{ kind: "status", status: 403 }, "forbidden"],
  [{ kind: "status", status: 204, body: "" }, "bad_body"],
];

/** Those that take their time: a few tasks have them. */
const slowFaults: Expected = [
  [{ kind: "hang" }, "timeout"],
  [{ kind: "slow-body", intervalMs: 20 }, "timeout"],
];

/** The fault of the nth bad task. */
function faultOf(n: number): Expected[number] {
  const faults = n < 20 ? slowFaults : quickFaults;
  return faults[n % faults.length] as Expected[number];
}

function running(id: string): SimTask {
  return fixedTask(id, { id, status: "running", operation_type: "backup", started_at: "2026-11-24T00:00:00.000001" });
}

async function start(tasks: readonly SimTask[], schedule = "* * * * * *"): Promise<[Simulator, string, Running]> {
  const cloud = await startSimulator({ tasks, latencyMs: [0, 0] });
  cleanups.push(() => cloud.close());
  const loaded = await parseConfig({
    file: "config.yaml",
    env: {},
    text: `projects:
  - name: p
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: ${cloud.url}
    auth: { token: demo-token }
    rate_limit: 1000
    concurrency: 50
    timeout: 2s
    retries: 1
collectors:
  - { name: c, schedule: "${schedule}", tasks: [${tasks.map(({ id }) => id).join(", ")}] }
`,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const server = await serve({
    settings: {
      listen: [{ host: "127.0.0.1", port: 0 }],
      routePrefix: "/",
      telemetryPath: "/metrics",
      maxRequests: 40,
    },
    config: loaded.config,
    build: { version: "0", revision: "0", nodeVersion: "0" },
    clock: systemClock,
    // No waiting between attempts.
    random: () => 0,
    log: silent,
    env: {},
  });
  cleanups.push(() => server.stop());
  return [cloud, `http://${server.listeners[0]?.address}`, server];
}

/** The value of the series that begins so; undefined where there is none. */
function value(scrape: string, series: string): number | undefined {
  const line = scrape.split("\n").find((l) => l.startsWith(`${series}} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
}

describe("a cloud that answers one id in ten well and the rest with every fault there is", () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => `task-${String(n).padStart(3, "0")}`);
  const good = ids.filter((_, n) => n % 10 === 0);

  test("10 000 requests: good tasks stay fresh, every scrape answers 200, every reason is counted", async () => {
    const [cloud, base] = await start(ids.map(running));
    const bad = ids.filter((id) => !good.includes(id));
    for (const [n, id] of bad.entries()) cloud.setFault(id, faultOf(n)[0]);
    let scrapes = 0;
    let grownTo = 0;
    const before = process.memoryUsage().rss;
    while (cloud.requests() < 10_000) {
      const answer = await fetch(`${base}/metrics`);
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
      scrapes += 1;
      grownTo = Math.max(grownTo, process.memoryUsage().rss - before);
    }
    // The registry's part of a scrape may be a second old.
    await expect
      .poll(async () => {
        const scrape = await (await fetch(`${base}/metrics`)).text();
        return [...new Set([...quickFaults, ...slowFaults].map(([, reason]) => reason))].filter(
          (reason) => !value(scrape, `cbr_api_errors_total{project="p",operation="ShowOpLog",reason="${reason}"`),
        );
      })
      .toEqual([]);
    const scrape = await (await fetch(`${base}/metrics`)).text();
    const polls = good.map((id) => cloud.requests(id));
    expect(scrapes).toBeGreaterThan(50);
    // Endless bodies are cut; what remains is the work of two servers and a client in one process.
    expect(grownTo).toBeLessThan(400 * 2 ** 20);
    for (const id of good) {
      expect(value(scrape, `cbr_task_poll_success{project="p",task_id="${id}"`)).toBe(1);
      expect(value(scrape, `cbr_task_status{project="p",task_id="${id}",status="running"`)).toBe(1);
    }
    expect(Math.min(...polls)).toBeGreaterThan(3);
    bad.forEach((id, n) => {
      const reason = faultOf(n)[1];
      expect([id, value(scrape, `cbr_task_poll_error_info{project="p",task_id="${id}",reason="${reason}"`)]).toEqual([
        id,
        1,
      ]);
    });
    expect(value(scrape, 'cbr_up{project="p"')).toBe(1);
  }, 240_000);

  test("every poll hanging, a scrape answers all the same", async () => {
    const [cloud, base] = await start(ids.map(running));
    cloud.setFault("*", { kind: "hang" });
    for (let n = 0; n < 50; n += 1) expect((await fetch(`${base}/metrics`)).status).toBe(200);
  });
});

test("a throttled id holds the project back for as long as the server asks, and no longer", async () => {
  const [cloud, base] = await start(["a", "b"].map(running));
  await expect.poll(() => cloud.requests("b")).toBeGreaterThan(1);
  cloud.setFault("a", { kind: "throttle", retryAfter: 2, times: 1 });
  const before = cloud.requests("a");
  await expect.poll(() => cloud.requests("a"), { interval: 5 }).toBeGreaterThan(before);
  const throttledAt = cloud.requestTimes("a").at(-1) ?? 0;
  await expect.poll(() => cloud.requests("a")).toBeGreaterThan(before + 1);
  const later = ["a", "b"].flatMap((id) => cloud.requestTimes(id)).filter((at) => at > throttledAt + 100);
  expect(Math.min(...later) - throttledAt).toBeGreaterThanOrEqual(1_990);
  await expect
    .poll(async () =>
      value(
        await (await fetch(`${base}/metrics`)).text(),
        'cbr_api_errors_total{project="p",operation="ShowOpLog",reason="throttled"',
      ),
    )
    .toBe(1);
});

test("a finished task is not asked for again", async () => {
  const done = fixedTask("done", {
    id: "done",
    status: "success",
    started_at: "2026-11-24T00:00:00.000001",
    ended_at: "2026-11-24T00:00:01.000001",
  });
  const [cloud] = await start([done, running("other")]);
  await expect.poll(() => cloud.requests("other")).toBeGreaterThanOrEqual(3);
  expect(cloud.requests("done")).toBe(1);
});
