import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fromMillis } from "../../src/base/micros.ts";
import { vendorProjectId } from "../../src/simulator/tasks/sim-task.ts";
import { timelineTask } from "../../src/simulator/tasks/timeline-task.ts";
import { tempFolder } from "../config/temp-folder.ts";
import { addressOf, startProgram } from "../program.ts";
import { collectorConfig, projectConfig, taskConfigs } from "../support/configs.ts";
import { startLiveCloud, startLiveExporter } from "../support/live-exporter.ts";
import { startAlertmanager } from "./alertmanager.ts";
import { quickConfig } from "./alertmanager-config.ts";
import { rulesFile } from "./alerts-rules.ts";
import { startPrometheus } from "./prometheus.ts";
import { startWebhook } from "./webhook.ts";

const hour = 3600;

test("a failure while the exporter was off for 60 h is told once it is seen; one that nobody saw run is not", async () => {
  const start = fromMillis(Date.now() - 60 * hour * 1000);
  const folder = await tempFolder({});
  const storage = join(folder, "storage");
  // Both failed 30 hours ago.
  const failed = (id: string) => timelineTask({ id, outcome: "failed", life: { wait: 0, run: 30 * hour } });
  let isThen = true;
  const cloud = await startLiveCloud(
    { now: () => (isThen ? start / 1000 : Date.now()), tasks: [failed("watched"), failed("unwatched")] },
    start,
  );
  onTestFinished(() => cloud.simulator.close());
  const { url } = cloud.simulator;
  const before = await startLiveExporter({ cloud, storage });
  await before.reload({
    projects: [projectConfig({ endpoint: url, rateLimit: Number.POSITIVE_INFINITY })],
    collectors: [collectorConfig({ tasks: taskConfigs("watched") })],
  });
  expect(before.task("watched")?.facts?.log?.status).toBe("running");
  await before.close();
  isThen = false;

  const webhook = await startWebhook();
  onTestFinished(webhook.close);
  const alertmanager = await startAlertmanager(quickConfig(webhook.url));
  onTestFinished(alertmanager.stop);
  writeFileSync(
    join(folder, "config.yaml"),
    `projects:
  - { name: prod, id: ${vendorProjectId}, endpoint: "${url}", auth: { token: demo-token } }
collectors:
  - { name: weekend, schedule: "* * * * * *", tasks: [ watched, unwatched ] }
`,
  );
  const program = startProgram([
    `--config.file=${folder}/config.yaml`,
    `--storage.path=${storage}`,
    "--web.listen-address=127.0.0.1:0",
  ]);
  onTestFinished(async () => {
    program.process.kill();
    await program.exited;
  });
  const targets = [new URL(await addressOf(program)).host];
  const prometheus = await startPrometheus({ rules: [rulesFile], targets, alertmanager: alertmanager.host });
  onTestFinished(prometheus.stop);
  const told = () => webhook.told("CBRTaskFailed", "firing").map(({ labels }) => labels["task_id"]);
  await expect.poll(told, { timeout: 60_000, interval: 250 }).toEqual(["watched"]);
  const failures = await prometheus.query('cbr_task_status{status="failed"} == 1');
  expect(failures.map(({ metric }) => metric["task_id"]).toSorted()).toEqual(["unwatched", "watched"]);
});
