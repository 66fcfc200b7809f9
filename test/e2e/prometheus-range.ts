import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, watch } from "../program.ts";
import { tool } from "./tools.ts";

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Range {
  /** Seconds before now. */
  readonly back: number;
  /** Seconds. */
  readonly step: number;
}

/** A real Prometheus as Grafana talks to it. Errors and warnings of a query are errors here. */
export interface GrafanaSource {
  instant(expression: string): Promise<readonly Series[]>;
  range(expression: string, range: Range): Promise<readonly Series[]>;
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** @param targets `host:port` of each replica that it scrapes, every second */
export async function startGrafanaSource(targets: readonly string[]): Promise<GrafanaSource> {
  const folder = mkdtempSync(join(tmpdir(), "cbr-grafana-"));
  writeFileSync(
    join(folder, "prometheus.yml"),
    `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: cbr
    static_configs: [{ targets: ${JSON.stringify(targets)} }]
`,
  );
  const program = watch(
    spawn(tool("prometheus"), [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      "--web.listen-address=127.0.0.1:0",
    ]),
  );
  await program.seen(/Server is ready to receive web requests/);
  const base = await addressOf(program);

  async function ask(path: string, parameters: Record<string, string>): Promise<unknown> {
    const answer = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, warnings, data } = (await answer.json()) as {
      status: string;
      error?: string;
      warnings?: string[];
      data: unknown;
    };
    if (status !== "success" || warnings) {
      throw new Error(`${Object.values(parameters)[0]}: ${error ?? warnings?.join("; ")}`);
    }
    return data;
  }

  return {
    async instant(query) {
      return ((await ask("query", { query })) as { result: Series[] }).result;
    },
    async range(query, { back, step }) {
      const end = Date.now() / 1000;
      const times = { start: String(end - back), end: String(end), step: String(step) };
      return ((await ask("query_range", { query, ...times })) as { result: Series[] }).result;
    },
    async labelValues(label, selector) {
      return (await ask(`label/${label}/values`, { "match[]": selector })) as string[];
    },
    async stop() {
      program.process.kill();
      await program.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
