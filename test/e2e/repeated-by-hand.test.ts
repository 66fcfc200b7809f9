import { expect, onTestFinished, test } from "vitest";
import { type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { addressOf, startProgram } from "../program.ts";
import { startAlertmanager } from "./alertmanager.ts";
import { quickConfig } from "./alertmanager-config.ts";
import { rulesFile } from "./alerts-rules.ts";
import { startPrometheus } from "./prometheus.ts";
import { startWebhook } from "./webhook.ts";

const resource = { type: "OS::Nova::Server", id: "server-db", name: "db-master" };
const backup = (id: string, outcome: "failed" | "success") =>
  timelineTask({ id, outcome, life: { wait: 0, run: 1 }, resource });

/** A cloud that is watched by an exporter which finds its tasks, by a Prometheus, and by somebody who is told. */
async function watched(keep: string, options: SimulatorOptions) {
  const simulator = await startSimulator({ tasks: [], ...options });
  onTestFinished(() => simulator.close());
  const folder = await tempFolder({
    "config.yaml": `projects:
  - { name: prod, id: 04f1829c788037ac2fb8c01eb2b04b95, endpoint: "${simulator.url}", auth: { token: demo-token } }
collectors:
  - { name: nightly, schedule: "* * * * * *", discover: { keep: ${keep} } }
`,
  });
  const program = startProgram([`--config.file=${folder}/config.yaml`, "--web.listen-address=127.0.0.1:0"]);
  onTestFinished(async () => {
    program.process.kill();
    await program.exited;
  });
  const webhook = await startWebhook();
  onTestFinished(webhook.close);
  const alertmanager = await startAlertmanager(quickConfig(webhook.url));
  onTestFinished(alertmanager.stop);
  const targets = [new URL(await addressOf(program)).host];
  const prometheus = await startPrometheus({ rules: [rulesFile], targets, alertmanager: alertmanager.host });
  onTestFinished(prometheus.stop);
  return { simulator, webhook };
}

test.each([
  ["24h", "CBRTaskFailed", "CBR task failed: db-master (project prod)", { task_id: "night" }],
  ["0s", "CBRResourceLastFailed", "The last backup failed: db-master (project prod)", { resource_id: "server-db" }],
])(
  "keep: %s: a backup fails, %s is told; it is repeated by hand, and that is over",
  async (keep, alert, summary, of) => {
    const { simulator, webhook } = await watched(keep, { listing: { order: "any", repeats: true, count: "total" } });
    const told = (status: "firing" | "resolved") => () => webhook.told(alert, status);
    const patience = { timeout: 60_000, interval: 250 };
    simulator.setTask(backup("night", "failed"));
    await expect.poll(told("firing"), patience).not.toEqual([]);
    expect(told("firing")()[0]).toMatchObject({
      labels: { project: "prod", severity: "critical", ...of },
      annotations: { summary },
    });
    expect(told("resolved")()).toEqual([]);
    simulator.setTask(backup("by-hand", "success"));
    await expect.poll(told("resolved"), patience).not.toEqual([]);
    const names = new Set(webhook.received.flatMap(({ body }) => body.alerts.map(({ labels }) => labels["alertname"])));
    expect(names).toEqual(new Set([alert, "CBRWatchdog"]));
  },
);
