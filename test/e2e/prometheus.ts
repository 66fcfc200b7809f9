import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { watch } from "../program.ts";
import { tool } from "./tools.ts";

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A real Prometheus that scrapes every second. */
export interface Prometheus {
  /** The result of an instant query; what it warns about is an error here. */
  query(expression: string): Promise<readonly Sample[]>;
  log(): string;
  stop(): Promise<void>;
}

/** @param target `host:port` of what job `cbr` scrapes */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "cbr-prometheus-"));
  writeFileSync(
    join(folder, "prometheus.yml"),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
scrape_configs:
  - job_name: cbr
    static_configs: [{ targets: ["${target}"] }]
`,
  );
  const port = await freePort();
  const program = watch(
    spawn(tool("prometheus"), [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]),
  );
  await program.seen(/Server is ready to receive web requests/);

  async function query(expression: string): Promise<readonly Sample[]> {
    const body = new URLSearchParams({ query: expression });
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: "POST", body });
    const { status, error, warnings, data } = (await answer.json()) as {
      status: string;
      error?: string;
      warnings?: string[];
      data: { result: Sample[] };
    };
    if (status !== "success" || warnings) throw new Error(`${expression}: ${error ?? warnings?.join("; ")}`);
    return data.result;
  }

  return {
    query,
    log: program.stderr,
    async stop() {
      program.process.kill();
      await program.exited;
    },
  };
}

/** Waits until the query has a result. @returns it */
export async function result(prometheus: Prometheus, expression: string, ms = 40_000): Promise<readonly Sample[]> {
  await expect
    .poll(() => prometheus.query(expression), { timeout: ms, interval: 500, message: expression })
    .not.toEqual([]);
  return prometheus.query(expression);
}

/** Lines in which Prometheus complains about a scrape: samples refused, duplicates, text it cannot parse. */
export function scrapeWarnings(prometheus: Prometheus): readonly string[] {
  return prometheus
    .log()
    .split("\n")
    .filter((line) => /level=(?:warn|error)/.test(line));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
