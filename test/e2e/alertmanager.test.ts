import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fenced } from "../docs/snippets.ts";
import { projectRoot } from "../program.ts";
import { type Alertmanager, startAlertmanager } from "./alertmanager.ts";
import { alertmanagerFile, quickConfig } from "./alertmanager-config.ts";
import { tool } from "./tools.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

function amtool(...args: readonly string[]): string {
  return execFileSync(tool("amtool"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

test("amtool finds the example right as it is", () => {
  expect(amtool("check-config", alertmanagerFile)).toContain("SUCCESS");
});

test.each([
  ["alertname=CBRTaskFailed severity=critical project=prod task_id=a", "pager"],
  ["alertname=CBRTaskSkipped severity=warning project=prod task_id=a", "tickets"],
  ["alertname=CBRCollectorSkipping severity=warning project=prod collector=nightly", "tickets"],
  ["alertname=CBRApiDown severity=critical project=prod", "pager"],
  ["alertname=CBRTaskFailed severity=critical project=dr-site task_id=a", "dr-site-pager"],
  ["alertname=CBRTaskSkipped severity=warning project=dr-site task_id=a", "dr-site-tickets"],
  ["alertname=CBRExporterDown severity=critical", "pager"],
])("%s goes to %s", (labels, receiver) => {
  expect(amtool("config", "routes", "test", `--config.file=${alertmanagerFile}`, ...labels.split(" "))).toBe(
    `${receiver}\n`,
  );
});

let webhook: Webhook;
let alertmanager: Alertmanager;

beforeAll(async () => {
  webhook = await startWebhook();
  alertmanager = await startAlertmanager(quickConfig(webhook.url));
});

afterAll(async () => {
  await alertmanager?.stop();
  await webhook?.close();
});

/** Alerts as `name project`; those that are held back, with the names of the alerts that do it. */
async function inhibited(): Promise<Record<string, readonly string[]>> {
  const held = await alertmanager.alerts();
  const name = ({ labels }: (typeof held)[number]): string => `${labels["alertname"]} ${labels["project"] ?? "-"}`;
  const names = new Map(held.map((alert) => [alert.fingerprint, name(alert)]));
  return Object.fromEntries(
    held.map((alert) => [name(alert), alert.status.inhibitedBy.map((by) => names.get(by) ?? by)]),
  );
}

test("an API that is down, or throttles, holds back the stale polls of its project alone", async () => {
  const task = (alertname: string, project: string, severity = "warning") => ({
    alertname,
    project,
    task_id: `task-of-${project}`,
    severity,
  });
  await alertmanager.fire([
    { alertname: "CBRExporterDown", severity: "critical" },
    { alertname: "CBRApiDown", project: "prod", severity: "critical" },
    { alertname: "CBRApiThrottled", project: "archive", severity: "warning" },
    ...["prod", "archive", "dr-site"].map((project) => task("CBRTaskPollStale", project)),
    ...["prod", "archive"].map((project) => task("CBRTaskFailed", project, "critical")),
    task("CBRTaskNotFound", "prod"),
  ]);
  const told = (): readonly string[] =>
    webhook.received
      .flatMap(({ body }) => body.alerts.map(({ labels }) => `${labels["alertname"]} ${labels["project"] ?? "-"}`))
      .sort();
  await expect
    .poll(told, { timeout: 20_000 })
    .toEqual([
      "CBRApiDown prod",
      "CBRApiThrottled archive",
      "CBRExporterDown -",
      "CBRTaskFailed archive",
      "CBRTaskFailed prod",
      "CBRTaskNotFound prod",
      "CBRTaskPollStale dr-site",
    ]);
  expect(await inhibited()).toEqual({
    "CBRApiDown prod": [],
    "CBRApiThrottled archive": [],
    "CBRExporterDown -": [],
    "CBRTaskFailed archive": [],
    "CBRTaskFailed prod": [],
    "CBRTaskNotFound prod": [],
    "CBRTaskPollStale archive": ["CBRApiThrottled archive"],
    "CBRTaskPollStale dr-site": [],
    "CBRTaskPollStale prod": ["CBRApiDown prod"],
  });
  const paths = Object.fromEntries(
    webhook.received.flatMap(({ path, body }) => body.alerts.map(({ labels }) => [labels["alertname"], path])),
  );
  expect(paths).toMatchObject({ CBRTaskFailed: "/pager/cbr", CBRTaskPollStale: "/tickets/dr-site" });
});

test("the silence of the docs keeps one task's alert quiet, and no other's", async () => {
  tool("amtool");
  const blocks = fenced(readFileSync(`${projectRoot}docs/alerting.md`, "utf8"), "sh");
  const command = blocks.find((block) => block.includes("silence add")) ?? "";
  const here = command.replace("localhost:9093", alertmanager.host);
  expect(execFileSync("sh", ["-ec", here], { encoding: "utf8" })).toMatch(/^[0-9a-f-]{36}\n$/);
  const [, task_id = ""] = command.match(/task_id=(\S+)/) ?? [];
  const long = { alertname: "CBRTaskRunningTooLong", project: "prod", severity: "warning" };
  await alertmanager.fire([
    { ...long, task_id },
    { ...long, task_id: "another" },
  ]);
  const told = () => webhook.told("CBRTaskRunningTooLong", "firing").map(({ labels }) => labels["task_id"]);
  await expect.poll(told, { timeout: 20_000 }).toEqual(["another"]);
  const held = (await alertmanager.alerts()).filter(({ labels }) => labels["task_id"] === task_id);
  expect(held).toMatchObject([{ status: { state: "suppressed", silencedBy: [expect.any(String)] } }]);
});
