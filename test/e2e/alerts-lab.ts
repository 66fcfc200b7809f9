import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoIds } from "../../src/simulator/tasks/demo-plan.ts";
import { addressOf, type Program, startProgram } from "../program.ts";
import { startAlertmanager } from "./alertmanager.ts";
import { quickConfig } from "./alertmanager-config.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

interface Replica {
  /** `host:port`. */
  readonly target: string;
  stop(): Promise<void>;
}

interface WatchOptions {
  readonly rules: readonly string[];
  readonly targets: readonly string[];
  readonly folder?: string;
}

/**
 * A cloud in which a replication fails after about 20 seconds and a copy times out after 15, and into which project `dr`
 * never gets; and who is told of it.
 */
export interface AlertsLab {
  readonly webhook: Webhook;
  /** Starts an exporter that polls those two every second. */
  exporter(): Promise<Replica>;
  /** Starts a Prometheus that notifies the Alertmanager of the lab. */
  prometheus(options: WatchOptions): Promise<Prometheus>;
  /** Ends all that was started here. */
  close(): Promise<void>;
}

export async function openAlertsLab(): Promise<AlertsLab> {
  const stops: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    return { ...(await openParts(stops)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(stops: (() => Promise<unknown>)[]): Promise<Omit<AlertsLab, "close">> {
  function start(args: readonly string[], file?: string): { program: Program; stop: () => Promise<void> } {
    const program = startProgram(args, file === undefined ? {} : { file });
    const stop = async (): Promise<void> => {
      program.process.kill();
      await program.exited;
    };
    stops.push(stop);
    return { program, stop };
  }

  const webhook = await startWebhook();
  stops.push(webhook.close);
  const alertmanager = await startAlertmanager(quickConfig(webhook.url));
  stops.push(alertmanager.stop);
  const simulator = start(["--listen-address=127.0.0.1:0"], "dist/simulator/main.js");
  const config = join(mkdtempSync(join(tmpdir(), "cbr-alerts-")), "config.yaml");
  writeFileSync(config, exporterConfig(await addressOf(simulator.program)));

  return {
    webhook,
    async exporter() {
      const { program, stop } = start([`--config.file=${config}`, "--web.listen-address=127.0.0.1:0"]);
      return { target: new URL(await addressOf(program)).host, stop };
    },
    async prometheus(options) {
      const prometheus = await startPrometheus({ ...options, alertmanager: alertmanager.host });
      stops.push(prometheus.stop);
      return prometheus;
    },
  };
}

function exporterConfig(endpoint: string): string {
  return `projects:
  - name: prod
    id: 04f1829c788037ac2fb8c01eb2b04b95
    endpoint: ${endpoint}
    auth: { token: demo-token }
  - name: dr
    id: 0605767b5780d5762fc5c0118072a564
    endpoint: ${endpoint}
    iam_endpoint: ${endpoint}
    auth: { password: { domain_name: acme, user_name: exporter, password: mistyped } }
collectors:
  - name: never-logged-in
    project: dr
    schedule: "* * * * * *"
    tasks: [b1a6c0de-0003-4c5e-9a10-3f2d8e7a0003]
  - name: migration-weekend
    project: prod
    schedule: "* * * * * *"
    tasks:
      - ${demoIds.failingReplication}
      - { id: ${demoIds.copy}, name: copy of the home folders }
`;
}
