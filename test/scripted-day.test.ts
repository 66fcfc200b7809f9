import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../src/config/load-config.ts";
import { taskLabelNames } from "../src/metrics/families/task.ts";
import type { Simulator } from "../src/simulator/simulator.ts";
import { vendorProjectId } from "../src/simulator/tasks/sim-task.ts";
import { timelineTask } from "../src/simulator/tasks/timeline-task.ts";
import { ownFamilies } from "./metrics/support.ts";
import { fixedTask } from "./support/cloud.ts";
import { openLiveExporter, startLiveCloud } from "./support/live-exporter.ts";
import { newYear } from "./support/manual-clock.ts";

const minuteMs = 60_000;
const nightly = { operationType: "backup", vaultName: "nightly" };
const server = (name: string) => ({ type: "OS::Nova::Server", id: `server-${name}`, name });

const tasks = [
  timelineTask({ ...nightly, id: "ends-well", outcome: "success", life: { wait: 600, run: 7200 } }),
  timelineTask({
    ...nightly,
    id: "fails",
    outcome: "failed",
    life: { wait: 0, run: 5400 },
    resource: server("db"),
    error: { code: "BackupService.5015", message: "The agent is offline." },
  }),
  timelineTask({
    ...nightly,
    id: "made-up-for",
    outcome: "success",
    life: { wait: 9000, run: 3600 },
    resource: server("db"),
  }),
  timelineTask({ ...nightly, id: "times-out", outcome: "timeout", life: { wait: 60, run: 36_000 } }),
  timelineTask({ ...nightly, id: "is-skipped", outcome: "skipped", life: { wait: 30_000, run: 0 } }),
  timelineTask({ ...nightly, id: "waits", outcome: "success", life: { wait: Number.POSITIVE_INFINITY, run: 0 } }),
  timelineTask({ id: "restores", operationType: "restore", outcome: "success", life: { wait: 5, run: 50_000 } }),
  fixedTask("has-no-end", { id: "has-no-end", status: "success", started_at: "2025-12-31T23:00:00" }),
  fixedTask("is-new-to-us", { id: "is-new-to-us", status: "hibernating", operation_type: "teleport" }),
];

const config = (url: string) => `
projects:
  - name: prod
    id: ${vendorProjectId}
    region: eu-de
    endpoint: ${url}
    auth: { token: demo-token }
    rate_limit: 100
    concurrency: 1
  - name: keys
    id: keys-id
    endpoint: ${url}
    auth: { ak_sk: { access_key: DEMOACCESSKEY, secret_key: demo-secret-key } }
    concurrency: 1
    retries: 0
collectors:
  - name: often
    project: prod
    schedule: "*/5 * * * *"
    labels: { team: storage }
    tasks:
      - ends-well
      - { id: fails, name: "the \\"db\\" server", labels: { tier: gold } }
      - made-up-for
      - has-no-end
      - is-new-to-us
      - is-not-there
  - name: hourly
    project: prod
    schedule: "7 * * * *"
    timezone: Europe/Berlin
    run_on_start: false
    tasks: [times-out, waits, is-skipped]
  - name: with-keys
    project: keys
    schedule: "*/20 * * * *"
    tasks: [ends-well, restores]
  - name: nothing-yet
    project: keys
    schedule: "0 3 * * *"
    tasks: []
`;

interface Day {
  readonly simulator: Simulator;
  readonly setWall: (ms: number) => void;
}

/** What befalls the cloud and the clock, by minute. */
const happenings: Readonly<Record<number, (day: Day) => void>> = {
  61: ({ simulator }) => simulator.setFault("*", { kind: "server-error", status: 503 }),
  119: ({ simulator }) => simulator.setFault("*", undefined),
  362: ({ simulator }) => simulator.setFault("*", { kind: "throttle", retryAfter: 900 }),
  371: ({ simulator }) => simulator.setFault("*", undefined),
  425: ({ simulator }) => simulator.setFault("*", { kind: "status", status: 401 }),
  488: ({ simulator }) => simulator.setFault("*", undefined),
  540: ({ simulator }) => simulator.setFault("ends-well", { kind: "broken-json" }),
  600: ({ simulator }) => simulator.setFault("restores", { kind: "foreign-id" }),
  660: ({ simulator }) => simulator.setFault("restores", undefined),
  725: ({ setWall }) => setWall(-10 * minuteMs),
  802: ({ setWall }) => setWall(3 * 60 * minuteMs),
};

/**
 * What an exporter logs and shows on a day with much trouble, byte for byte. A change here is a change that users see; to
 * look at it, let the test write its scrapes before and after to two folders (KEEP_SCRAPES=folder), and compare these.
 */
test("a scripted day shows what it always has", { timeout: 120_000 }, async () => {
  const cloud = await startLiveCloud({ tasks, projects: [{ id: "keys-id", name: "keys" }] }, newYear);
  onTestFinished(() => cloud.simulator.close());
  const exporter = await openLiveExporter({ cloud });
  const { simulator, clock, log } = exporter;
  const text = config(simulator.url);
  const loaded = await parseConfig({
    text,
    file: "config.yaml",
    env: {},
    reservedLabels: taskLabelNames,
    now: clock.now(),
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  await exporter.apply(loaded.config);

  const show = (text: string): string => text.replaceAll(simulator.url, "http://cbr");
  const day: string[] = [...loaded.warnings, ...loaded.notices];
  let logged = 0;
  const record = async (minute: number): Promise<void> => {
    // Which of two projects is answered first is no matter.
    const projectOf = (line: (typeof log.lines)[number]) => String(line.fields["project"] ?? "");
    const lines = log.lines.slice(logged).sort((a, b) => projectOf(a).localeCompare(projectOf(b)));
    for (const { level, msg, fields } of lines) {
      // Each run's counts are on the scrape as well.
      if (msg !== "Run finished") day.push(`${level} ${msg} ${JSON.stringify(fields)}`);
    }
    logged = log.lines.length;
    const scrape = show(ownFamilies(await exporter.expose()));
    const digest = createHash("sha256").update(scrape).digest("hex").slice(0, 16);
    day.push(`minute ${minute}: ${scrape.split("\n").length} lines, sha256 ${digest}`);
    const kept = process.env["KEEP_SCRAPES"];
    if (kept !== undefined) writeFileSync(join(kept, `${minute}.prom`), scrape);
  };
  await record(0);
  for (let minute = 1; minute <= 24 * 60; minute += 1) {
    happenings[minute]?.({ simulator, setWall: clock.setWall });
    await clock.advance(minuteMs);
    if (minute % 30 === 0) await record(minute);
  }
  await expect(`${show(day.join("\n"))}\n`).toMatchFileSnapshot("fixtures/scripted-day.txt");
});
