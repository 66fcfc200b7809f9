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
  ["alertname=CBRResourceLastFailed severity=critical project=prod resource_id=a", "pager"],
  ["alertname=CBRBackupMissing severity=critical project=prod resource_id=a", "pager"],
  ["alertname=CBRVaultFillingUp severity=warning project=dr-site vault_id=a", "dr-site-tickets"],
  ["alertname=CBRTaskSkipped severity=warning project=prod task_id=a", "tickets"],
  ["alertname=CBRTaskFailed severity=warning project=prod task_id=a", "tickets"],
  ["alertname=CBRCollectorBehind severity=warning project=prod collector=nightly", "tickets"],
  ["alertname=CBRApiDown severity=critical project=prod", "pager"],
  ["alertname=CBRTaskFailed severity=critical project=dr-site task_id=a", "dr-site-pager"],
  ["alertname=CBRTaskSkipped severity=warning project=dr-site task_id=a", "dr-site-tickets"],
  ["alertname=CBRExporterDown severity=critical job=cbr instance=a", "pager"],
  ["alertname=CBRShardMissing severity=critical job=cbr", "pager"],
  ["alertname=CBRExporterAbsent severity=critical", "pager"],
  ["alertname=CBRWatchdog severity=none", "heartbeat"],
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

/** What is told, and what is held back with the names of the alerts that do it. */
async function toldAndHeld(fired: readonly Readonly<Record<string, string>>[]): Promise<Record<string, string>> {
  await alertmanager.fire(fired);
  const name = (labels: Readonly<Record<string, string>>): string =>
    [labels["alertname"], labels["project"] ?? labels["instance"] ?? labels["job"]].filter(Boolean).join(" ");
  const wanted = new Set(fired.map(name));
  const heard = () => new Set(webhook.received.flatMap(({ body }) => body.alerts.map(({ labels }) => name(labels))));
  let result: Record<string, string> = {};
  const isSettled = async (): Promise<boolean> => {
    const all = await alertmanager.alerts();
    const names = new Map(all.map((alert) => [alert.fingerprint, name(alert.labels)]));
    const ours = all.filter(({ labels }) => wanted.has(name(labels)));
    result = Object.fromEntries(
      ours.map(({ labels, status }) => {
        const by = status.inhibitedBy.map((id) => names.get(id)).join(", ");
        if (by !== "") return [name(labels), `held by ${by}`];
        return [name(labels), heard().has(name(labels)) ? "told" : "waits"];
      }),
    );
    return ours.length === wanted.size && !Object.values(result).includes("waits");
  };
  await expect.poll(isSettled, { timeout: 20_000 }).toBe(true);
  return result;
}

const onTask = (alertname: string, project: string, severity = "warning") => ({
  alertname,
  project,
  task_id: `task-of-${project}`,
  severity,
});

test("a project that is down holds back its unfinished tasks and its collectors, and nothing of another", async () => {
  const names = [
    ...["CBRTaskPollStale", "CBRTaskStalled", "CBRTaskRunningTooLong", "CBRTaskWaitingTooLong", "CBRTaskNotFound"],
    ...["CBRTaskStatusUnknown", "CBRCollectorBehind", "CBRCollectorEmpty", "CBRApiErrors", "CBRReplicaCutOff"],
    "CBRInventoryStale",
  ];
  const result = await toldAndHeld([
    { alertname: "CBRApiDown", project: "prod", severity: "critical" },
    ...names.map((alertname) => onTask(alertname, "prod")),
    ...["CBRTaskFailed", "CBRTaskTimedOut"].map((alertname) => onTask(alertname, "prod", "critical")),
    ...["CBRTaskSkipped", "CBRTaskPartlyFailed", "CBRBackupNotAppConsistent"].map((each) => onTask(each, "prod")),
    { alertname: "CBRBackupMissing", project: "prod", resource_id: "db", severity: "critical" },
    { alertname: "CBRVaultFull", project: "prod", vault_id: "v", severity: "critical" },
    onTask("CBRTaskPollStale", "dr-site"),
  ]);
  expect(result).toEqual({
    "CBRApiDown prod": "told",
    ...Object.fromEntries(names.map((alertname) => [`${alertname} prod`, "held by CBRApiDown prod"])),
    "CBRTaskFailed prod": "told",
    "CBRTaskTimedOut prod": "told",
    "CBRTaskSkipped prod": "told",
    "CBRTaskPartlyFailed prod": "told",
    "CBRBackupNotAppConsistent prod": "told",
    "CBRBackupMissing prod": "told",
    "CBRVaultFull prod": "told",
    "CBRTaskPollStale dr-site": "told",
  });
  const paths = Object.fromEntries(
    webhook.received.flatMap(({ path, body }) => body.alerts.map(({ labels }) => [labels["alertname"], path])),
  );
  expect(paths).toMatchObject({ CBRTaskFailed: "/pager/cbr", CBRTaskPollStale: "/tickets/dr-site" });
});

test("a project that is throttled holds back what waits because of it", async () => {
  const project = "archive";
  expect(
    await toldAndHeld([
      { alertname: "CBRApiThrottled", project, severity: "warning" },
      ...["CBRTaskPollStale", "CBRCollectorBehind", "CBRInventoryStale", "CBRApiErrors", "CBRTaskNotFound"].map(
        (each) => onTask(each, project),
      ),
    ]),
  ).toEqual({
    "CBRApiThrottled archive": "told",
    "CBRTaskPollStale archive": "held by CBRApiThrottled archive",
    "CBRCollectorBehind archive": "held by CBRApiThrottled archive",
    "CBRInventoryStale archive": "held by CBRApiThrottled archive",
    "CBRApiErrors archive": "held by CBRApiThrottled archive",
    "CBRTaskNotFound archive": "told",
  });
});

test("an exporter that is down holds back what it alone has told, and nothing of another's", async () => {
  const of = (alertname: string, instance: string) => ({ alertname, job: "cbr", instance, severity: "warning" });
  expect(
    await toldAndHeld([
      { ...of("CBRExporterDown", "a"), severity: "critical" },
      ...[
        "CBRReplicaCutOff",
        "CBRClockSkew",
        "CBRExporterRestarting",
        "CBRConfigReloadFailed",
        "CBRStorageFailing",
      ].map((each) => of(each, "a")),
      of("CBRClockSkew", "b"),
      ...["cbr", "others"].map((job) => ({ alertname: "CBRShardMissing", job, severity: "critical" })),
    ]),
  ).toEqual({
    "CBRExporterDown a": "told",
    "CBRReplicaCutOff a": "held by CBRExporterDown a",
    "CBRClockSkew a": "held by CBRExporterDown a",
    "CBRExporterRestarting a": "held by CBRExporterDown a",
    "CBRConfigReloadFailed a": "held by CBRExporterDown a",
    "CBRStorageFailing a": "held by CBRExporterDown a",
    "CBRClockSkew b": "told",
    "CBRShardMissing cbr": "held by CBRExporterDown a",
    "CBRShardMissing others": "told",
  });
});

test("the silence of the docs keeps one task's alert quiet, and no other's", async () => {
  tool("amtool");
  const blocks = fenced(readFileSync(`${projectRoot}docs/alerting.md`, "utf8"), "sh");
  const command = blocks.find((block) => block.includes("silence add")) ?? "";
  const here = command.replace("localhost:9093", alertmanager.host);
  expect(execFileSync("sh", ["-ec", here], { encoding: "utf8" })).toMatch(/^[0-9a-f-]{36}\n$/);
  const [, task_id = ""] = command.match(/task_id=(\S+)/) ?? [];
  const long = { alertname: "CBRTaskRunningTooLong", project: "migrations", severity: "warning" };
  await alertmanager.fire([
    { ...long, task_id },
    { ...long, task_id: "another" },
  ]);
  const told = () => webhook.told("CBRTaskRunningTooLong", "firing").map(({ labels }) => labels["task_id"]);
  await expect.poll(told, { timeout: 20_000 }).toEqual(["another"]);
  const held = (await alertmanager.alerts()).filter(({ labels }) => labels["task_id"] === task_id);
  expect(held).toMatchObject([{ status: { state: "suppressed", silencedBy: [expect.any(String)] } }]);
});

test("without any exporter, nothing else is news; the heartbeat goes on", async () => {
  const project = "anywhere";
  expect(
    await toldAndHeld([
      { alertname: "CBRExporterAbsent", severity: "critical" },
      { alertname: "CBRWatchdog", severity: "none" },
      { alertname: "CBRApiDown", project, severity: "critical" },
      { alertname: "CBRShardMissing", job: "anywhere", severity: "critical" },
      ...["CBRTaskFailed", "CBRResourceLastFailed", "CBRCredentialsExpiring", "CBRTaskFilesBroken"].map((each) =>
        onTask(each, project),
      ),
      ...["CBRBackupMissing", "CBRVaultFull", "CBRPolicyDisabled"].map((each) => onTask(each, project)),
      onTask("CBRInventoryStale", "elsewhere"),
    ]),
  ).toEqual({
    CBRExporterAbsent: "told",
    CBRWatchdog: "told",
    "CBRApiDown anywhere": "held by CBRExporterAbsent",
    "CBRShardMissing anywhere": "held by CBRExporterAbsent",
    "CBRTaskFailed anywhere": "held by CBRExporterAbsent",
    "CBRResourceLastFailed anywhere": "held by CBRExporterAbsent",
    "CBRCredentialsExpiring anywhere": "held by CBRExporterAbsent",
    "CBRTaskFilesBroken anywhere": "held by CBRExporterAbsent",
    "CBRBackupMissing anywhere": "held by CBRExporterAbsent",
    "CBRVaultFull anywhere": "held by CBRExporterAbsent",
    "CBRPolicyDisabled anywhere": "held by CBRExporterAbsent",
    "CBRInventoryStale elsewhere": "held by CBRExporterAbsent",
  });
  const heartbeat = webhook.received.filter(({ body }) => body.alerts[0]?.labels["alertname"] === "CBRWatchdog");
  expect(new Set(heartbeat.map(({ path }) => path))).toEqual(new Set(["/heartbeat/cbr"]));
});
