import { expect, onTestFinished, test } from "vitest";
import { reveal } from "../src/base/secret.ts";
import { demoConfig, startDemo } from "../src/demo.ts";
import { demoPlan } from "../src/simulator/tasks/demo-plan.ts";
import { parseConfig } from "./support/load-config.ts";

test("the demo's configuration is one that the real reader takes without a word", async () => {
  const loaded = await parseConfig({ text: demoConfig("http://127.0.0.1:1"), file: "demo.yaml", env: {} });
  expect(loaded).toMatchObject({ ok: true, warnings: [] });
  if (!loaded.ok) return;
  expect(loaded.config.projects).toMatchObject([{ name: "demo", endpoint: "http://127.0.0.1:1", rateLimit: 20 }]);
  expect(
    loaded.config.collectors.map(({ name, schedule, tasks, discover, inventory }) => ({
      collector: name,
      schedule,
      ...(tasks.length > 0 && {
        tasks: tasks.map(({ id, name: shown }) => ({ id, ...(shown !== undefined && { name: shown }) })),
      }),
      ...(discover && { vaults: discover.vaults }),
      ...(inventory && { inventory: inventory.unprotected }),
    })),
  ).toEqual(demoPlan);
});

test("it reads as somebody would write it", () => {
  const plan = [
    { collector: "c", schedule: "*/5 * * * * *", tasks: [{ id: "a" }, { id: "b", name: "a name" }] },
    { collector: "d", schedule: "*/30 * * * * *", vaults: ["v", "w"] },
    { collector: "e", schedule: "*/30 * * * * *", inventory: ["server", "disk"] },
  ];
  expect(demoConfig("http://127.0.0.1:1", plan)).toBe(`projects:
  - name: demo
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: http://127.0.0.1:1
    auth: { token: demo-token }
    rate_limit: 20
collectors:
  - name: c
    schedule: "*/5 * * * * *"
    tasks:
      - a
      - { id: b, name: a name }
  - name: d
    schedule: "*/30 * * * * *"
    discover: { vaults: [v, w] }
  - name: e
    schedule: "*/30 * * * * *"
    inventory: { unprotected: [server, disk] }
`);
});

test("startDemo starts a cloud that its configuration points to, and that closes", async () => {
  const { simulator, config } = await startDemo();
  onTestFinished(() => simulator.close());
  expect(config.projects[0]?.endpoint).toBe(simulator.url);
  const [project] = config.projects;
  const auth = project?.auth;
  const task = config.collectors[0]?.tasks[0]?.id;
  const response = await fetch(`${simulator.url}/v3/${project?.id}/operation-logs/${task}`, {
    headers: { "X-Auth-Token": auth?.method === "token" ? reveal(auth.token) : "" },
  });
  expect(response.status).toBe(200);
  await simulator.close();
  await expect(fetch(simulator.url)).rejects.toThrow();
});
