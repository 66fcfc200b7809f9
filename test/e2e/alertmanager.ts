import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, watch } from "../program.ts";
import { tool } from "./tools.ts";

/** An alert as Alertmanager's API gives it. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: "unprocessed" | "active" | "suppressed";
    readonly inhibitedBy: readonly string[];
    readonly silencedBy: readonly string[];
  };
}

/** A real Alertmanager, alone. */
export interface Alertmanager {
  /** `host:port`. */
  readonly host: string;
  alerts(): Promise<readonly HeldAlert[]>;
  /** Takes alerts that fire from now on. */
  fire(labels: readonly Readonly<Record<string, string>>[]): Promise<void>;
  stop(): Promise<void>;
}

/** @param config the text of its configuration */
export async function startAlertmanager(config: string): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), "cbr-alertmanager-"));
  writeFileSync(join(folder, "alertmanager.yaml"), config);
  const program = watch(
    spawn(tool("prometheus-alertmanager"), [
      `--config.file=${folder}/alertmanager.yaml`,
      `--storage.path=${folder}/data`,
      "--web.listen-address=127.0.0.1:0",
      "--web.external-url=http://alertmanager.example.com:9093/",
      "--cluster.listen-address=",
    ]),
  );
  const base = await addressOf(program);
  const url = `${base}/api/v2/alerts`;
  return {
    host: new URL(base).host,
    alerts: async () => (await (await fetch(url)).json()) as HeldAlert[],
    async fire(labels) {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify(labels.map((each) => ({ labels: each })));
      const answer = await fetch(url, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`Alertmanager takes no alert: ${await answer.text()}`);
    },
    async stop() {
      program.process.kill();
      await program.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
