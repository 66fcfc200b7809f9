import { describe, expect, onTestFinished, test } from "vitest";
import type { Log } from "../src/base/log.ts";
import type { Fault } from "../src/simulator/faults/kinds.ts";
import { type Simulator, startSimulator } from "../src/simulator/simulator.ts";
import type { SimTask } from "../src/simulator/tasks/sim-task.ts";
import { runningTask } from "./support/cloud.ts";
import { parseConfig } from "./support/load-config.ts";
import { openServed, type Served } from "./support/served.ts";

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

async function start(tasks: readonly SimTask[]): Promise<readonly [Simulator, Served]> {
  const cloud = await startSimulator({ tasks, latencyMs: [0, 0] });
  onTestFinished(() => cloud.close());
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
  - { name: c, schedule: "* * * * * *", tasks: [${tasks.map(({ id }) => id).join(", ")}] }
`,
  });
  // No waiting between attempts, and no log of thousands of lines.
  return [cloud, await openServed(loaded, { random: () => 0, log: silent })];
}

/** The value of the series that begins so; undefined where there is none. */
function value(scrape: string, series: string): number | undefined {
  const line = scrape.split("\n").find((l) => l.startsWith(`${series}} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
}

describe("a cloud that answers one id in ten well and the rest with every fault there is", () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => `task-${String(n).padStart(3, "0")}`);
  const good = ids.filter((_, n) => n % 10 === 0);

  test("thousands of requests: good tasks stay fresh, every scrape answers 200, every reason is counted", async () => {
    const [cloud, { url, scrape }] = await start(ids.map(runningTask));
    const bad = ids.filter((id) => !good.includes(id));
    for (const [n, id] of bad.entries()) cloud.setFault(id, faultOf(n)[0]);
    let scrapes = 0;
    let grownTo = 0;
    const before = process.memoryUsage().rss;
    while (cloud.requests() < 4_000 || scrapes <= 50) {
      const answer = await fetch(`${url}/metrics`);
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
      scrapes += 1;
      grownTo = Math.max(grownTo, process.memoryUsage().rss - before);
    }
    // The registry's part of a scrape may be a second old.
    await expect
      .poll(async () => {
        const text = await scrape();
        return [...new Set([...quickFaults, ...slowFaults].map(([, reason]) => reason))].filter(
          (reason) => !value(text, `cbr_api_errors_total{project="p",operation="ShowOpLog",reason="${reason}"`),
        );
      })
      .toEqual([]);
    await expect.poll(() => Math.min(...good.map((id) => cloud.requests(id)))).toBeGreaterThan(3);
    const text = await scrape();
    // Endless bodies are cut; what remains is the work of two servers and a client in one process.
    expect(grownTo).toBeLessThan(400 * 2 ** 20);
    for (const id of good) {
      expect(value(text, `cbr_task_poll_success{project="p",task_id="${id}"`)).toBe(1);
      expect(value(text, `cbr_task_status{project="p",task_id="${id}",status="running"`)).toBe(1);
    }
    bad.forEach((id, n) => {
      const reason = faultOf(n)[1];
      expect([id, value(text, `cbr_task_poll_error_info{project="p",task_id="${id}",reason="${reason}"`)]).toEqual([
        id,
        1,
      ]);
    });
    expect(value(text, 'cbr_up{project="p"')).toBe(1);
  }, 600_000);

  test("every poll hanging, a scrape answers all the same", async () => {
    const [cloud, { url }] = await start(ids.map(runningTask));
    cloud.setFault("*", { kind: "hang" });
    for (let n = 0; n < 50; n += 1) expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});
